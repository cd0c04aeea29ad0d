"""A licence set read back as the contract that it comes from. No database."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from licences.catalogue.published import published_catalogue
from licences.contracts import Contract, contract_in, rows_of
from licences.plan_features import Plan
from licences.services.demo import DEMOS, vendor_rows

CATALOGUE = published_catalogue()
PLANS = [plan.code for plan in CATALOGUE.plans]
SINGLES = ["ms-teams", "premium-support", "outlook-synchronizer", "target-proj", "aichatbot"]

module_based = st.builds(
    lambda plans, add_ons, singles: Contract(plans=dict(plans), add_ons=add_ons, singles=singles),
    st.lists(
        st.tuples(st.tuples(st.sampled_from(PLANS), st.sampled_from([1, 2])), st.integers(1, 99)),
        min_size=1,
        unique_by=lambda plan: plan[0][0],
    ),
    st.lists(st.sampled_from([add_on.code for add_on in CATALOGUE.add_ons]), unique=True),
    st.dictionaries(st.sampled_from(SINGLES), st.integers(1, 99)),
)
suite = st.builds(
    lambda plan, seats, singles: Contract(suite_plan=plan, seats=seats, singles=singles),
    st.sampled_from([plan.code for plan in CATALOGUE.suite_plans]),
    st.integers(1, 99),
    st.dictionaries(st.sampled_from(["premium-support", "outlook-synchronizer"]), st.integers(1, 99)),
)


def rows(contract: Contract) -> dict[Plan, int]:
    """The set that the contract comes to, by code and tier."""
    follow = {(row.code, row.tier or 0): row.number for row in rows_of(contract, catalogue=CATALOGUE)}
    return follow | {(code, 0): number for code, number in contract.singles.items()}


def read_back(set_of: Mapping[Plan, int], suite_plan: str = "") -> Contract:
    return contract_in(set_of, suite_plan=suite_plan, catalogue=CATALOGUE)


@given(module_based | suite)
def test_the_same_set_follows_from_what_is_read_back(contract: Contract) -> None:
    assert rows(read_back(rows(contract), contract.suite_plan)) == rows(contract)


@given(module_based)
def test_plans_and_their_seats_are_read_back_as_they_were(contract: Contract) -> None:
    assert read_back(rows(contract)).plans == contract.plans


def test_the_demos_sets_are_read_back_without_single_licences() -> None:
    for demo in DEMOS:
        set_of = {(row.code, row.tier or 0): row.number for row in vendor_rows(demo)}

        contract = read_back(set_of, demo.suite_plan)

        assert contract.singles == {}
        assert sorted(contract.add_ons) == sorted(demo.add_ons)


def test_another_number_of_what_an_add_on_brings_is_a_single_licence() -> None:
    contract = Contract({("ten-sales", 2): 10}, ["calendar-synchronisation"], singles={"synchronizer-cal": 4})

    assert read_back(rows(contract)).singles == {"synchronizer-cal": 4}


def test_a_set_without_any_plan_is_all_single_licences() -> None:
    assert read_back({("windows", 0): 3, ("server", 0): 1}).singles == {"windows": 3, "server": 1}

"""What plans imply, and the rows that seats come to."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licences.catalogue.entries import PlanEntry
from licences.catalogue.published import published_catalogue
from licences.plan_features import (
    TIERS,
    LicenceRow,
    Plan,
    PlanAtTwoTiers,
    UnknownPlan,
    implied,
    licence_rows,
    plan_name,
    suite_brings,
    suite_rows,
)

CATALOGUE = published_catalogue()
PLANS = [plan.code for plan in CATALOGUE.plans]
ADD_ONS = [add_on.code for add_on in CATALOGUE.add_ons]
SUITE_PLANS = [plan.code for plan in CATALOGUE.suite_plans]

mixes = st.dictionaries(st.sampled_from(PLANS), st.tuples(st.sampled_from(TIERS), st.integers(0, 5_000))).map(
    lambda mix: {(plan, tier): seats for plan, (tier, seats) in mix.items()}
)


def by_code(rows: list[LicenceRow]) -> dict[str, LicenceRow]:
    assert len({row.code for row in rows}) == len(rows)
    return {row.code: row for row in rows}


SAMPLE_SEATS = {
    ("ten-sales", 2): 21,
    ("ten-service", 2): 15,
    ("ten-salesservicemarketing", 2): 20,
    ("ten-marketing", 2): 7,
}
SAMPLE_NUMBERS = {
    "sale": 1,
    "sale-cal": 41,
    "t2": 63,
    "sales-t2": 41,
    "saint": 1,
    "saint-cal": 63,
    "target": 1,
    "target-cal": 41,
    "target-sale": 1,
    "project": 1,
    "project-cal": 63,
    "quote": 1,
    "quote-cal": 41,
    "guide": 1,
    "guide-project": 1,
    "guide-sale": 1,
    "guide-cal": 63,
    "stakeholder": 1,
    "stakeholder-cal": 41,
    "dash-cal": 63,
    "selection-combined-cal": 63,
    "ten-sales": 21,
    "ej-client": 35,
    "ej-mod-rms": 1,
    "ej-mod-ticket": 1,
    "expander-services": 1,
    "config-screens": 1,
    "user": 63,
}


def test_the_seats_of_the_published_sample_give_its_numbers() -> None:
    rows = by_code(licence_rows(SAMPLE_SEATS, catalogue=CATALOGUE, add_ons=["expander-services"]))

    assert {code: rows[code].number for code in SAMPLE_NUMBERS} == SAMPLE_NUMBERS


def test_the_published_sample_lists_its_rows_in_the_published_order() -> None:
    rows = licence_rows(SAMPLE_SEATS, catalogue=CATALOGUE)

    codes = [row.code for row in rows]
    published = [code for code in SAMPLE_NUMBERS if code in codes and code != "user"]
    assert [code for code in codes if code in published] == published


def test_the_plans_of_the_sample_carry_their_tier_and_a_name_that_can_be_read() -> None:
    rows = licence_rows(SAMPLE_SEATS, catalogue=CATALOGUE)

    assert [(row.name, row.tier, row.number) for row in rows if row.tier] == [
        ("Sales Premium", 2, 21),
        ("Service Premium", 2, 15),
        ("Sales, Service and Marketing Premium", 2, 20),
        ("Marketing Premium", 2, 7),
    ]


@given(mixes, st.sets(st.sampled_from(ADD_ONS)))
def test_the_number_of_a_feature_is_the_sum_of_the_seats_of_the_plans_that_contain_it(
    mix: dict[Plan, int], add_ons: set[str]
) -> None:
    rows = by_code(licence_rows(mix, catalogue=CATALOGUE, add_ons=add_ons))

    every_feature = {code for plan in PLANS for tier in TIERS for code in implied(plan, tier, catalogue=CATALOGUE)}
    for code in every_feature:
        seats = sum(n for (plan, tier), n in mix.items() if code in implied(plan, tier, catalogue=CATALOGUE))
        assert (rows[code].number if code in rows else 0) == seats
    assert {row.code: row.number for row in rows.values() if row.tier} == {
        plan: seats for (plan, _), seats in mix.items() if seats
    }


@given(mixes)
def test_the_number_of_a_company_s_tier_marker_is_the_seats_of_that_solution_at_that_tier(mix: dict[Plan, int]) -> None:
    rows = by_code(licence_rows(mix, catalogue=CATALOGUE))

    solutions = {plan.code: plan.solutions for plan in CATALOGUE.plans}
    for added in CATALOGUE.solution_tiers:
        seats = sum(n for (plan, tier), n in mix.items() if tier == added.tier and added.solution in solutions[plan])
        assert (rows[added.marker].number if added.marker in rows else 0) == seats


@given(mixes, st.sets(st.sampled_from(ADD_ONS)))
def test_no_row_is_empty_and_system_licences_come_once(mix: dict[Plan, int], add_ons: set[str]) -> None:
    rows = licence_rows(mix, catalogue=CATALOGUE, add_ons=add_ons)

    assert bool(rows) == any(mix.values())
    for row in rows:
        licence = CATALOGUE.vendor_licences[row.code]
        assert row.number >= 1
        assert row.unrestricted == licence.unrestricted
        assert row.number == 1 or licence.kind == "user" or licence.role == "tier_marker"


@given(mixes)
def test_rows_stand_in_the_order_of_the_price_list(mix: dict[Plan, int]) -> None:
    rows = licence_rows(mix, catalogue=CATALOGUE)

    places = [CATALOGUE.vendor_licences[row.code].sort_order for row in rows]
    assert places == sorted(places)


@pytest.mark.parametrize("plan", PLANS)
def test_premium_has_all_of_essentials_but_its_marker(plan: str) -> None:
    essentials, premium = (set(implied(plan, tier, catalogue=CATALOGUE)) for tier in TIERS)

    assert essentials - premium == {"t1"}
    assert "t2" in premium


@pytest.mark.parametrize("plan", [plan for plan in CATALOGUE.plans if len(plan.solutions) > 1], ids=lambda p: p.code)
@pytest.mark.parametrize("tier", TIERS)
def test_a_combination_implies_what_its_solutions_imply_together(plan: PlanEntry, tier: int) -> None:
    single = {entry.solutions[0]: entry.code for entry in CATALOGUE.plans if len(entry.solutions) == 1}
    parts = [implied(single[solution], tier, catalogue=CATALOGUE) for solution in plan.solutions]

    assert set(implied(plan.code, tier, catalogue=CATALOGUE)) == set().union(*parts)


def test_every_plan_lets_its_holder_log_in() -> None:
    for plan in PLANS:
        for tier in TIERS:
            assert {"user", "web"} <= set(implied(plan, tier, catalogue=CATALOGUE))


@pytest.mark.parametrize(
    ("plan", "tier", "name"),
    [
        ("ten-sales", 1, "Sales Essentials"),
        ("ten-servicemarketing", 2, "Service and Marketing Premium"),
        ("ten-salesservicemarketing", 1, "Sales, Service and Marketing Essentials"),
    ],
)
def test_a_plan_at_a_tier_has_a_readable_name(plan: str, tier: int, name: str) -> None:
    assert plan_name(plan, tier, catalogue=CATALOGUE) == name


@pytest.mark.parametrize("plan", [("ten-support", 1), ("ten-sales", 3), ("superlicense-complete", 1)])
def test_a_plan_that_is_not_sold_is_refused(plan: Plan) -> None:
    with pytest.raises(UnknownPlan):
        licence_rows({plan: 1}, catalogue=CATALOGUE)


def test_an_unknown_add_on_is_refused() -> None:
    with pytest.raises(UnknownPlan):
        licence_rows({("ten-sales", 1): 1}, catalogue=CATALOGUE, add_ons=["coffee"])


def test_one_plan_at_two_tiers_is_refused() -> None:
    with pytest.raises(PlanAtTwoTiers):
        licence_rows({("ten-sales", 1): 1, ("ten-sales", 2): 1}, catalogue=CATALOGUE)


def test_a_negative_number_of_seats_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        licence_rows({("ten-sales", 1): -1}, catalogue=CATALOGUE)


@given(st.sampled_from(SUITE_PLANS), st.integers(1, 10_000))
def test_user_licences_of_a_suite_plan_come_in_the_number_of_its_seats(plan: str, seats: int) -> None:
    rows = suite_rows(plan, seats=seats, catalogue=CATALOGUE)

    entry = next(entry for entry in CATALOGUE.suite_plans if entry.code == plan)
    assert {entry.system_licence, entry.seat_licence, "user", "web"} <= by_code(rows).keys()
    for row in rows:
        assert row.number == (seats if CATALOGUE.vendor_licences[row.code].kind == "user" else 1)


def test_the_screen_of_a_core_company_lists_what_is_published() -> None:
    rows = suite_rows("core", seats=20, catalogue=CATALOGUE)

    visible = {row.name: row.number for row in rows if not CATALOGUE.vendor_licences[row.code].hidden}
    published = {
        "Online WebServices": 1,
        "MS Teams for SuperOffice": 1,
        "Synchronizer": 1,
        "CRM Suite Core": 1,
        "Core": 20,
    }
    assert published.items() <= visible.items()


def test_each_suite_plan_has_everything_of_the_one_below() -> None:
    brought = [set(suite_brings(plan, catalogue=CATALOGUE)) for plan in SUITE_PLANS]

    assert all(lower < higher for lower, higher in pairwise(brought))


@pytest.mark.parametrize(("plan", "seats", "refusal"), [("mega", 1, UnknownPlan), ("core", 0, ValueError)])
def test_a_suite_set_that_nobody_sells_is_refused(plan: str, seats: int, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        suite_rows(plan, seats=seats, catalogue=CATALOGUE)

"""A vendor's licence set seen as a contract: the plans, add-ons and single licences that were bought, nothing that
follows from them. Pure rules over the price list; see licences/plan_features.py for what follows.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from licences.catalogue.entries import Catalogue
from licences.plan_features import LicenceRow, Plan, UnknownPlan, licence_rows, suite_rows


@dataclass(frozen=True, slots=True)
class Contract:
    """Seats by plan and tier, and add-ons; or a CRM Suite plan and its seats. `singles` are licences beside them, by
    code: also another number of what an add-on brings, never of what a plan does."""

    plans: Mapping[Plan, int] = field(default_factory=dict)
    add_ons: Collection[str] = ()
    suite_plan: str = ""
    seats: int = 0
    singles: Mapping[str, int] = field(default_factory=dict)


def rows_of(contract: Contract, *, catalogue: Catalogue) -> list[LicenceRow]:
    """The rows that follow from plans and add-ons, in the order of the price list: those of singles come on top.

    Raises UnknownPlan, PlanAtTwoTiers, and ValueError for a number below none.
    """
    if contract.suite_plan:
        return suite_rows(contract.suite_plan, seats=contract.seats, catalogue=catalogue)
    return licence_rows(contract.plans, catalogue=catalogue, add_ons=contract.add_ons)


def settled_by_plans(contract: Contract, *, catalogue: Catalogue) -> set[str]:
    """Codes whose number the plans alone say."""
    without_add_ons = Contract(plans=contract.plans, suite_plan=contract.suite_plan, seats=contract.seats)
    return {row.code for row in rows_of(without_add_ons, catalogue=catalogue)}


def contract_in(rows: Mapping[Plan, int], *, suite_plan: str, catalogue: Catalogue) -> Contract:
    """The contract that a licence set comes from: its numbers by code and tier (0 for none).

    What cannot be told from a set is put so that the same rows follow.
    """
    numbers = {code: number for (code, _tier), number in rows.items()}
    plans: dict[Plan, int] = {}
    seats = 0
    if suite_plan:
        seats = numbers.get(_seat_licence(suite_plan, catalogue), 0)
    else:
        codes = {plan.code for plan in catalogue.plans}
        plans = {plan: number for plan, number in rows.items() if plan[0] in codes and plan[1]}
    bought = Contract(plans=plans, suite_plan=suite_plan if seats else "", seats=seats)
    settled = settled_by_plans(bought, catalogue=catalogue)
    add_ons = [
        add_on.code
        for add_on in catalogue.add_ons
        if plans and numbers.keys() >= set(add_on.brings) and not settled >= set(add_on.brings)
    ]
    follow = rows_of(Contract(plans, add_ons, bought.suite_plan, seats), catalogue=catalogue)
    derived = {row.code: row.number for row in follow}
    singles = {code: number for code, number in numbers.items() if code not in settled and derived.get(code) != number}
    return Contract(plans, add_ons, suite_plan, seats, singles)


def _seat_licence(suite_plan: str, catalogue: Catalogue) -> str:
    entry = next((entry for entry in catalogue.suite_plans if entry.code == suite_plan), None)
    if entry is None:
        raise UnknownPlan(suite_plan)
    return entry.seat_licence

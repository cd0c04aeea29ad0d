"""What a plan at a tier implies, and the licence rows that a number of seats comes to.

The rule behind every licence set: the number of a feature licence is the sum of the seats of the plans that contain it.
So it is with the tier markers of a solution. A system licence is there once, whoever brings it.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from licences.catalogue.entries import Catalogue, PlanEntry, SolutionTierEntry, TierEntry

ESSENTIALS, PREMIUM = TIERS = (1, 2)
TIER_NAMES = {ESSENTIALS: _("Essentials"), PREMIUM: _("Premium")}

Plan = tuple[str, int]
"""A plan code and a tier: ("ten-sales", 2) is Sales Premium."""


class UnknownPlan(LookupError):
    """The price list has no such plan, tier or add-on."""


class PlanAtTwoTiers(ValueError):
    """A licence set holds a plan code once, so one contract has it at one tier."""


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """One row of a licence set. `number` is never 0, also of an unrestricted licence; only plans have a tier."""

    code: str
    name: str
    number: int
    tier: int | None
    unrestricted: bool


def implied(plan: str, tier: int, *, catalogue: Catalogue) -> tuple[str, ...]:
    """The hidden user licences that come with a plan at a tier, in the order of the price list; raises UnknownPlan."""
    entry = _plan(plan, tier, catalogue)
    codes = [code for added in _additions(entry, tier, catalogue) for code in added.user]
    return catalogue.in_order([*codes, *(base.marker for base in catalogue.tiers if base.tier == tier)])


def company_wide(plan: str, tier: int, *, catalogue: Catalogue) -> tuple[str, ...]:
    """What the company as a whole gets with a plan at a tier: system licences, and loose licences for everybody. In
    the order of the price list; raises UnknownPlan."""
    return catalogue.in_order(_beside_plans({(plan, tier): 1}, (), catalogue))


def plan_name(plan: str, tier: int, *, catalogue: Catalogue) -> str:
    """What a person calls the plan, such as "Sales, Service and Marketing Premium"; raises UnknownPlan."""
    entry = _plan(plan, tier, catalogue)
    of_tier = next(base.name for base in catalogue.tiers if base.tier == tier)
    return f"{catalogue.vendor_licences[entry.code].name} {of_tier}"


def licence_rows(
    seats_per_plan: Mapping[Plan, int], *, catalogue: Catalogue, add_ons: Collection[str] = ()
) -> list[LicenceRow]:
    """The vendor's rows of a module-based licence set, in the order of the price list.

    A plan with 0 seats counts as not bought; without any seat there are no rows. What is given beside the plans (loose
    licences, the user licences of add-ons) comes in the number of all seats. Raises UnknownPlan, PlanAtTwoTiers, and
    ValueError for a negative number.
    """
    bought = _bought(seats_per_plan)
    if not bought:
        return []
    numbers: Counter[str] = Counter()
    for (plan, tier), seats in bought.items():
        numbers.update(dict.fromkeys((plan, *implied(plan, tier, catalogue=catalogue)), seats))
        numbers.update(dict.fromkeys(_company_markers(plan, tier, catalogue), seats))
    for code in _beside_plans(bought, add_ons, catalogue):
        is_user = catalogue.vendor_licences[code].kind == "user"
        numbers.setdefault(code, sum(bought.values()) if is_user else 1)
    return _rows(numbers, dict(bought.keys()), catalogue)


def suite_brings(plan: str, *, catalogue: Catalogue) -> tuple[str, ...]:
    """What a CRM Suite plan brings, that of the plans below it included; raises UnknownPlan."""
    rank = next((entry.rank for entry in catalogue.suite_plans if entry.code == plan), None)
    if rank is None:
        raise UnknownPlan(plan)
    return catalogue.in_order(code for entry in catalogue.suite_plans if entry.rank <= rank for code in entry.brings)


def suite_rows(plan: str, *, seats: int, catalogue: Catalogue) -> list[LicenceRow]:
    """The vendor's rows of a CRM Suite licence set: user licences in the number of seats, system licences once.

    Raises UnknownPlan, and ValueError below one seat.
    """
    if seats < 1:
        raise ValueError(seats)
    codes = suite_brings(plan, catalogue=catalogue)
    entry = next(entry for entry in catalogue.suite_plans if entry.code == plan)
    numbers = {
        code: seats if catalogue.vendor_licences[code].kind == "user" else 1
        for code in (entry.system_licence, entry.seat_licence, *codes)
    }
    return _rows(numbers, {}, catalogue)


def _plan(plan: str, tier: int, catalogue: Catalogue) -> PlanEntry:
    entry = next((entry for entry in catalogue.plans if entry.code == plan), None)
    if entry is None or tier not in TIERS:
        raise UnknownPlan(plan, tier)
    return entry


def _additions(plan: PlanEntry, tier: int, catalogue: Catalogue) -> Iterator[TierEntry | SolutionTierEntry]:
    """Everything that adds to a plan at a tier: the tiers up to it, for every plan and for each of its solutions."""
    yield from (base for base in catalogue.tiers if base.tier <= tier)
    yield from (added for added in catalogue.solution_tiers if added.solution in plan.solutions and added.tier <= tier)


def _company_markers(plan: str, tier: int, catalogue: Catalogue) -> list[str]:
    entry = _plan(plan, tier, catalogue)
    return [
        added.marker for added in catalogue.solution_tiers if added.solution in entry.solutions and added.tier == tier
    ]


def _beside_plans(bought: Mapping[Plan, int], add_ons: Collection[str], catalogue: Catalogue) -> Iterator[str]:
    """What the company has as a whole: system licences of its plans, loose licences, what its add-ons bring."""
    for plan, tier in bought:
        for added in _additions(_plan(plan, tier, catalogue), tier, catalogue):
            yield from added.system
            yield from added.loose if isinstance(added, TierEntry) else ()
    brings = {add_on.code: add_on.brings for add_on in catalogue.add_ons}
    for add_on in add_ons:
        if add_on not in brings:
            raise UnknownPlan(add_on)
        yield from brings[add_on]


def _bought(seats_per_plan: Mapping[Plan, int]) -> dict[Plan, int]:
    tiers: dict[str, int] = {}
    for (plan, tier), seats in seats_per_plan.items():
        if seats < 0:
            raise ValueError(seats)
        if seats and tiers.setdefault(plan, tier) != tier:
            raise PlanAtTwoTiers(plan)
    return {plan: seats for plan, seats in seats_per_plan.items() if seats}


def _rows(numbers: Mapping[str, int], tiers: Mapping[str, int], catalogue: Catalogue) -> list[LicenceRow]:
    return [
        LicenceRow(
            code=code,
            name=plan_name(code, tiers[code], catalogue=catalogue) if code in tiers else licence.name,
            number=numbers[code],
            tier=tiers.get(code),
            unrestricted=licence.unrestricted,
        )
        for code, licence in catalogue.vendor_licences.items()
        if code in numbers
    ]

"""The rows of the catalogue's files. Codes stand for rows of other files; `where` says file and row, for complaints."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

VENDOR = "superoffice"
"""The owner whose licences plans, add-ons and Suite plans are made of."""
UNLIMITED = "unlimited"
"""How a file writes that a plan sets no limit: TOML has no null."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    where: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Named(Entry):
    code: str
    name: str


@dataclass(frozen=True, kw_only=True)
class OwnerEntry(Named):
    shop_url: str
    description: str
    is_vendor: bool = False


@dataclass(frozen=True, kw_only=True)
class LicenceEntry(Named):
    """`requires` is the code of another licence of the same owner, or empty."""

    owner: str
    kind: str
    tooltip: str
    enables: str
    sort_order: int
    role: str = "feature"
    hidden: bool = False
    unrestricted: bool = False
    requires: str = ""


@dataclass(frozen=True, kw_only=True)
class TierEntry(Entry):
    """What every plan of a tier has: `user` and `system` on top of the tier below, and the user's `marker`."""

    tier: int
    name: str
    marker: str
    user: tuple[str, ...]
    system: tuple[str, ...]
    loose: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SolutionEntry(Named):
    sort_order: int


@dataclass(frozen=True, kw_only=True)
class SolutionTierEntry(Entry):
    """What a solution adds at a tier, on top of its tier below, and the company's `marker`."""

    solution: str
    tier: int
    marker: str
    adds: str
    user: tuple[str, ...]
    system: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PlanEntry(Entry):
    code: str
    solutions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class StatedEntry(Entry):
    """What is published of a plan at a tier; with `derived`, it must be what the solutions give."""

    plan: str
    tier: int
    implies: tuple[str, ...]
    derived: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AddOnEntry(Named):
    description: str
    brings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SuitePlanEntry(Named):
    """`brings` is what the plan adds to the plans of lower rank."""

    rank: int
    description: str
    system_licence: str
    seat_licence: str
    brings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RestrictionEntry(Named):
    """`limits` gives each Suite plan a number or UNLIMITED."""

    unit_singular: str
    unit_plural: str
    counts: str
    free_capacity: str
    sort_order: int
    limits: Mapping[str, int | str]

    def limit(self, suite_plan: str) -> int | None:
        """How many the plan allows: None is no limit, 0 is not in the plan."""
        limit = self.limits[suite_plan]
        return limit if isinstance(limit, int) else None


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    sources: frozenset[str]
    owners: tuple[OwnerEntry, ...]
    licences: tuple[LicenceEntry, ...]
    tiers: tuple[TierEntry, ...]
    solutions: tuple[SolutionEntry, ...]
    solution_tiers: tuple[SolutionTierEntry, ...]
    plans: tuple[PlanEntry, ...]
    stated: tuple[StatedEntry, ...]
    add_ons: tuple[AddOnEntry, ...]
    suite_plans: tuple[SuitePlanEntry, ...]
    restrictions: tuple[RestrictionEntry, ...]

    @cached_property
    def vendor_licences(self) -> Mapping[str, LicenceEntry]:
        """The vendor's licences by code, in the order in which screens list them."""
        of_vendor = (licence for licence in self.licences if licence.owner == VENDOR)
        return {licence.code: licence for licence in sorted(of_vendor, key=lambda licence: licence.sort_order)}

    def in_order(self, codes: Iterable[str]) -> tuple[str, ...]:
        """The vendor's licences with these codes, each once, in the order in which screens list them."""
        wanted = set(codes)
        return tuple(code for code in self.vendor_licences if code in wanted)

"""One user: the licences they hold and could hold, open work, what they may use and why, and what was changed."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, NamedTuple

from django.utils.translation import gettext_lazy as _

from licences.models import HistoryEntry, Hold, Licence, Seat, Tenant, User
from licences.reports.entitlements import Entitlement, entitlements
from licences.reports.user_licences import Choice, UserLicences, choices

ENTRIES: Final = 10
HOLDS: Final = 20
"""So much open work is told: a product may report each single piece of it."""

GRANTED = {
    "all": (_("All features"), (True, False)),
    "yes": (_("Granted"), (True,)),
    "no": (_("Not granted"), (False,)),
}
"""Filters of the features: the name in the address, on the screen, and which are shown."""


@dataclass(frozen=True, slots=True)
class Detail:
    """`choices` are the licences as they may be ticked; `seat` is, on CRM Suite, the plan that *can log in* is."""

    choices: list[Choice]
    held: list[str]
    has_plan: bool
    seat: Choice | None
    holds: list[Hold]
    has_more_holds: bool
    history: list[HistoryEntry]


def user_detail(tenant: Tenant, user: User, licences: UserLicences, *, ticked: Collection[str] | None = None) -> Detail:
    """What the user's page shows. `ticked` are the keys of what somebody ticked and could not save."""
    ids = set(Seat.objects.active().filter(tenant=tenant, user=user).values_list("licence_id", flat=True))
    seat = _suite_seat(tenant, licences)
    listed = {key: licence for key, licence in licences.items() if licence != seat}
    held = [key for key, licence in listed.items() if licence.pk in ids]
    holds = list(Hold.objects.filter(tenant=tenant, user=user)[: HOLDS + 1])
    entries = HistoryEntry.objects.filter(tenant=tenant, user=user).select_related("licence")
    return Detail(
        choices=choices(listed, ids, set(held if ticked is None else ticked)),
        held=held,
        has_plan=any(licence.is_plan and licence.pk in ids for licence in licences.values()),
        seat=Choice("", seat, seat.pk in ids, False, []) if seat else None,
        holds=holds[:HOLDS],
        has_more_holds=len(holds) > HOLDS,
        history=list(entries.order_by("-number")[:ENTRIES]),
    )


def _suite_seat(tenant: Tenant, licences: UserLicences) -> Licence | None:
    if tenant.suite_plan is None:
        return None
    own = (each for each in licences.values() if each.type_id == tenant.suite_plan.seat_licence_id)
    return next(own, None)


class Group(NamedTuple):
    """Features that are granted, or that are not."""

    granted: bool
    entitlements: list[Entitlement]


@dataclass(frozen=True, slots=True)
class Features:
    """What a user may use, filtered as the page asks: the search, and `granted` as yes, no or all. The counts are of
    all features."""

    search: str
    granted: str
    groups: list[Group]
    count_yes: int
    count_no: int

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The filters, for the screen."""
        return [(code, str(label)) for code, (label, _which) in GRANTED.items()]

    @property
    def is_narrowed(self) -> bool:
        """Whether somebody looks for something in particular."""
        return bool(self.search) or self.granted != "all"

    @property
    def is_empty(self) -> bool:
        return not any(group.entitlements for group in self.groups)


def features(user: User, *, search: str, granted: str) -> Features:
    """Every feature that fits the search, with its reason: first those that are granted."""
    found = entitlements(user)
    _label, shown = GRANTED.get(granted, GRANTED["all"])
    wanted = search.casefold()
    fitting = [each for each in found if wanted in each.name.casefold() or wanted in each.feature]
    count = sum(each.granted for each in found)
    return Features(
        search=search,
        granted=granted if granted in GRANTED else "all",
        groups=[Group(which, [each for each in fitting if each.granted == which]) for which in shown],
        count_yes=count,
        count_no=len(found) - count,
    )

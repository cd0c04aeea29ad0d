"""One licence of which more is in use than the waiting set allows: who holds it, and where they could go instead.

Source: domain facts §1.5 (*Remove superfluous licences*).
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.core.paginator import Page
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.db.models.query import QuerySet

from licences.models import Hold, Licence, LicenceSet, Seat, Tenant, User
from licences.reports.licence_changes import LicenceChange, licence_changes
from licences.reports.paging import nearest_page, search_text
from licences.reports.user_licences import user_licences
from licences.services.accounts import administrators_who_can_log_in

PER_PAGE: Final = 50
AT_ONCE: Final = 500
"""So many users are chosen and changed in one go at most."""

SORTS = {"name": F("user__full_name"), "last_use": F("user__last_used_at")}


@dataclass(frozen=True, slots=True)
class HolderQuery:
    """What the address asks of the holders; whatever makes no sense is the default. `unused` chooses for one."""

    search: str = ""
    sort: str = "last_use"
    descending: bool = False
    page: str = "1"
    unused: bool = False

    @classmethod
    def from_address(cls, params: dict[str, str]) -> "HolderQuery":
        sort = params.get("sort", "")
        column = sort.removeprefix("-")
        return cls(
            search=search_text(params.get("q", "")),
            sort=column if column in SORTS else "last_use",
            descending=column in SORTS and sort.startswith("-"),
            page=params.get("page", "1"),
            unused=params.get("choose") == "unused",
        )


@dataclass(frozen=True, slots=True)
class Target:
    """Another licence with seats free both now and once the set is activated; `free` is None without a limit."""

    key: str
    licence: Licence
    free: int | None


@dataclass(frozen=True, slots=True)
class Superfluous:
    """A licence in force, the set of its owner that waits, and what that changes about the licence."""

    licence: Licence
    waiting: LicenceSet
    change: LicenceChange
    changes: Collection[LicenceChange]

    @property
    def at_once(self) -> int:
        """How many are chosen in one go."""
        return min(self.change.to_remove, AT_ONCE)


def licences_of_owner(tenant: Tenant, owner: str) -> "QuerySet[Licence]":
    """The owner's user licences in force that lists show."""
    licences = Licence.objects.listed().in_force().filter(tenant=tenant, licence_set__owner__code=owner)
    return licences.filter(type__kind="user").select_related("type", "licence_set__suite_plan", "tenant__suite_plan")


def superfluous(licence: Licence) -> Superfluous | None:
    """None when no set of its owner waits, or none that this licence is short for."""
    sets = LicenceSet.objects.filter(tenant=licence.tenant_id, owner=licence.licence_set.owner_id)
    waiting = sets.pending().select_related("owner", "suite_plan").first()
    if waiting is None:
        return None
    changes = licence_changes(licence.licence_set, waiting)
    change = next((each for each in changes if each.current == licence), None)
    return Superfluous(licence, waiting, change, changes) if change and change.is_short else None


def holders(licence: Licence) -> "QuerySet[Seat]":
    """The seats of the licence, each with its user and the user's `open_work`, which keeps a plan from being taken."""
    work = Hold.objects.filter(tenant=licence.tenant_id, user=OuterRef("user")).order_by("set_at", "id")
    seats = Seat.objects.active().filter(tenant=licence.tenant_id, licence=licence).select_related("user")
    return seats.annotate(open_work=Subquery(work.values("reason")[:1]))


def holders_page(short: Superfluous, query: HolderQuery) -> Page[Seat]:
    """One page of those who hold the licence; with `unused`, those chosen, all on one page."""
    seats = holders(short.licence)
    if query.unused:
        return nearest_page(longest_unused(short), "1", per_page=AT_ONCE)
    if query.search:
        seats = seats.filter(Q(user__full_name__icontains=query.search) | Q(user__login_id__icontains=query.search))
    column = SORTS[query.sort]
    order = column.desc(nulls_last=True) if query.descending else column.asc(nulls_first=True)
    return nearest_page(seats.order_by(order, "user__full_name", "user_id"), query.page, per_page=PER_PAGE)


def longest_unused(short: Superfluous) -> "QuerySet[Seat]":
    """As many as are too many: those who have used the product least lately and can give the licence back.

    Who never used it counts from the day they were given the licence.
    """
    seats = holders(short.licence)
    if short.licence.is_plan:
        busy = Hold.objects.filter(tenant=short.licence.tenant_id, user=OuterRef("user"))
        seats = seats.exclude(Exists(busy)).exclude(user__in=_last_administrator(short.licence.tenant))
    unused_since = Coalesce("user__last_used_at", "assigned_at")
    chosen = seats.order_by(unused_since, "user__full_name", "user_id").values("pk")[: short.at_once]
    return holders(short.licence).filter(pk__in=chosen).order_by(unused_since, "user__full_name", "user_id")


def _last_administrator(tenant: Tenant) -> list[int]:
    administrators = administrators_who_can_log_in(tenant).values_list("pk", flat=True)[:2]
    return list(administrators) if len(administrators) == 1 else []


def targets(short: Superfluous) -> list[Target]:
    """Where holders can be reassigned to: plans in place of a plan, other licences of the same owner otherwise."""
    licence, after = short.licence, {each.current.pk: each for each in short.changes if each.current}
    found = []
    for key, other in user_licences(licence.tenant).items():
        if other.licence_set_id != licence.licence_set_id or other == licence or other.is_plan != licence.is_plan:
            continue
        free = _least(other.available, after[other.pk].new_free)
        if free is None or free > 0:
            found.append(Target(key, other, free))
    return found


def _least(now: int | None, then: int | None) -> int | None:
    limits = [each for each in (now, then) if each is not None]
    return min(limits, default=None)


def chosen_users(licence: Licence, ids: Collection[int]) -> list[User]:
    """The tenant's users with these ids, by name; whether they still hold the licence the change itself finds out."""
    return list(User.objects.of(licence.tenant).filter(pk__in=ids).order_by("full_name", "id"))

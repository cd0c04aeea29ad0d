"""The licence list of one owner's tab, and the licence that is selected in it."""

from dataclasses import dataclass
from typing import Final

from django.core.paginator import Page
from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from licences.models import Licence, LicenceSet, LicenceType, Seat, User
from licences.reports.licence_changes import LicenceChange, licence_changes
from licences.reports.paging import nearest_page, search_text

PER_PAGE: Final = 50
HOLDERS_PER_PAGE: Final = 20

SHOW = {
    "all": (_("All licences"), Q()),
    "free": (_("With free seats"), Q(type__kind="user") & (Q(unrestricted=True) | Q(in_use__lt=F("total")))),
    "full": (_("Fully used"), Q(type__kind="user", unrestricted=False, in_use__gte=F("total"))),
    "unused": (_("Not in use"), Q(type__kind="user", in_use=0)),
}
"""Filters of the list: its name in the address, on the screen, and which licences it shows."""

SORTS = {
    "order": "type__sort_order",
    "name": "name",
    "in_use": "in_use",
    "available": "free",
    "total": "limit",
}
"""Columns that the list can be sorted by, within its groups."""
WITHOUT_NUMBERS = {"all", "order", "name"}
"""The filters and columns that tell nothing of totals and use."""

GROUPS = [LicenceType.Kind.SYSTEM, LicenceType.Kind.SITE, LicenceType.Kind.USER]


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What the address asks of the list; whatever makes no sense is the default."""

    search: str = ""
    show: str = "all"
    sort: str = "order"
    descending: bool = False
    page: str = "1"

    @classmethod
    def from_address(cls, params: dict[str, str], *, sees_totals: bool) -> "ListQuery":
        """Whoever sees no totals cannot find them out by filtering or sorting either."""
        known = SHOW.keys() | SORTS.keys() if sees_totals else WITHOUT_NUMBERS
        show, sort = params.get("show", "all"), params.get("sort", "order")
        column = sort.removeprefix("-")
        is_sorted = column in SORTS.keys() & known
        return cls(
            search=search_text(params.get("q", "")),
            show=show if show in SHOW.keys() & known else "all",
            sort=column if is_sorted else "order",
            descending=sort.startswith("-") and is_sorted,
            page=params.get("page", "1"),
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A licence of the list, and what the set that waits changes about it. What comes only with that set is new."""

    licence: Licence
    change: LicenceChange | None
    is_new: bool


def rows(licences: Page[Licence], licence_set: LicenceSet, waiting: LicenceSet | None) -> list[Row]:
    """The rows of a page of the list, against the set that waits if there is one."""
    changes = {each.shown.type_id: each for each in licence_changes(licence_set, waiting)} if waiting else {}
    return [Row(each, changes.get(each.type_id), each.licence_set_id != licence_set.pk) for each in licences]


def licence_page(licence_set: LicenceSet, query: ListQuery, waiting: LicenceSet | None = None) -> Page[Licence]:
    """One page of what is listed, grouped system, site, user. A page that does not exist is the nearest.

    With a set that waits, what it brings anew is listed too, unless the list is filtered.
    """
    which = Q(licence_set=licence_set)
    if waiting is not None and query.show == "all":
        which |= Q(licence_set=waiting) & ~Q(type__in=licence_set.licences.values("type"))
    licences = (
        Licence.objects.listed()
        .filter(which, SHOW[query.show][1], tenant=licence_set.tenant_id)
        .select_related("type")
        .annotate(
            group=Case(
                *(When(type__kind=kind, then=Value(place)) for place, kind in enumerate(GROUPS)),
                output_field=IntegerField(),
            ),
            # PostgreSQL takes NULL for more than any number, which is what no limit is.
            limit=Case(When(unrestricted=False, then=F("total"))),
            free=F("limit") - F("in_use"),
        )
    )
    if query.search:
        licences = licences.filter(Q(name__icontains=query.search) | Q(type__tooltip__icontains=query.search))
    column = F(SORTS[query.sort])
    order = column.desc() if query.descending else column.asc()
    ordered = licences.order_by("group", order, "type__sort_order", "pk")
    return nearest_page(ordered, query.page, per_page=PER_PAGE)


def held_by(user: User) -> set[int]:
    """Ids of the licences that the user holds a seat of."""
    seats = Seat.objects.active().filter(tenant=user.tenant_id, user=user)
    return set(seats.values_list("licence_id", flat=True))


def features_of(licence: Licence) -> QuerySet[LicenceType]:
    """What a plan brings with it at its tier; empty for any other licence."""
    if licence.type.role != LicenceType.Role.PLAN or licence.tier is None:
        return LicenceType.objects.none()
    included = LicenceType.objects.filter(included_in__plan=licence.type_id, included_in__tier=licence.tier)
    return included.order_by("sort_order")


def holders_page(licence: Licence, *, search: str, page: str) -> Page[Seat]:
    """One page of who holds a seat of the licence, by name. How many do, its counter knows."""
    seats = Seat.objects.active().filter(tenant=licence.tenant_id, licence=licence).select_related("user")
    if search:
        seats = seats.filter(Q(user__full_name__icontains=search) | Q(user__login_id__icontains=search))
    by_name, count = seats.order_by("user__full_name", "user_id"), None if search else licence.in_use
    return nearest_page(by_name, page, per_page=HOLDERS_PER_PAGE, count=count)

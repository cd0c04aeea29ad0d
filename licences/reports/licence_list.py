"""The licence list of one owner's tab, and the licence that is selected in it."""

from dataclasses import dataclass
from typing import Final

from django.core.paginator import Page, Paginator
from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from licences.models import Licence, LicenceSet, LicenceType, Seat, User

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
    "total": "total",
}
"""Columns that the list can be sorted by, within its groups."""

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
    def from_address(cls, params: dict[str, str]) -> "ListQuery":
        sort = params.get("sort", "order")
        column = sort.removeprefix("-")
        return cls(
            search=params.get("q", "").strip()[:100].replace("\x00", ""),
            show=params["show"] if params.get("show") in SHOW else "all",
            sort=column if column in SORTS else "order",
            descending=sort.startswith("-") and column in SORTS,
            page=params.get("page", "1"),
        )


def licence_page(licence_set: LicenceSet, query: ListQuery) -> Page[Licence]:
    """One page of what is listed, grouped system, site, user. A page that does not exist is the nearest."""
    licences = (
        Licence.objects.listed()
        .filter(SHOW[query.show][1], tenant=licence_set.tenant_id, licence_set=licence_set)
        .select_related("type")
        .annotate(
            group=Case(
                *(When(type__kind=kind, then=Value(place)) for place, kind in enumerate(GROUPS)),
                output_field=IntegerField(),
            ),
            free=F("total") - F("in_use"),
        )
    )
    if query.search:
        licences = licences.filter(Q(name__icontains=query.search) | Q(type__tooltip__icontains=query.search))
    column = F(SORTS[query.sort])
    order = column.desc() if query.descending else column.asc()
    return Paginator(licences.order_by("group", order, "type__sort_order", "pk"), PER_PAGE).get_page(query.page)


def held_by(user: User) -> set[int]:
    """Ids of the licences that the user holds a seat of."""
    seats = Seat.objects.active().filter(tenant=user.tenant_id, user=user)
    return set(seats.values_list("licence_id", flat=True))


def features_of(licence: Licence) -> QuerySet[LicenceType]:
    """What a plan brings with it at its tier; empty for any other licence."""
    return LicenceType.objects.filter(included_in__plan=licence.type_id, included_in__tier=licence.tier or 0).order_by(
        "sort_order"
    )


def holders_page(licence: Licence, *, search: str, page: str) -> Page[Seat]:
    """One page of who holds a seat of the licence, by name."""
    seats = Seat.objects.active().filter(tenant=licence.tenant_id, licence=licence).select_related("user")
    if search:
        seats = seats.filter(Q(user__full_name__icontains=search) | Q(user__login_id__icontains=search))
    return Paginator(seats.order_by("user__full_name", "user_id"), HOLDERS_PER_PAGE).get_page(page)

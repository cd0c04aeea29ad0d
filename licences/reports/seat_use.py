"""Seats whose holders do not use the product: how many there are of each licence, and whose they are."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from django.core.paginator import Page
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from config.csv_export import Cell
from licences.models import Licence, LicenceType, Seat, Tenant, User
from licences.reports.paging import nearest_page
from licences.reports.user_licences import UserLicences, user_licences

PER_PAGE: Final = 50
DAYS: Final = (30, 60, 90)


@dataclass(frozen=True, slots=True)
class SeatUseQuery:
    """What the address asks for: seats unused for how many days, of which licence (by its key; empty for all)."""

    days: int = DAYS[0]
    licence: str = ""
    page: str = "1"

    @classmethod
    def from_address(cls, params: Mapping[str, str], licences: UserLicences) -> "SeatUseQuery":
        days, licence = params.get("days", ""), params.get("licence", "")
        return cls(
            days=int(days) if days in {str(known) for known in DAYS} else DAYS[0],
            licence=licence if licence in licences else "",
            page=params.get("page", "1"),
        )


@dataclass(frozen=True, slots=True)
class LicenceUse:
    """A licence with the number of its seats that were unused for 30, 60 and 90 days or more, in that order."""

    key: str
    licence: Licence
    unused: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class UnusedSeat:
    """Whose seat it is, and for how many days of the calendar it has been unused."""

    user: User
    licence: Licence
    assigned_at: datetime
    days: int


def licences_in_use(tenant: Tenant) -> UserLicences:
    """The user licences of which somebody holds a seat. The plan that stands for "no plan" is none of them."""
    return {
        key: licence
        for key, licence in user_licences(tenant).items()
        if licence.in_use and (licence.is_plan or licence.type.role != LicenceType.Role.PLAN)
    }


def use_by_licence(tenant: Tenant, licences: UserLicences) -> list[LicenceUse]:
    """Every licence with its unused seats, in the order of the screen. One query, counted by PostgreSQL."""
    counts = {f"unused_{days}": Count("pk", filter=_unused_for(tenant, days)) for days in DAYS}
    counted = _held(tenant, licences.values()).values_list("licence_id").annotate(**counts)
    unused = {licence_id: numbers for licence_id, *numbers in counted}
    return [
        LicenceUse(key, licence, list(zip(DAYS, unused.get(licence.pk, [0] * len(DAYS)), strict=True)))
        for key, licence in licences.items()
    ]


def _held(tenant: Tenant, licences: Iterable[Licence]) -> QuerySet[Seat]:
    return Seat.objects.active().filter(tenant=tenant, licence__in=[licence.pk for licence in licences])


def _unused_for(tenant: Tenant, days: int) -> Q:
    """Seats that are idle for so many days of the tenant's calendar: neither did the holder use the product since
    then, nor was the seat given. Who never used the product counts from the day on which the seat was given."""
    since = datetime.combine(tenant.today - timedelta(days=days - 1), time.min, tzinfo=tenant.zone)
    never_or_before = Q(user__last_used_at__isnull=True) | Q(user__last_used_at__lt=since)
    return never_or_before & Q(assigned_at__lt=since)


def unused_seats(tenant: Tenant, licences: UserLicences, query: SeatUseQuery) -> QuerySet[Seat]:
    """What the query asks for, the longest unused first."""
    of = [licences[query.licence]] if query.licence else licences.values()
    seats = _held(tenant, of).filter(_unused_for(tenant, query.days)).select_related("user")
    return seats.order_by(Greatest("user__last_used_at", "assigned_at"), "user__full_name", "pk")


def unused_page(
    tenant: Tenant, licences: UserLicences, query: SeatUseQuery, by_licence: Iterable[LicenceUse]
) -> tuple[Page[Seat], list[UnusedSeat]]:
    """One page, which has its number of seats from `use_by_licence`, and its seats. A page that does not exist is the
    nearest."""
    count = sum(dict(use.unused)[query.days] for use in by_licence if query.licence in ("", use.key))
    page = nearest_page(unused_seats(tenant, licences, query), query.page, per_page=PER_PAGE, count=count)
    return page, list(_told(tenant, licences, page))


def _told(tenant: Tenant, licences: UserLicences, seats: Iterable[Seat]) -> Iterator[UnusedSeat]:
    by_id, today = {licence.pk: licence for licence in licences.values()}, tenant.today
    for seat in seats:
        since = max(filter(None, (seat.user.last_used_at, seat.assigned_at))).astimezone(tenant.zone).date()
        yield UnusedSeat(seat.user, by_id[seat.licence_id], seat.assigned_at, (today - since).days)


def header() -> list[str]:
    """What the columns of `table` are called."""
    return [_("Licence"), _("User ID"), _("Name"), _("Last use"), _("Holds it since"), _("Days unused")]


def table(tenant: Tenant, licences: UserLicences, query: SeatUseQuery) -> Iterator[list[Cell]]:
    """Every seat that the query asks for, whatever the page."""
    for unused in _told(tenant, licences, unused_seats(tenant, licences, query)):
        last_use, since = unused.user.last_used_at, unused.assigned_at.astimezone(tenant.zone)
        yield [
            unused.licence.name,
            unused.user.login_id,
            unused.user.full_name,
            last_use and last_use.astimezone(tenant.zone),
            since,
            unused.days,
        ]

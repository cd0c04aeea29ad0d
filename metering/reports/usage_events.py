"""The events themselves: those of a day page by page from the newest, or those of a month as rows of a file.

They are found by the index that they are kept in (tenant, service, day, time, id): the thousandth page of ten million
costs no more than the first. Each is read with a tenant's right, so nobody sees another's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from config.csv_export import Cell
from config.tenancy.scopes import tenant_scope
from licences.models import Tenant
from metering.models import Correction, MeteredService
from metering.periods import Month
from metering.rating import plain

PER_PAGE: Final = 50
BATCH: Final = 2_000
MICRO: Final = 1_000_000

NEWEST: Final = """
SELECT id, day, time, key, source, event_id, subject, quantity, received_at, edition FROM metering_usageevent
WHERE tenant_id = %s AND service_id = %s AND day = %s AND (time, id) < (%s, %s)
ORDER BY time DESC, id DESC LIMIT %s
"""
ALONG: Final = """
SELECT id, day, time, key, source, event_id, subject, quantity, received_at, edition FROM metering_usageevent
WHERE tenant_id = %s AND service_id = %s AND day BETWEEN %s AND %s AND (day, time, id) > (%s, %s, %s)
ORDER BY day, time, id LIMIT %s
"""


class Place(NamedTuple):
    """Where one event stands among those of its day."""

    time: datetime
    id: int

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """What `str` writes; None for every other text."""
        micros, _dash, number = text.partition("-")
        if not (text.isascii() and micros.isdigit() and number.isdigit() and len(text) < 40):
            return None
        try:
            return cls(
                datetime.fromtimestamp(int(micros) / MICRO, tz=UTC).replace(microsecond=int(micros) % MICRO),
                min(int(number), END.id),
            )
        except (OverflowError, ValueError, OSError):
            return None

    def __str__(self) -> str:
        whole = int(self.time.replace(microsecond=0).timestamp())
        return f"{whole * MICRO + self.time.microsecond}-{self.id}"


END: Final = Place(datetime(9999, 1, 1, tzinfo=UTC), 2**63 - 1)


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event that was counted, as it is kept."""

    id: int
    day: date
    time: datetime
    key: UUID
    source: str
    event_id: str
    subject: str
    quantity: Decimal
    received_at: datetime
    edition: int

    @property
    def place(self) -> Place:
        return Place(self.time, self.id)


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events of one day, newest first. `older` is the place from which those before are read, as an address says it;
    None on the last page. `is_first` says that nothing is newer."""

    day: date
    rows: Sequence[EventRow]
    older: str | None
    is_first: bool


def events_of_day(tenant: Tenant, service: MeteredService, day: date, *, before: Place | None) -> EventPage:
    """One page. One query."""
    place = before or END
    found = _read(NEWEST, [tenant.pk, service.pk, day, place.time, place.id, PER_PAGE + 1])
    shown = found[:PER_PAGE]
    return EventPage(day, shown, str(shown[-1].place) if len(found) > PER_PAGE else None, before is None)


def header() -> list[str]:
    """What the columns of `table` are called."""
    return [
        _("Day"),
        _("Time"),
        _("Event ID"),
        _("Source"),
        _("Subject"),
        _("Quantity"),
        _("Received"),
        _("Invoice"),
        _("Taken out"),
    ]


def table(tenant: Tenant, service: MeteredService, month: Month) -> Iterator[list[Cell]]:
    """Every event of the month, in order. Each batch is read in a scope of its own, which is over before the first row
    of it leaves: whoever takes the rows slowly holds no connection."""
    reached: tuple[Any, ...] = (date.min, datetime.min.replace(tzinfo=UTC), 0)
    while True:
        with tenant_scope(tenant.pk):
            batch = _read(ALONG, [tenant.pk, service.pk, month.first, month.last, *reached, BATCH])
            keys = [row.key for row in batch]
            taken = set(_voids(tenant).filter(event_key__in=keys).values_list("event_key", flat=True))
        for row in batch:
            yield _line(row, tenant, is_out=row.key in taken)
        if len(batch) < BATCH:
            return
        reached = (batch[-1].day, *batch[-1].place)


def _voids(tenant: Tenant) -> Any:
    return Correction.objects.filter(tenant=tenant, kind=Correction.Kind.VOID).order_by()


def _line(row: EventRow, tenant: Tenant, *, is_out: bool) -> list[Cell]:
    return [
        row.day,
        row.time.astimezone(tenant.zone),
        row.event_id,
        row.source,
        row.subject,
        Decimal(plain(row.quantity)),
        row.received_at.astimezone(tenant.zone),
        _("late") if row.edition else _("of the month"),
        _("yes") if is_out else "",
    ]


def _read(sql: str, parameters: list[Any]) -> list[EventRow]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [EventRow(*row) for row in cursor.fetchall()]

"""The events themselves: those of a day page by page from the newest, or those of a month as rows of a file.

They are found by the index that they are kept in (tenant, service, day, time, id): the thousandth page of ten million
costs no more than the first. Each is read with a tenant's right, so nobody sees another's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from config.csv_export import Cell
from config.tenancy.scopes import tenant_scope
from licences.models import Tenant
from metering.models import MeteredService
from metering.periods import Month
from metering.rating import plain

PER_PAGE: Final = 50
BATCH: Final = 2_000
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
LATEST: Final = 253_402_300_799_999_999
"""The last microsecond that a calendar has."""

EVENTS: Final = """
SELECT id, day, time, key, source, event_id, subject, quantity, received_at, edition, coalesce((
    SELECT reason FROM metering_correction taken
    WHERE taken.tenant_id = event.tenant_id AND taken.event_key = event.key AND taken.kind = 'void'), '')
FROM metering_usageevent event
"""
OF_EDITION: Final = " AND edition = %s"
NEWEST: Final = """
WHERE tenant_id = %s AND service_id = %s AND day = %s AND (time, id) < (%s, %s) {}
ORDER BY time DESC, id DESC LIMIT %s
"""
ALONG: Final = """
WHERE tenant_id = %s AND service_id = %s AND day BETWEEN %s AND %s AND (day, time, id) > (%s, %s, %s) {}
ORDER BY day, time, id LIMIT %s
"""


class Place(NamedTuple):
    """Where one event stands among those of its day."""

    time: datetime
    id: int

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """What `str` wrote; None for every other text."""
        moment, _dash, number = text.partition("-")
        if not all(part.isascii() and part.isdigit() and len(part) < 20 for part in (moment, number)):
            return None
        if int(moment) > LATEST or int(number) > END.id:
            return None
        return cls(EPOCH + int(moment) * MICROSECOND, int(number))

    def __str__(self) -> str:
        return f"{(self.time - EPOCH) // MICROSECOND}-{self.id}"


END: Final = Place(datetime(9999, 1, 1, tzinfo=UTC), 2**63 - 1)


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event that was counted, as it is kept; `taken_out` is the reason for that, if it was."""

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
    taken_out: str = ""

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


def events_of_day(
    tenant: Tenant, service: MeteredService, day: date, *, before: Place | None, edition: int | None = None
) -> EventPage:
    """One page, of all editions or of one. One query."""
    place = before or END
    found = _read(NEWEST, [tenant.pk, service.pk, day, place.time, place.id], edition, PER_PAGE + 1)
    shown = found[:PER_PAGE]
    return EventPage(day, shown, str(shown[-1].place) if len(found) > PER_PAGE else None, before is None)


def every_event(
    tenant: Tenant, service: MeteredService, first: date, last: date, *, edition: int | None = None
) -> Iterator[EventRow]:
    """Those of these days in their order. Each batch is read in a scope of its own, which is over before the first of
    it leaves: whoever takes them slowly holds no connection."""
    reached: tuple[Any, ...] = (date.min, datetime.min.replace(tzinfo=UTC), 0)
    while True:
        with tenant_scope(tenant.pk):
            batch = _read(ALONG, [tenant.pk, service.pk, first, last, *reached], edition, BATCH)
        yield from batch
        if len(batch) < BATCH:
            return
        reached = (batch[-1].day, *batch[-1].place)


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
    """Every event of the month, in order."""
    for row in every_event(tenant, service, month.first, month.last):
        yield _line(row, tenant)


def _line(row: EventRow, tenant: Tenant) -> list[Cell]:
    return [
        row.day,
        row.time.astimezone(tenant.zone),
        row.event_id,
        row.source,
        row.subject,
        Decimal(plain(row.quantity)),
        row.received_at.astimezone(tenant.zone),
        _("late") if row.edition else _("of the month"),
        _("yes") if row.taken_out else "",
    ]


def _read(sql: str, parameters: list[Any], edition: int | None, most: int) -> list[EventRow]:
    of_edition = [] if edition is None else [edition]
    with connection.cursor() as cursor:
        cursor.execute(EVENTS + sql.format(OF_EDITION if of_edition else ""), [*parameters, *of_edition, most])
        return [EventRow(*row) for row in cursor.fetchall()]

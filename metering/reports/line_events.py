"""The events that a line of an invoice stands on, exactly: page by page of a day, or all of them for a file.

Both go by the key (day, time, id): the thousandth page costs no more than the first. Source: metering rules R25.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from django.db.models import OuterRef, Q, QuerySet, Subquery

from config.tenancy.scopes import tenant_scope
from metering.models import Correction, InvoiceLine, UsageEvent
from metering.periods import Month

PER_PAGE: Final = 50
BATCH: Final = 1_000
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
HIGHEST: Final = 2**63 - 1
LATEST: Final = 253_402_300_799_999_999
"""The last microsecond that a calendar has."""


class Place(NamedTuple):
    """Where an event stands within its day."""

    time: datetime
    id: int

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """What `str` wrote; None for every other text."""
        moment, _between, number = text.partition("-")
        if not all(part.isascii() and part.isdigit() and len(part) < 20 for part in (moment, number)):
            return None
        if int(moment) > LATEST or int(number) > HIGHEST:
            return None
        return cls(EPOCH + int(moment) * MICROSECOND, int(number))

    def __str__(self) -> str:
        return f"{(self.time - EPOCH) // MICROSECOND}-{self.id}"


@dataclass(frozen=True, slots=True)
class CountedEvent:
    """An event with the reason why it was taken out of the count, if it was."""

    event: UsageEvent
    taken_out: str = ""


@dataclass(frozen=True, slots=True)
class EventPage:
    """In the order of time. `earlier` and `later` are places to go on from, written; empty where nothing is."""

    day: date
    rows: list[CountedEvent]
    earlier: str
    later: str


def event_page(line: InvoiceLine, day: date, *, before: str = "", after: str = "") -> EventPage:
    """Events of one day; `before` and `after` are places as the pages beside it give them, and others begin anew."""
    events, place = events_of(line).filter(day=day), Place.read(before)
    if place is not None:
        earlier = events.filter(time__lte=place.time).filter(Q(time__lt=place.time) | Q(id__lt=place.id))
        found = _counted(earlier.order_by("-time", "-id")[: PER_PAGE + 1])
        shown, has_earlier, has_later = found[:PER_PAGE][::-1], len(found) > PER_PAGE, True
    else:
        place = Place.read(after)
        found = _counted((_after(events, place) if place else events).order_by("time", "id")[: PER_PAGE + 1])
        shown, has_earlier, has_later = found[:PER_PAGE], place is not None, len(found) > PER_PAGE
    return EventPage(
        day,
        shown,
        str(_place(shown[0].event)) if shown and has_earlier else "",
        str(_place(shown[-1].event)) if shown and has_later else "",
    )


def events_of(line: InvoiceLine) -> QuerySet[UsageEvent]:
    """Exactly those that count in the line: of its month and edition."""
    month = Month(line.month)
    events = UsageEvent.objects.filter(tenant=line.tenant_id, service=line.service_id, edition=line.edition)
    return events.filter(day__range=(month.first, month.last))


def every_event(line: InvoiceLine, days: list[date]) -> Iterator[CountedEvent]:
    """All events of these days in their order. Each batch is read in a scope of its own, which is over before the
    first of it leaves."""
    for day in days:
        place: Place | None = None
        while True:
            with tenant_scope(line.tenant_id):
                events = events_of(line).filter(day=day)
                batch = _counted((_after(events, place) if place else events).order_by("time", "id")[:BATCH])
            yield from batch
            if len(batch) < BATCH:
                break
            place = _place(batch[-1].event)


def _after(events: QuerySet[UsageEvent], place: Place) -> QuerySet[UsageEvent]:
    return events.filter(time__gte=place.time).filter(Q(time__gt=place.time) | Q(id__gt=place.id))


def _place(event: UsageEvent) -> Place:
    return Place(event.time, event.id)


def _counted(events: QuerySet[UsageEvent]) -> list[CountedEvent]:
    """These events with why they were taken out, in one statement."""
    of_event = Correction.objects.filter(
        tenant=OuterRef("tenant"), event_key=OuterRef("key"), kind=Correction.Kind.VOID
    )
    told = events.annotate(taken_out=Subquery(of_event.values("reason")[:1]))
    return [CountedEvent(event, event.taken_out or "") for event in told]

"""What the events themselves say, day by day: what roll-ups and invoices are held against. Sources: metering rules R25,
R26, reliability R-25.

A tenant may have millions of events in a month. They are counted so many in one statement; how many there are is told
by what is stored of their days.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final, NamedTuple, Self

from django.db import connection

from metering.models import InvoiceLine, UsageDay, UsageMonth
from metering.periods import Month
from metering.portions import portions

MOST_AT_ONCE: Final = 200_000
"""Events that one statement counts, if no single day has more."""
PATIENCE: Final = "5min"
"""What a statement may take where somebody waits for events to be counted."""

OF_DAYS: Final = """
SELECT event.tenant_id, event.service_id, event.day, event.source, event.edition,
    CASE WHEN service.kind = 'gauge' THEN max(event.quantity) ELSE sum(event.quantity) END, count(*),
    encode(sha256(convert_to(
        string_agg(event.key || ' ' || trim_scale(event.quantity), E'\\n' ORDER BY event.key), 'UTF8')), 'hex')
FROM unnest(%(tenants)s::bigint[], %(services)s::bigint[], %(firsts)s::date[], %(lasts)s::date[],
    %(editions)s::integer[]) AS asked (tenant_id, service_id, first, last, edition)
JOIN metering_usageevent event ON event.tenant_id = asked.tenant_id AND event.service_id = asked.service_id
    AND event.day BETWEEN asked.first AND asked.last AND event.edition = asked.edition
    AND event.day BETWEEN %(from)s AND %(until)s
JOIN metering_meteredservice service ON service.id = event.service_id
GROUP BY event.tenant_id, event.service_id, event.day, event.source, event.edition, service.kind
"""

STORED: Final = """
SELECT day.id, day.tenant_id, day.service_id, day.day, day.source, day.edition, day.quantity, day.events, day.digest
FROM unnest(%(tenants)s::bigint[], %(services)s::bigint[], %(months)s::date[], %(editions)s::integer[])
    AS asked (tenant_id, service_id, month, edition)
JOIN metering_usageday day ON day.tenant_id = asked.tenant_id AND day.service_id = asked.service_id
    AND day.day >= asked.month AND day.day < asked.month + interval '1 month' AND day.edition <= asked.edition
"""


type EventsByDay = dict[tuple[int, int, date], Counter[date]]


class MonthEdition(NamedTuple):
    """Which events: those of a tenant's service that count in one edition of a month."""

    tenant_id: int
    service_id: int
    month: date
    edition: int

    @classmethod
    def of(cls, row: UsageMonth | InvoiceLine) -> Self:
        """What the row says, or takes in."""
        return cls(row.tenant_id, row.service_id, row.month, row.edition)


class DayKey(NamedTuple):
    tenant_id: int
    service_id: int
    day: date
    source: str
    edition: int

    @classmethod
    def of_day(cls, day: UsageDay) -> Self:
        return cls(day.tenant_id, day.service_id, day.day, day.source, day.edition)

    @property
    def of(self) -> MonthEdition:
        return MonthEdition(self.tenant_id, self.service_id, self.day.replace(day=1), self.edition)


class Span(NamedTuple):
    """Days of a month, and about how many events there are to look at."""

    of: MonthEdition
    first: date
    last: date
    events: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """What the events of a day come to: two are equal if their numbers are. `digest` is SHA-256 over “key quantity”
    lines in order of key, where that was worked out."""

    quantity: Decimal
    events: int
    digest: str = field(default="", compare=False)

    @classmethod
    def of_day(cls, day: UsageDay) -> Self:
        return cls(day.quantity, day.events, day.digest)


@dataclass(frozen=True, slots=True)
class StoredDay:
    """What is stored of a day, and the id of its row."""

    pk: int
    count: DayCount


def be_patient() -> None:
    """For the rest of the transaction, statements may take as long as a day with very many events."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [PATIENCE])


def events_by_day(numbers: Iterable[tuple[DayKey, int]]) -> EventsByDay:
    """How many events of each service there are on the days of a month, whoever sent them and whatever takes them in:
    so many are to be looked at."""
    found: EventsByDay = defaultdict(Counter)
    for key, number in numbers:
        found[key.of[:3]][key.day] += number
    return found


def spans(asked: Iterable[MonthEdition], events: EventsByDay) -> Iterator[Span]:
    """All days of these months: spans that have `MOST_AT_ONCE` events at most, or are one day."""
    for of in asked:
        days = events.get(of[:3], Counter())
        parts = list(portions(sorted(days.items()), weight=MOST_AT_ONCE)) or [[of.month]]
        firsts = [of.month, *(part[0] for part in parts[1:])]
        lasts = [*(first - timedelta(days=1) for first in firsts[1:]), Month(of.month).last]
        for part, first, last in zip(parts, firsts, lasts, strict=True):
            yield Span(of, first, last, sum(days[day] for day in part))


def counted_days(asked: Iterable[Span]) -> dict[DayKey, DayCount]:
    """Counted anew from the events, in as many statements as it takes; days without an event are left out."""
    found: dict[DayKey, DayCount] = {}
    for part in portions(((span, span.events) for span in asked), weight=MOST_AT_ONCE):
        of = [span.of for span in part]
        firsts, lasts = [span.first for span in part], [span.last for span in part]
        bounds = {"firsts": firsts, "lasts": lasts, "from": min(firsts), "until": max(lasts)}
        with connection.cursor() as cursor:
            cursor.execute(OF_DAYS, _asked(of) | bounds)
            found |= {DayKey(*row[:5]): DayCount(*row[5:]) for row in cursor.fetchall()}
    return found


def stored_days(asked: Collection[MonthEdition]) -> dict[DayKey, StoredDay]:
    """As they are stored, those of earlier editions too."""
    with connection.cursor() as cursor:
        cursor.execute(STORED, _asked(asked))
        return {DayKey(*row[1:6]): StoredDay(row[0], DayCount(*row[6:])) for row in cursor.fetchall()}


def _asked(asked: Collection[MonthEdition]) -> dict[str, Any]:
    tenants, services, months, editions = zip(*asked, strict=True) if asked else ((), (), (), ())
    return {
        "tenants": list(tenants),
        "services": list(services),
        "months": list(months),
        "editions": list(editions),
    }


def digest_of(days: dict[DayKey, DayCount]) -> str:
    """SHA-256 over the days of a line in their order, each with its number, its events and their digest."""
    lines = [
        f"{key.day} {key.source} {day.quantity.normalize():f} {day.events} {day.digest}"
        for key, day in sorted(days.items())
    ]
    return sha256("\n".join(lines).encode()).hexdigest()

"""What the events themselves say, day by day: what roll-ups and invoices are held against. Sources: metering rules R25,
R26, reliability R-25."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final, NamedTuple

from django.db import connection

from metering.periods import Month

OF_DAYS: Final = """
SELECT event.tenant_id, event.service_id, event.day, event.source, event.edition,
    CASE WHEN service.kind = 'gauge' THEN max(event.quantity) ELSE sum(event.quantity) END, count(*),
    encode(sha256(convert_to(
        string_agg(event.key || ' ' || trim_scale(event.quantity), E'\\n' ORDER BY event.key), 'UTF8')), 'hex')
FROM unnest(%(tenants)s::bigint[], %(services)s::bigint[], %(months)s::date[], %(editions)s::integer[])
    AS asked (tenant_id, service_id, month, edition)
JOIN metering_usageevent event ON event.tenant_id = asked.tenant_id AND event.service_id = asked.service_id
    AND event.day >= asked.month AND event.day < asked.month + interval '1 month' AND event.edition = asked.edition
    AND event.day BETWEEN %(first)s AND %(last)s
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


class Of(NamedTuple):
    """Which events: those of a tenant's service that count in one edition of a month."""

    tenant_id: int
    service_id: int
    month: date
    edition: int


class DayKey(NamedTuple):
    tenant_id: int
    service_id: int
    day: date
    source: str
    edition: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """What the events of a day come to; `digest` is SHA-256 over “key quantity” lines in order of key."""

    quantity: Decimal
    events: int
    digest: str


@dataclass(frozen=True, slots=True)
class StoredDay:
    """What is stored of a day, and the id of its row."""

    pk: int
    count: DayCount


def counted_days(asked: Sequence[Of]) -> dict[DayKey, DayCount]:
    """Counted anew from the events; days without one are left out."""
    if not asked:
        return {}
    months = [each.month for each in asked]
    with connection.cursor() as cursor:
        cursor.execute(OF_DAYS, _asked(asked) | {"first": min(months), "last": Month(max(months)).last})
        return {DayKey(*row[:5]): DayCount(*row[5:]) for row in cursor.fetchall()}


def stored_days(asked: Sequence[Of]) -> dict[DayKey, StoredDay]:
    """As they are stored, those of earlier editions too."""
    with connection.cursor() as cursor:
        cursor.execute(STORED, _asked(asked))
        return {DayKey(*row[1:6]): StoredDay(row[0], DayCount(*row[6:])) for row in cursor.fetchall()}


def _asked(asked: Sequence[Of]) -> dict[str, Any]:
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

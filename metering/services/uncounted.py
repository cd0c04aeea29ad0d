"""Write down what was sent and not counted, so that an administrator can see it. Source: metering rules R3, R5.

A tenant's day has room for so many events one by one. What is refused beyond that stands in one row for each reason,
without ID and source: a back end that has run wild fills no table.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from hashlib import blake2b
from typing import Final

from django.db import connection

from config.tenancy.scopes import support_scope
from licences.models import Tenant
from metering.events import Reason, Sent, told
from metering.models import UncountedEvent

KEPT: Final = timedelta(days=100)
CHUNK: Final = 5_000
MOST_A_DAY: Final = 10_000
"""So many are kept one by one for each tenant and day; the request that fills them may go beyond."""

CAME_TODAY: Final = """
SELECT count(*) FROM (
    SELECT FROM metering_uncountedevent WHERE tenant_id = %s AND last_at >= %s LIMIT %s
) AS came
"""
NOTE: Final = """
INSERT INTO metering_uncountedevent AS was
    (tenant_id, key, kind, reason, source, event_id, service_code, "time", quantity, first_at, last_at, times)
SELECT %(tenant)s, key, kind, reason, source, event_id, service_code, at, quantity, %(at)s, %(at)s, times
FROM unnest(%(keys)s::uuid[], %(kinds)s::text[], %(reasons)s::text[], %(sources)s::text[], %(ids)s::text[],
    %(services)s::text[], %(times)s::text[], %(quantities)s::text[], %(counts)s::integer[])
    AS sent (key, kind, reason, source, event_id, service_code, at, quantity, times) ORDER BY key
ON CONFLICT (tenant_id, key) DO UPDATE SET last_at = excluded.last_at, times = was.times + excluded.times
"""
REPEAT: Final = """
INSERT INTO metering_repeatday AS was (tenant_id, service_id, day, source, times)
SELECT %(tenant)s, service_id, %(day)s, source, times
FROM unnest(%(services)s::bigint[], %(sources)s::text[], %(times)s::bigint[]) AS sent (service_id, source, times)
ORDER BY service_id, source COLLATE "C"
ON CONFLICT (tenant_id, day, service_id, source) DO UPDATE SET times = was.times + excluded.times
"""


@dataclass(frozen=True, slots=True)
class Uncounted:
    """An event that was refused, and why; `sent` is what could be read of it."""

    raw: bytes
    source: str
    sent: Sent | None
    status: str
    reason: Reason


def note_uncounted(tenant: Tenant, events: Sequence[Uncounted], *, at: datetime) -> None:
    """One row for each event and reason, however often it comes; on a day that is full, for each reason."""
    if not _has_room(tenant, at):
        day = at.astimezone(tenant.zone).date()
        events = [replace(each, raw=f"{day}".encode(), source="", sent=None) for each in events]
    times = Counter(_key(each) for each in events)
    rows = {_key(each): each for each in reversed(events)}
    said = [told(each.raw) for each in rows.values()]
    with connection.cursor() as cursor:
        cursor.execute(
            NOTE,
            {
                "tenant": tenant.pk,
                "at": at,
                "keys": list(rows),
                "kinds": [str(each.status) for each in rows.values()],
                "reasons": [str(each.reason) for each in rows.values()],
                "sources": [each.source for each in rows.values()],
                "ids": [each.event_id for each in said],
                "services": [each.service for each in said],
                "times": [each.time for each in said],
                "quantities": [each.quantity for each in said],
                "counts": [times[key] for key in rows],
            },
        )


def _has_room(tenant: Tenant, at: datetime) -> bool:
    begins = datetime.combine(at.astimezone(tenant.zone), time.min, tzinfo=tenant.zone)
    with connection.cursor() as cursor:
        cursor.execute(CAME_TODAY, [tenant.pk, begins, MOST_A_DAY])
        return bool(cursor.fetchone()[0] < MOST_A_DAY)


def note_repeats(tenant: Tenant, repeats: Mapping[tuple[int, str], int], *, at: datetime) -> None:
    """How many events of each service, by its id, and source had been counted before."""
    with connection.cursor() as cursor:
        cursor.execute(
            REPEAT,
            {
                "tenant": tenant.pk,
                "day": at.astimezone(tenant.zone).date(),
                "services": [service for service, _ in repeats],
                "sources": [source for _, source in repeats],
                "times": list(repeats.values()),
            },
        )


def _key(each: Uncounted) -> str:
    called = each.sent.event_id.encode() if each.sent else each.raw
    return blake2b(b"\0".join([each.reason.encode(), each.source.encode(), called]), digest_size=16).hexdigest()


def forget_uncounted(now: datetime) -> int:
    """Forget what was not counted and has not come again for 100 days, a part in a transaction; how many there were.
    Only support may."""
    old = UncountedEvent.objects.filter(last_at__lt=now - KEPT).order_by("last_at")
    forgotten, number = 0, CHUNK
    while number == CHUNK:
        with support_scope("forget old events that were not counted", routine=forgotten > 0):
            number = UncountedEvent.objects.filter(pk__in=old.values("pk")[:CHUNK]).delete()[0]
        forgotten += number
    return forgotten

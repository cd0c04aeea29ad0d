"""Hold days of usage against their events every night, and write each difference down. Nothing is put right: what an
invoice stands on is not changed without somebody having looked. Sources: metering rules R14, R26, reliability R-25."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

import structlog
from django.db import DatabaseError, connection
from django.db.models import Sum
from django.utils import timezone

from config.tenancy.scopes import support_scope
from licences.models import Tenant
from metering.models import UsageDay, UsageDifference
from metering.portions import portions
from metering.reports.recounts.counted import MOST_AT_ONCE, DayCount, DayKey, be_patient
from metering.reports.recounts.mismatches import Mismatch

log = structlog.get_logger(__name__)

LOOKED_BACK: Final = timedelta(days=2)
AT_ONCE: Final = 200
"""Tenants whose days are recounted in one statement, at most."""

UNLIKE: Final = """
WITH stored AS (
    SELECT tenant_id, service_id, day, source, edition, quantity, events FROM metering_usageday
    WHERE tenant_id BETWEEN %(from)s AND %(until)s AND day BETWEEN %(first)s AND %(last)s
), counted AS (
    SELECT event.tenant_id, event.service_id, event.day, event.source, event.edition,
        CASE WHEN service.kind = 'gauge' THEN max(event.quantity) ELSE sum(event.quantity) END AS quantity,
        count(*) AS events
    FROM metering_usageevent event JOIN metering_meteredservice service ON service.id = event.service_id
    WHERE event.tenant_id BETWEEN %(from)s AND %(until)s AND event.day BETWEEN %(first)s AND %(last)s
    GROUP BY event.tenant_id, event.service_id, event.day, event.source, event.edition, service.kind
)
SELECT tenant_id, service_id, day, source, edition, stored.quantity, stored.events, counted.quantity, counted.events
FROM stored FULL JOIN counted USING (tenant_id, service_id, day, source, edition)
WHERE (stored.quantity, stored.events) IS DISTINCT FROM (counted.quantity, counted.events)
ORDER BY tenant_id, service_id, day, source, edition
"""
"""One statement sees one moment: an event and its day are written in one transaction."""


class Part(NamedTuple):
    """The tenants with these ids and all between, and days."""

    tenants: tuple[int, int]
    days: tuple[date, date]


def compare_days() -> int:
    """Recount the last two days of every tenant from their events; how many differences there are. Each is a fact.

    A part that the database gives up on keeps no other from being compared.
    """
    now = timezone.now()
    with support_scope("which tenants have days of usage to recount", routine=True):
        parts = list(_parts(now.date() - LOOKED_BACK))
    found = 0
    for part in parts:
        try:
            found += _compare(part, at=now)
        except DatabaseError:
            log.exception("usage_not_compared", tenants=part.tenants, days=[str(day) for day in part.days])
    if found:
        log.error("usage_differs", differences=found)
    return found


def _parts(since: date) -> Iterator[Part]:
    """Tenants by the hundred, as long as they have no more events than one statement counts; who has more alone is
    compared day by day."""
    events = dict(UsageDay.objects.filter(day__gte=since).order_by().values_list("tenant").annotate(Sum("events")))
    ids = Tenant.objects.order_by("pk").values_list("pk", flat=True)
    for part in portions(((pk, events.get(pk, 0)) for pk in ids), weight=MOST_AT_ONCE, number=AT_ONCE):
        is_big = events.get(part[0], 0) > MOST_AT_ONCE
        firsts = [since + timedelta(days=n) for n in range(LOOKED_BACK.days + 2 if is_big else 1)]
        lasts = [*(first - timedelta(days=1) for first in firsts[1:]), date.max]
        yield from (Part((part[0], part[-1]), days) for days in zip(firsts, lasts, strict=True))


def _compare(part: Part, *, at: datetime) -> int:
    with support_scope("recount days of usage", routine=True):
        be_patient()
        differences = _unlike(part)
        note_differences(differences, found_by="night", at=at)
    return len(differences)


def _unlike(part: Part) -> list[Mismatch]:
    asked: dict[str, int | date] = {
        "from": part.tenants[0],
        "until": part.tenants[1],
        "first": part.days[0],
        "last": part.days[1],
    }
    with connection.cursor() as cursor:
        cursor.execute(UNLIKE, asked)
        return [Mismatch(DayKey(*row[:5]), _count(*row[5:7]), _count(*row[7:])) for row in cursor.fetchall()]


def _count(quantity: object, events: object) -> DayCount | None:
    return None if quantity is None else DayCount(quantity, events)  # type: ignore[arg-type]


def note_differences(mismatches: Iterable[Mismatch], *, found_by: str, at: datetime) -> None:
    """Write each down, unless it was before; in the caller's transaction."""
    UsageDifference.objects.bulk_create(
        (
            UsageDifference(
                tenant_id=each.tenant_id,
                service_id=each.key.service_id,
                day=each.key.day,
                source=each.key.source,
                edition=each.key.edition,
                stored=each.stored.quantity if each.stored else None,
                stored_events=each.stored.events if each.stored else None,
                counted=each.counted.quantity if each.counted else None,
                counted_events=each.counted.events if each.counted else None,
                found_by=found_by,
                found_at=at,
            )
            for each in mismatches
        ),
        ignore_conflicts=True,
    )

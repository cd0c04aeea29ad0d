"""Hold days of usage against their events every night, and write each difference down. Nothing is put right: what an
invoice stands on is not changed without somebody having looked. Sources: metering rules R14, R26, reliability R-25."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import connection
from django.utils import timezone

from config.tenancy.scopes import support_scope
from licences.models import Tenant
from metering.models import UsageDifference
from metering.reports.counted import DayCount, DayKey
from metering.reports.month_checks import Mismatch

log = structlog.get_logger(__name__)

LOOKED_BACK: Final = timedelta(days=2)
AT_ONCE: Final = 200
"""Tenants whose days are recounted in one statement."""

UNLIKE: Final = """
WITH stored AS (
    SELECT tenant_id, service_id, day, source, edition, quantity, events FROM metering_usageday
    WHERE tenant_id BETWEEN %(from)s AND %(until)s AND day >= %(since)s
), counted AS (
    SELECT event.tenant_id, event.service_id, event.day, event.source, event.edition,
        CASE WHEN service.kind = 'gauge' THEN max(event.quantity) ELSE sum(event.quantity) END AS quantity,
        count(*) AS events
    FROM metering_usageevent event JOIN metering_meteredservice service ON service.id = event.service_id
    WHERE event.tenant_id BETWEEN %(from)s AND %(until)s AND event.day >= %(since)s
    GROUP BY event.tenant_id, event.service_id, event.day, event.source, event.edition, service.kind
)
SELECT tenant_id, service_id, day, source, edition, stored.quantity, stored.events, counted.quantity, counted.events
FROM stored FULL JOIN counted USING (tenant_id, service_id, day, source, edition)
WHERE (stored.quantity, stored.events) IS DISTINCT FROM (counted.quantity, counted.events)
ORDER BY tenant_id, service_id, day, source, edition
"""
"""One statement sees one moment: an event and its day are written in one transaction."""


def compare_days() -> int:
    """Recount the last two days of every tenant from their events; how many differences there are. Each is a fact."""
    now = timezone.now()
    since = now.date() - LOOKED_BACK
    with support_scope("which tenants have days of usage to recount", routine=True):
        ids = list(Tenant.objects.order_by("pk").values_list("pk", flat=True))
    found = 0
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        with support_scope("recount days of usage", routine=True):
            differences = _unlike(part[0], part[-1], since=since)
            note_differences(differences, found_by="night", at=now)
        found += len(differences)
    if found:
        log.error("usage_differs", differences=found)
    return found


def _unlike(first: int, last: int, *, since: object) -> list[Mismatch]:
    with connection.cursor() as cursor:
        cursor.execute(UNLIKE, {"from": first, "until": last, "since": str(since)})
        return [Mismatch(DayKey(*row[:5]), _count(*row[5:7]), _count(*row[7:])) for row in cursor.fetchall()]


def _count(quantity: object, events: object) -> DayCount | None:
    return None if quantity is None else DayCount(quantity, events, "")  # type: ignore[arg-type]


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

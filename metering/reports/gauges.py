"""What a gauge showed: when a month began, and on average over its time. Sources: design §14.9, metering rules R9, R10.

A value holds until the next one, by (time, id). What was taken out of the count is left out here too.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from django.db import connection

from metering.models import UsageMonth
from metering.periods import Month
from metering.reports.counted import Of

MICRO: Final = Decimal("0.000001")

KEPT: Final = """
NOT EXISTS (SELECT FROM metering_correction taken
    WHERE taken.kind = 'void' AND taken.tenant_id = event.tenant_id AND taken.event_key = event.key{by_then})
"""
NOW: Final = KEPT.format(by_then="")
BY_THEN: Final = KEPT.format(by_then=" AND taken.edition <= %(edition)s")

CARRYING: Final = """
SELECT month.id, CASE WHEN taken_out.is_so THEN kept.quantity ELSE newest.last_quantity END
FROM metering_usagemonth month
JOIN LATERAL (
    SELECT before.day, before.last_quantity FROM metering_usageday before
    WHERE before.tenant_id = month.tenant_id AND before.service_id = month.service_id AND before.day < month.month
    ORDER BY before.day DESC, before.last_time DESC, before.last_id DESC LIMIT 1
) newest ON true
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM metering_correction taken
        WHERE taken.tenant_id = month.tenant_id AND taken.service_id = month.service_id
        AND taken.kind = 'void' AND taken.day = newest.day) AS is_so
) taken_out
LEFT JOIN LATERAL (
    SELECT event.quantity FROM metering_usageevent event
    WHERE taken_out.is_so AND event.tenant_id = month.tenant_id AND event.service_id = month.service_id
        AND event.day < month.month AND {kept}
    ORDER BY event.day DESC, event.time DESC, event.event_id COLLATE "C" DESC, event.quantity DESC LIMIT 1
) kept ON true
WHERE month.id = ANY(%s)
"""
CARRIED: Final = CARRYING.format(kept=NOW)
"""By the days; where something was taken out of the newest, by the events that are left, if any is."""

SHOWN: Final = """
SELECT event.time, event.quantity FROM metering_usageevent event
WHERE event.tenant_id = %(tenant)s AND event.service_id = %(service)s AND event.day BETWEEN %(first)s AND %(last)s
    AND event.edition <= %(edition)s AND {kept}
ORDER BY event.time, event.event_id COLLATE "C"
"""
VALUES: Final = SHOWN.format(kept=BY_THEN)

LEFT: Final = """
SELECT asked.tenant_id, asked.service_id, asked.month, coalesce(max(event.quantity), 0)
FROM unnest(%s::bigint[], %s::bigint[], %s::date[]) AS asked (tenant_id, service_id, month)
LEFT JOIN metering_usageevent event ON event.tenant_id = asked.tenant_id AND event.service_id = asked.service_id
    AND event.day >= asked.month AND event.day < asked.month + interval '1 month' AND {kept}
WHERE EXISTS (SELECT FROM metering_correction taken
    WHERE taken.tenant_id = asked.tenant_id AND taken.service_id = asked.service_id AND taken.month = asked.month
    AND taken.kind = 'void')
GROUP BY asked.tenant_id, asked.service_id, asked.month
"""
HIGHEST: Final = LEFT.format(kept=NOW)


def carried_into(months: Sequence[UsageMonth]) -> dict[int, Decimal]:
    """The value that held when each month began, by the id of its row; none where there never was one."""
    if not months:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(CARRIED, [[month.pk for month in months]])
        return dict(cursor.fetchall())


def highest_left(asked: Collection[Of]) -> dict[tuple[int, int, date], Decimal]:
    """The highest value of each month out of which something was taken, by (tenant id, service id, first of the month):
    nothing where nothing is left."""
    if not asked:
        return {}
    tenants, services, months, _editions = zip(*asked, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(HIGHEST, [list(tenants), list(services), list(months)])
        return {(tenant_id, service_id, month): highest for tenant_id, service_id, month, highest in cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a gauge showed in a month: at most, last, and on average. What it began with is no showing of its own, but
    may be the last and counts for the average."""

    highest: Decimal
    last: Decimal
    average: Decimal


def averages(months: Sequence[UsageMonth], *, at: datetime) -> Iterator[tuple[UsageMonth, Decimal]]:
    """Each month with its average so far, or over all of it once it is over; the months know what they began with.

    Time before the first value that is known counts for nothing.
    """
    for row in months:
        of, zone = Of(row.tenant_id, row.service_id, row.month, row.edition), row.tenant.zone
        values = _values(of, carried=row.carried, zone=zone)
        yield row, _average(values, until=min(at, Month(row.month).end(zone)))


def shown_by(of: Of, *, carried: Decimal | None, zone: ZoneInfo) -> Shown:
    """In a month that is over, by the events of this edition and of earlier ones; `carried` is what it began with."""
    values = _values(of, carried=carried, zone=zone)
    last = values[-1][1] if values else Decimal(0)
    highest = max((quantity for _at, quantity in values[carried is not None :]), default=Decimal(0))
    return Shown(highest, last, _average(values, until=Month(of.month).end(zone)))


def _values(of: Of, *, carried: Decimal | None, zone: ZoneInfo) -> list[tuple[datetime, Decimal]]:
    month = Month(of.month)
    with connection.cursor() as cursor:
        cursor.execute(
            VALUES,
            {
                "tenant": of.tenant_id,
                "service": of.service_id,
                "first": month.first,
                "last": month.last,
                "edition": of.edition,
            },
        )
        began = [] if carried is None else [(month.start(zone), carried)]
        return [*began, *cursor.fetchall()]


def _average(values: Sequence[tuple[datetime, Decimal]], *, until: datetime) -> Decimal:
    if not values:
        return Decimal(0)
    spans = [*values, (max(until, values[-1][0]), Decimal(0))]
    moments = [Decimal(str(at.timestamp())) for at, _ in spans]
    seconds = [later - earlier for earlier, later in pairwise(moments)]
    whole = sum(seconds)
    if not whole:
        return values[-1][1]
    weighed = sum((value[1] * length for value, length in zip(values, seconds, strict=True)), Decimal(0))
    return (weighed / whole).quantize(MICRO, ROUND_HALF_UP)

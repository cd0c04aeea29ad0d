"""What a gauge showed: when a month began, and on average over its time. Sources: design §14.9, metering rules R9, R10.

A value holds until the next one, by (time, id). What was taken out of the count is left out here too.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from zoneinfo import ZoneInfo

from django.db import connection

from metering.events import MICRO
from metering.models import UsageMonth
from metering.periods import Month
from metering.reports.recounts.counted import MonthEdition

NEWEST: Final = '(array_agg({of} ORDER BY time DESC, event_id COLLATE "C" DESC, quantity DESC))[1]'
LEFT: Final = """
SELECT count(*) AS events, coalesce(max(quantity), 0) AS highest, {newest}
FROM metering_usageevent event
WHERE event.tenant_id = {{tenant}} AND event.service_id = {{service}} AND event.day BETWEEN {{first}} AND {{last}}
AND NOT EXISTS (
    SELECT FROM metering_correction taken
    WHERE taken.kind = 'void' AND taken.tenant_id = event.tenant_id AND taken.event_key = event.key)
""".format(newest=", ".join(f"{NEWEST.format(of=of)} AS last_{of}" for of in ("time", "event_id", "quantity")))
"""The highest and the newest of a gauge's events of some days that are left in the count."""

CARRIED: Final = """(
    SELECT before.last_quantity FROM metering_usagemonth before
    WHERE before.tenant_id = month.tenant_id AND before.service_id = month.service_id AND before.month < month.month
        AND before.last_quantity IS NOT NULL
    ORDER BY before.month DESC LIMIT 1)"""
"""What the row `month` of the query around it began with. By the months before: they know their newest value without
what was taken out, also when their events are gone."""
CARRYING: Final = f"SELECT month.id, {CARRIED} FROM metering_usagemonth month WHERE month.id = ANY(%s)"  # noqa: S608

SPANS: Final = """
WITH asked AS (
    SELECT * FROM unnest(%(places)s::bigint[], %(tenants)s::bigint[], %(services)s::bigint[], %(months)s::date[],
        %(editions)s::integer[], %(carried)s::numeric[], %(begins)s::timestamptz[], %(ends)s::timestamptz[])
        AS asked (place, tenant_id, service_id, month, edition, carried, begins, ends)
), told AS (
    SELECT asked.place, event.time, event.event_id, event.quantity, taken.id IS NULL AS is_kept
    FROM asked
    JOIN metering_usageevent event ON event.tenant_id = asked.tenant_id AND event.service_id = asked.service_id
        AND event.day >= asked.month AND event.day < asked.month + interval '1 month'
        AND event.day BETWEEN %(first)s AND %(last)s AND event.edition <= asked.edition
    LEFT JOIN metering_correction taken ON taken.kind = 'void' AND taken.tenant_id = event.tenant_id
        AND taken.event_key = event.key AND taken.edition <= asked.edition
), of_month AS (
    SELECT place, count(*) AS events, min(time) FILTER (WHERE is_kept) AS first_time FROM told GROUP BY place
), shown AS (
    SELECT place, time, true AS is_own, event_id, quantity FROM told WHERE is_kept
    UNION ALL
    SELECT place, least(begins, first_time), false, '', carried
    FROM asked LEFT JOIN of_month USING (place) WHERE carried IS NOT NULL
), spans AS (
    SELECT *, lead(time) OVER (PARTITION BY place ORDER BY time, is_own, event_id COLLATE "C", quantity) AS until
    FROM shown
)
SELECT place, coalesce(events, 0), coalesce(max(quantity) FILTER (WHERE is_own), 0),
    coalesce(max(quantity) FILTER (WHERE until IS NULL), 0),
    coalesce(sum(quantity * extract(epoch FROM coalesce(until, greatest(ends, time)) - time)), 0),
    coalesce(sum(extract(epoch FROM coalesce(until, greatest(ends, time)) - time)), 0)
FROM asked LEFT JOIN of_month USING (place) LEFT JOIN spans USING (place)
GROUP BY place, events
"""
"""What it began with holds from the beginning of the month, or from its first value where that is earlier: the tenant's
clock was another one then. No time is less than nothing."""

HIGHEST: Final = """
SELECT month.tenant_id, month.service_id, month.month,
    CASE WHEN count(event.id) < month.events THEN month.total
        ELSE coalesce(max(event.quantity) FILTER (WHERE taken.id IS NULL), 0) END
FROM unnest(%s::bigint[], %s::bigint[], %s::date[]) AS asked (tenant_id, service_id, month)
JOIN metering_usagemonth month USING (tenant_id, service_id, month)
LEFT JOIN metering_usageevent event ON event.tenant_id = month.tenant_id AND event.service_id = month.service_id
    AND event.day >= month.month AND event.day < month.month + interval '1 month'
LEFT JOIN metering_correction taken
    ON taken.kind = 'void' AND taken.tenant_id = event.tenant_id AND taken.event_key = event.key
WHERE EXISTS (SELECT FROM metering_correction void
    WHERE void.tenant_id = month.tenant_id AND void.service_id = month.service_id AND void.month = month.month
    AND void.kind = 'void')
GROUP BY month.tenant_id, month.service_id, month.month, month.events, month.total
"""


def carried_into(months: Sequence[UsageMonth]) -> dict[int, Decimal | None]:
    """The value that held when each month began, by the id of its row; None where there never was one."""
    if not months:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(CARRYING, [[month.pk for month in months]])
        return dict(cursor.fetchall())


def highest_left(asked: Collection[MonthEdition]) -> dict[tuple[int, int, date], Decimal]:
    """The highest value of each month out of which something was taken, by (tenant id, service id, first of the month):
    nothing where nothing is left; as it is stored where events are gone."""
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


@dataclass(frozen=True, slots=True)
class _Asked:
    of: MonthEdition
    carried: Decimal | None
    zone: ZoneInfo
    until: datetime


@dataclass(frozen=True, slots=True)
class _Sums:
    """`weighed` is the sum of values, each times the seconds in which it held."""

    events: int
    highest: Decimal
    last: Decimal
    weighed: Decimal
    seconds: Decimal

    @property
    def average(self) -> Decimal:
        if not self.seconds:
            return self.last
        return (self.weighed / self.seconds).quantize(MICRO, ROUND_HALF_UP)


def averages(months: Sequence[UsageMonth], *, at: datetime) -> Iterator[tuple[UsageMonth, Decimal]]:
    """The months, each with its average so far, or over all of it once it is over; they know what they began with.

    Time before the first value that is known counts for nothing. Months whose events are gone are left out: nothing
    can be said of them any more. One query.
    """
    asked = [
        _Asked(
            MonthEdition.of(row),
            row.carried,
            row.tenant.zone,
            min(at, Month(row.month).end(row.tenant.zone)),
        )
        for row in months
    ]
    for row, sums in zip(months, _sums(asked), strict=True):
        if sums.events >= row.events:
            yield row, sums.average


def shown_by(of: MonthEdition, *, carried: Decimal | None, zone: ZoneInfo) -> Shown:
    """In a month that is over, by the events of this edition and of earlier ones; `carried` is what it began with."""
    (sums,) = _sums([_Asked(of, carried, zone, Month(of.month).end(zone))])
    return Shown(sums.highest, sums.last, sums.average)


def _sums(asked: Sequence[_Asked]) -> list[_Sums]:
    """Of each, in their order."""
    if not asked:
        return []
    months = [each.of.month for each in asked]
    with connection.cursor() as cursor:
        cursor.execute(
            SPANS,
            {
                "places": list(range(len(asked))),
                "tenants": [each.of.tenant_id for each in asked],
                "services": [each.of.service_id for each in asked],
                "months": months,
                "editions": [each.of.edition for each in asked],
                "carried": [each.carried for each in asked],
                "begins": [Month(each.of.month).start(each.zone) for each in asked],
                "ends": [each.until for each in asked],
                "first": min(months),
                "last": Month(max(months)).last,
            },
        )
        return [_Sums(*sums) for _place, *sums in sorted(cursor.fetchall())]

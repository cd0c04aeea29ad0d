"""What was used on each day, without what was taken out of the count: sums of a day's events, or of a gauge its highest
and its last value.

From the days that are kept: as fast for ten million events as for ten. Only days of a gauge that something was taken
out of are measured again, by the events that are left.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.db import connection

from licences.models import Tenant
from metering.reports.gauges import LEFT

DAYS: Final = """
WITH counted AS (
    SELECT service_id, day, bool_or(last_time IS NOT NULL) AS is_gauge, sum(events) AS events,
        sum(quantity) AS total, max(quantity) AS highest,
        (array_agg(last_quantity ORDER BY last_time DESC NULLS LAST, last_id DESC NULLS LAST))[1] AS last_quantity
    FROM metering_usageday
    WHERE tenant_id = %(tenant)s AND service_id = ANY(%(services)s) AND day BETWEEN %(first)s AND %(last)s
    GROUP BY service_id, day
), void AS (
    SELECT service_id, day, sum(quantity) AS total, count(*) AS events FROM metering_correction
    WHERE tenant_id = %(tenant)s AND service_id = ANY(%(services)s) AND day BETWEEN %(first)s AND %(last)s
        AND kind = 'void'
    GROUP BY service_id, day
), again AS (
    SELECT service_id, day, kept.highest, kept.last_quantity
    FROM void JOIN counted USING (service_id, day) CROSS JOIN LATERAL ({left}) AS kept
    WHERE is_gauge AND kept.events + void.events >= counted.events
)
SELECT service_id, day,
    CASE WHEN is_gauge THEN coalesce(again.highest, counted.highest) ELSE counted.total - coalesce(void.total, 0) END,
    counted.events,
    CASE WHEN again.highest IS NULL THEN counted.last_quantity ELSE again.last_quantity END
FROM counted LEFT JOIN void USING (service_id, day) LEFT JOIN again USING (service_id, day)
ORDER BY service_id, day
""".format(  # noqa: S608 - all of it stands in this file or in gauges
    left=LEFT.format(tenant="%(tenant)s", service="void.service_id", first="void.day", last="void.day")
)
"""Of a gauge every event has a `last_time`, of everything else none. A day of it is as it was counted where its events
are gone."""


@dataclass(frozen=True, slots=True)
class DayUse:
    """`quantity` is the sum of the day, of a gauge its highest value; `last` a gauge's last value, else None. `events`
    are all that came, with those that were taken out."""

    day: date
    quantity: Decimal
    events: int
    last: Decimal | None


type Days = Mapping[date, DayUse]


def days_of_services(tenant: Tenant, services: Collection[int], *, first: date, last: date) -> dict[int, Days]:
    """The days on which there was anything, in order, by service id. One query."""
    found: dict[int, dict[date, DayUse]] = {service: {} for service in services}
    with connection.cursor() as cursor:
        cursor.execute(DAYS, {"tenant": tenant.pk, "services": list(services), "first": first, "last": last})
        for service_id, day, quantity, events, last_value in cursor.fetchall():
            found[service_id][day] = DayUse(day, quantity, int(events), last_value)
    return dict(found)


def every_day(first: date, last: date) -> list[date]:
    """From the one to the other, both included; none where the last comes before the first."""
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]


def levels(days: Days, first: date, last: date) -> list[Decimal]:
    """What a gauge stood at in the end of each day; before its first value it stood at nothing."""
    known = [each for each in days.values() if each.last is not None and each.day < first]
    level = (max(known, key=lambda each: each.day).last if known else None) or Decimal(0)
    found = []
    for day in every_day(first, last):
        here = days.get(day)
        level = here.last if here is not None and here.last is not None else level
        found.append(level)
    return found

"""Thirteen months of usage, written in the tables by the database itself, and invoiced by the service.

Events, keys, days and months agree with each other: an invoice is drawn only where they do.
"""

from typing import Final

from django.db import connection, connections
from django.utils import timezone

from config.tenancy.scopes import tenant_scope
from licences.models import Tenant
from metering.models import MeteredService, UsageMonth
from metering.partitions import create_month
from metering.periods import Month
from metering.services.allowances import locked, settle
from metering.services.closing import close

MONTHS: Final = 13
SOURCE: Final = "https://crm.example"
TABLES: Final = ("eventkey", "usageevent", "usageday", "usagemonth", "usagealert", "invoice", "invoiceline")

EVENTS: Final = """
INSERT INTO metering_usageevent
    (tenant_id, service_id, day, time, key, source, event_id, subject, quantity, received_at, edition)
SELECT %(tenant)s, (%(services)s::bigint[])[1 + n %% %(kinds)s], (at AT TIME ZONE %(zone)s)::date, at,
    md5(%(tenant)s || %(month)s || n)::uuid, %(source)s, %(month)s || '-' || n, '', 1 + n %% 5, at, 0
FROM (SELECT n, %(begins)s::timestamptz + n * (%(ends)s::timestamptz - %(begins)s::timestamptz) / %(count)s AS at
    FROM generate_series(0, %(count)s - 1) AS n) AS made
"""
KEYS: Final = """
INSERT INTO metering_eventkey (tenant_id, key, payload, service_id, day, time)
SELECT tenant_id, key, key, service_id, day, time FROM metering_usageevent
WHERE tenant_id = %(tenant)s AND day BETWEEN %(first)s AND %(last)s
"""
DAYS: Final = """
INSERT INTO metering_usageday
    (tenant_id, service_id, day, source, edition, digest, quantity, events, last_time, last_id, last_quantity)
SELECT tenant_id, service_id, day, source, 0, '',
    CASE WHEN service_id = %(gauge)s THEN max(quantity) ELSE sum(quantity) END, count(*),
    CASE WHEN service_id = %(gauge)s THEN max(time) END,
    CASE WHEN service_id = %(gauge)s THEN (array_agg(event_id ORDER BY time DESC))[1] END,
    CASE WHEN service_id = %(gauge)s THEN (array_agg(quantity ORDER BY time DESC))[1] END
FROM metering_usageevent WHERE tenant_id = %(tenant)s AND day BETWEEN %(first)s AND %(last)s
GROUP BY tenant_id, service_id, day, source
"""
OF_MONTH: Final = """
INSERT INTO metering_usagemonth (tenant_id, service_id, month, rated_by, users, adjusted, edition, has_late, total,
    events, last_time, last_id, last_quantity)
SELECT tenant_id, service_id, %(first)s, 'total', 0, 0, 0, false,
    CASE WHEN service_id = %(gauge)s THEN max(quantity) ELSE sum(quantity) END, sum(events), max(last_time),
    (array_agg(last_id ORDER BY day DESC))[1], (array_agg(last_quantity ORDER BY day DESC))[1]
FROM metering_usageday WHERE tenant_id = %(tenant)s AND day BETWEEN %(first)s AND %(last)s
GROUP BY tenant_id, service_id
"""


def use(tenant: Tenant, *, events: int) -> None:
    """Let the tenant have so many events in this month and the twelve before, and every invoice that is due."""
    now, present = timezone.now(), Month.of(tenant.today)
    for back in range(MONTHS - 1, -1, -1):
        month = present.plus(-back)
        with connections["owner"].cursor() as cursor:
            cursor.execute(create_month(month.first))
        with tenant_scope(tenant.pk):
            _write(tenant, month, events // MONTHS)
            settle(locked(UsageMonth.objects.filter(tenant=tenant, month=month.first)), at=now)
            if now >= month.closes(tenant.zone):
                assert close([tenant], month).mismatches == []


def tidy() -> None:
    """As the database is after a while: with its statistics, and swept."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(f'metering_{name}' for name in TABLES)}")


def _write(tenant: Tenant, month: Month, count: int) -> None:
    services = list(MeteredService.objects.order_by("sort_order"))
    (gauge,) = [service.pk for service in services if service.kind == MeteredService.Kind.GAUGE]
    said = {
        "tenant": tenant.pk,
        "services": [service.pk for service in services],
        "kinds": len(services),
        "gauge": gauge,
        "zone": tenant.time_zone,
        "source": SOURCE,
        "month": str(month),
        "first": month.first,
        "last": month.last,
        "begins": month.start(tenant.zone),
        "ends": min(month.end(tenant.zone), timezone.now()),
        "count": count,
    }
    with connection.cursor() as cursor:
        for statement in (EVENTS, KEYS, DAYS, OF_MONTH):
            cursor.execute(statement, said)

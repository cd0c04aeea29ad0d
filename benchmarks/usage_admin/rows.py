"""What the lists are read from: events, days and refused events of tenants of every size, the newest last."""

from datetime import timedelta
from itertools import accumulate

from django.db import connections
from django.db.transaction import atomic
from django.utils import timezone

from config.tenancy.scopes import support_scope
from licences.models import Tenant
from metering.models import MeteredService
from metering.services.catalogue import load_catalogue

MONTHS, TENANTS = 13, 300
SHARES = (0.4, 0.2, 0.1, 0.05, 0.02, 0.01, 0.01, 0.005, 0.002, 0.001)
"""How much of the events each of the first tenants sent; the other tenants share the rest."""
LARGE, MEDIUM, SMALL, QUIET = 0, 4, 9, 5
QUIET_SINCE = 0.1
"""The quiet tenant sent nothing after a tenth of the time: all of its rows lie deep."""
RARE = "not-metered"
CHUNK = 100_000
TABLES = ("metering_usageevent", "metering_usageday", "metering_usagemonth", "metering_uncountedevent")

MADE = """
FROM (
    SELECT n, %(since)s::timestamptz + n * (%(until)s::timestamptz - %(since)s::timestamptz) / %(events)s AS moment,
        width_bucket(random(), %(bounds)s::float8[]) + 1 AS place
    FROM generate_series(%(first)s, %(last)s) n
) made WHERE place <> %(quiet)s OR n <= %(events)s * %(quiet_since)s
"""
"""In order of time, as they come."""
EVENTS = f"""
INSERT INTO metering_usageevent
    (tenant_id, service_id, day, time, key, source, event_id, subject, quantity, received_at, edition)
SELECT (%(tenants)s::bigint[])[place], (%(services)s::bigint[])[1 + floor(5 * random() ^ 2)::int], moment::date,
    moment, gen_random_uuid(), 'https://crm.example', 'mail-' || n, '', 1 + floor(random() * 20), moment, 0
{MADE}
"""
REFUSED = f"""
INSERT INTO metering_uncountedevent
    (tenant_id, key, kind, reason, source, event_id, service_code, "time", quantity, first_at, last_at, times)
SELECT (%(tenants)s::bigint[])[place], gen_random_uuid(), 'rejected',
    CASE WHEN n %% 20000 = 0 THEN '{RARE}' WHEN n %% 3 = 0 THEN 'unknown-service' ELSE 'event-too-old' END,
    'https://crm.example', 'mail-' || n, 'mailing-emails', moment::text, '1', moment, moment, 1
{MADE}
"""
DAYS = """
INSERT INTO metering_usageday (tenant_id, service_id, day, source, quantity, edition, events, digest)
SELECT tenant, service, day::date, 'https://crm.example', 100, 0, 10, ''
FROM generate_series(%(since)s::timestamptz, %(until)s, '1 day') day, unnest(%(tenants)s::bigint[]) tenant,
    unnest(%(services)s::bigint[]) service
WHERE tenant <> (%(tenants)s::bigint[])[%(quiet)s]
    OR day < %(since)s + (%(until)s - %(since)s::timestamptz) * %(quiet_since)s
ORDER BY day
"""
MONTHS_OF = """
INSERT INTO metering_usagemonth
    (tenant_id, service_id, month, rated_by, users, total, events, adjusted, edition, has_late)
SELECT tenant_id, service_id, date_trunc('month', day)::date, 'total', 0, sum(quantity), count(*), 0, 0, false
FROM metering_usageevent GROUP BY tenant_id, service_id, date_trunc('month', day)
"""


def make_rows(events: int) -> tuple[list[int], list[int]]:
    """So many events, and as many that were refused; the ids of the tenants, and those of the services."""
    load_catalogue()
    with support_scope("the benchmark makes tenants"):
        made = Tenant.objects.bulk_create(
            Tenant(
                company_name=f"Fjordlys Handel {number} AS",
                serial_number=f"{3_000_000_000 + number}",
                subscription=Tenant.Subscription.MODULE_BASED,
                database_type="PostgreSQL 18",
                product_version="Console 11.2",
                language="nb",
            )
            for number in range(TENANTS)
        )
    tenants = [tenant.pk for tenant in made]
    services = list(MeteredService.objects.order_by("pk").values_list("pk", flat=True))
    _fill(tenants, services, events)
    return tenants, services


def _fill(tenants: list[int], services: list[int], events: int) -> None:
    rest = (1 - sum(SHARES)) / (TENANTS - len(SHARES))
    now = timezone.now()
    values = {
        "tenants": tenants,
        "services": services,
        "bounds": list(accumulate([*SHARES, *[rest] * (TENANTS - len(SHARES) - 1)])),
        "events": events,
        "since": now - timedelta(days=30 * (MONTHS - 1)),
        "until": now,
        "quiet": QUIET + 1,
        "quiet_since": QUIET_SINCE,
    }
    for statement in (EVENTS, REFUSED):
        for first in range(1, events + 1, CHUNK):
            _run(statement, values | {"first": first, "last": min(events, first + CHUNK - 1)}, first / (2 * events))
    _run(DAYS, values)
    _run(MONTHS_OF, {})


def _run(statement: str, values: dict[str, object], seed: float = 0) -> None:
    """As the owner, whom row-level security does not bind meanwhile."""
    with atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '10min'")
        cursor.execute("SELECT setseed(%s)", [seed])
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")

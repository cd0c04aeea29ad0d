"""`python -m benchmarks.closing`: how long it takes to close a month of 10,000 tenants with five services each.

The budget: 60 s on 2 cores, from the sweep that beat starts to the last invoice and its system event, with 250 MB at
most in each process. Two sweep at once, as two processes of a worker do. Needs DATABASE_URL; has a scratch database
of its own. Each tenant has users with a plan, and 18 events in the month before, in four time zones; what they come to
is far beyond most allowances. In the end a sample of the invoices is verified from their events. The machine may have
other things to do: beside the time stands the processor time.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import batched
from pathlib import Path
from urllib.parse import urlsplit

import django
import psutil
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

BUDGET_SECONDS, BUDGET_MB = 60, 250
SWEEPS = 2
EVENTS, USERS, SAMPLE = 18, 3, 200
ZONES = ("Europe/Oslo", "Europe/London", "Asia/Kathmandu", "America/St_Johns")

USED = """
WITH made AS (
    SELECT tenant.id AS tenant_id, service.id AS service_id, %(month)s::date + n AS day,
        service.kind = 'gauge' AS is_gauge,
        (%(month)s::date + n + time '12:00') AT TIME ZONE 'UTC' AS time, service.code || n AS event_id,
        (tenant.id * 37 + n * 211) %% 900 + 0.5 AS quantity,
        md5(tenant.id || service.code || n)::uuid AS key
    FROM licences_tenant tenant
    CROSS JOIN generate_series(0, %(events)s - 1) n
    JOIN metering_meteredservice service ON service.sort_order %% 5 = n %% 5
    WHERE tenant.id = ANY(%(tenants)s)
), keys AS (
    INSERT INTO metering_eventkey (tenant_id, key, payload, service_id, day, time)
    SELECT tenant_id, key, key, service_id, day, time FROM made
), events AS (
    INSERT INTO metering_usageevent (tenant_id, service_id, day, time, key, source, event_id, subject, quantity,
        received_at, edition)
    SELECT tenant_id, service_id, day, time, key, 'https://crm.example', event_id, '', quantity, time, 0 FROM made
), days AS (
    INSERT INTO metering_usageday (tenant_id, service_id, day, source, edition, digest, quantity, events, last_time,
        last_id, last_quantity)
    SELECT tenant_id, service_id, day, 'https://crm.example', 0, '', quantity, 1,
        CASE WHEN is_gauge THEN time END, CASE WHEN is_gauge THEN event_id END, CASE WHEN is_gauge THEN quantity END
    FROM made
)
INSERT INTO metering_usagemonth (tenant_id, service_id, month, rated_by, users, adjusted, edition, has_late, total,
    events)
SELECT tenant_id, service_id, %(month)s, 'total', 0, 0, 0, false,
    CASE WHEN bool_or(is_gauge) THEN max(quantity) ELSE sum(quantity) END, count(*)
FROM made GROUP BY tenant_id, service_id
"""
"""One event of one service on a day, so that a day is what its event says."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.closing", description="Measure the close of a month.")
    parser.add_argument("--tenants", type=int, default=10_000, help="how many there are (default 10,000)")
    parser.add_argument("--sweep", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.screen.settings"
    django.setup()
    if asked.sweep:
        return sweep()
    from benchmarks.screen.proof import machine, scratch_database
    from benchmarks.screen.tenants import settle

    with scratch_database():
        call_command("load_catalogue", verbosity=0)
        began = time.perf_counter()
        with no_search_documents():
            fill(asked.tenants)
        settle()
        print(f"{asked.tenants:,} tenants made in {time.perf_counter() - began:.0f} s; {machine()}")
        return measure(asked.tenants)


@contextmanager
def no_search_documents() -> Iterator[None]:
    """Users are made without them; the system events are measured with theirs."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE licences_user DISABLE TRIGGER USER")
        yield
        cursor.execute("ALTER TABLE licences_user ENABLE TRIGGER USER")


def closed_month():
    """The newest month that is over for long enough everywhere."""
    from datetime import UTC, datetime, timedelta

    from metering.periods import Month

    return Month.of((datetime.now(UTC) - timedelta(days=5)).date()).plus(-1)


def fill(number: int) -> None:
    from config.tenancy.scopes import support_scope

    for numbers in batched(range(number), 500, strict=False):
        with support_scope("the benchmark makes tenants", routine=True), connection.cursor() as cursor:
            tenants = make_tenants(numbers)
            give_seats(tenants)
            ids = [tenant.pk for tenant in tenants]
            cursor.execute(USED, {"month": closed_month().first, "events": EVENTS, "tenants": ids})


def make_tenants(numbers):
    from licences.models import Tenant

    return Tenant.objects.bulk_create(
        Tenant(
            company_name=f"Fjordlys Handel {number} AS",
            serial_number=f"{4_000_000_000 + number}",
            subscription=Tenant.Subscription.MODULE_BASED,
            database_type="PostgreSQL 18",
            product_version="Console 11.2",
            time_zone=ZONES[number % len(ZONES)],
        )
        for number in numbers
    )


def give_seats(tenants) -> None:
    """Users with a plan, since before the month."""
    from licences.models import Licence, LicenceOwner, LicenceSet, LicenceType, Seat, User

    vendor = LicenceOwner.objects.get(is_vendor=True)
    plan = LicenceType.objects.filter(owner=vendor, role="plan", unrestricted=False).first()
    since = closed_month().plus(-1).start(tenants[0].zone)
    sets = LicenceSet.objects.bulk_create(
        LicenceSet(tenant=tenant, owner=vendor, activated_at=since) for tenant in tenants
    )
    licences = Licence.objects.bulk_create(
        Licence(tenant=each.tenant, licence_set=each, type=plan, name=plan.name, total=USERS, in_use=USERS)
        for each in sets
    )
    users = User.objects.bulk_create(
        User(tenant=tenant, login_id=f"user{n}.{tenant.pk}", full_name=f"User {n}", password="!")
        for tenant in tenants
        for n in range(USERS)
    )
    holders = [licence for licence in licences for _ in range(USERS)]
    Seat.objects.bulk_create(
        Seat(tenant=user.tenant, licence=licence, user=user, assigned_at=since)
        for user, licence in zip(users, holders, strict=True)
    )


def measure(tenants: int) -> int:
    """Print a line per figure; 1 when a bound is broken."""
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{settings.DATABASES['owner']['TEST']['NAME']}")
    sweeps = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.closing", "--sweep"],
            env=os.environ | {"DATABASE_URL": address.geturl()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(SWEEPS)
    ]
    for each in sweeps:
        each.stdout.readline()  # it is ready
    began = time.perf_counter()
    for each in sweeps:
        print("go", file=each.stdin, flush=True)
    told = [json.loads(each.communicate()[0].splitlines()[-1]) for each in sweeps]
    seconds = time.perf_counter() - began
    own, backend = (sum(each[what] for each in told) for what in ("own", "backend"))
    peak = max(each["peak"] for each in told)
    shares = " and ".join(f"{each['invoices']:,}" for each in told)
    print(f"{shares} invoices in {seconds:.1f} s, {tenants / seconds:,.0f} a second; ", end="")
    print(f"processor {own:.1f} s here and {backend:.1f} s in PostgreSQL")
    drawn, wrong = looked_at()
    return verdict(
        (drawn == tenants and not any(each["failed"] for each in told), f"{drawn:,} invoices of {tenants:,}"),
        (not wrong, f"{len(wrong)} of {min(SAMPLE, tenants)} invoices are not what their events come to"),
        (seconds <= BUDGET_SECONDS, f"{seconds:.1f} s, at most {BUDGET_SECONDS} s"),
        (peak <= BUDGET_MB, f"memory {peak:.0f} MB, at most {BUDGET_MB} MB"),
    )


def sweep() -> int:
    """What a process of the worker does, once it is told to; the last line says what it took."""
    from notifications.jobs.month_close import MonthClose
    from notifications.services.month_closes import close_due_months

    connection.ensure_connection()
    backend = psutil.Process(connection.connection.info.backend_pid)
    connection.close()  # back to the pool, from which the sweep takes it again
    print("ready", flush=True)
    sys.stdin.readline()
    own = time.process_time()
    swept = close_due_months(MonthClose)
    own, of_backend = time.process_time() - own, sum(backend.cpu_times()[:2]) if backend.is_running() else 0
    figures = {"invoices": len(swept.invoices), "failed": len(swept.failed), "own": own, "backend": of_backend}
    print(json.dumps(figures | {"peak": peak_mb()}), flush=True)
    return 0


def looked_at():
    """How many invoices there are, and of a sample those of which a line does not hold."""
    from config.tenancy.scopes import support_scope, tenant_scope
    from metering.models import Invoice
    from metering.reports.recounts.verification import verify_invoice

    with support_scope("the benchmark looks at invoices"):
        invoices = list(Invoice.objects.order_by("pk"))
    wrong = []
    for invoice in invoices[:: max(1, len(invoices) // SAMPLE)]:
        with tenant_scope(invoice.tenant_id):
            if not all(checked.holds for checked in verify_invoice(invoice)):
                wrong.append(invoice)
    return len(invoices), wrong


def verdict(*verdicts: tuple[bool, str]) -> int:
    for holds, text in verdicts:
        print("holds " if holds else "BROKEN", text)
    sys.stdout.flush()
    return 0 if all(holds for holds, _text in verdicts) else 1


def peak_mb() -> float:
    """The most memory that this process had. Not `ru_maxrss`, which counts what its parent had when it was started."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


if __name__ == "__main__":
    sys.exit(main())

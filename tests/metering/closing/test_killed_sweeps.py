"""Whoever closes at once, and whatever is killed on the way: one invoice for each tenant, to the minor unit. Sources:
reliability R-18, metering rules R24."""

import random
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from config.tenancy.scopes import support_scope
from licences.models import Tenant
from metering.models import Invoice, MeteredService
from metering.periods import Month
from notifications.jobs.month_close import MonthClose
from notifications.models import SystemEvent
from notifications.services.month_closes import close_due_months
from tests.factories import TenantFactory
from tests.metering.closing.arithmetic import for_emails, for_storage
from tests.metering.sending import event, send
from tests.mortal import run_apart
from tests.proof import PROOF
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

CLOSERS = 8 if PROOF else 3
TENANTS = 200 if PROOF else 24
KILLS = 50 if PROOF else 5
AT_ONCE = 20
MONTH = Month.of((datetime.now(UTC) - timedelta(days=5)).date()).plus(-1)
"""The newest that is over long enough by any clock: processes have the real one."""


def used(tenants: int) -> dict[Tenant, int]:
    """Tenants whose month is due, and what it must cost each."""
    chance, due = random.Random(tenants), {}
    day = datetime.combine(MONTH.first, datetime.min.time(), tzinfo=UTC) + timedelta(days=9)
    for _ in range(tenants):
        tenant = TenantFactory()
        emails = [f"{chance.uniform(0, 400):.6f}" for _ in range(3)]
        storage = [f"{chance.uniform(0, 40):.3f}" for _ in range(2)]
        with time_machine.travel(day, tick=False):
            send(tenant, [event(f"e{n}", time=day, quantity=quantity) for n, quantity in enumerate(emails)])
            send(tenant, [event(f"s{n}", "storage", time=day, quantity=q) for n, q in enumerate(storage)])
        due[tenant] = for_emails(emails) + for_storage(storage)
    return due


def assert_invoiced_once(due: dict[Tenant, int]) -> None:
    with support_scope("a test looks at every invoice"):
        invoices = sorted(Invoice.objects.filter(month=MONTH.first).values_list("tenant", "number", "total_minor"))
        succeeded = SystemEvent.objects.filter(key=MonthClose.key, status=SystemEvent.Status.SUCCEEDED)
        told = sorted(succeeded.values_list("tenant", flat=True))
    assert invoices == sorted((tenant.pk, f"{tenant.serial_number}-{MONTH}", minor) for tenant, minor in due.items())
    assert told == sorted(tenant.pk for tenant in due)


def test_killed_again_and_again(emails: MeteredService, storage: MeteredService) -> None:
    due = used(TENANTS)
    said = run_apart("tests.metering.closing.sweeping", CLOSERS, KILLS, 7)

    assert int(said.splitlines()[-1]) >= min(KILLS, 3), "hardly any of them died"
    assert_invoiced_once(due)


def test_twenty_at_once(emails: MeteredService, storage: MeteredService) -> None:
    due = used(TENANTS // 3)

    results = at_once([lambda: close_due_months(MonthClose)] * AT_ONCE)
    results.append(close_due_months(MonthClose))

    assert not [result for result in results if isinstance(result, Exception)]
    assert sum(len(result.invoices) for result in results) == len(due)
    assert_invoiced_once(due)

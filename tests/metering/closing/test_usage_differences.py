"""Stored is recomputed: rules over all rows, and every night the last days, each difference a fact."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from licences.models import Tenant
from metering.invariants import INVARIANTS
from metering.models import EventKey, Invoice, InvoiceLine, MeteredService, UsageDay, UsageDifference, UsageMonth
from metering.services.differences import compare_days
from tests.factories import CorrectionFactory, TenantFactory, UsageEventFactory, behind_the_policies, scope_of
from tests.invariants import broken
from tests.metering.closing.months import OCTOBER, closed, used

pytestmark = pytest.mark.django_db

DAY, NEWEST, MONTH, ADJUSTED, KEYS, REST, DIGEST, LINE_DIGEST, TOTAL, TAKEN_IN, COME_TO, LATE, KIND = INVARIANTS


def behind(sql: str) -> None:
    with behind_the_policies(), connection.cursor() as cursor:
        cursor.execute(sql)


BREAK: dict[str, tuple[Callable[[], None], set[str]]] = {
    DAY: (lambda: behind("UPDATE metering_usageday SET events = 3 WHERE last_id IS NULL"), {DAY, MONTH, LINE_DIGEST}),
    NEWEST: (lambda: behind("UPDATE metering_usageday SET last_quantity = 3 WHERE last_id IS NOT NULL"), {NEWEST}),
    MONTH: (lambda: behind("UPDATE metering_usagemonth SET total = 3 WHERE last_id IS NULL"), {MONTH, COME_TO}),
    ADJUSTED: (lambda: behind("UPDATE metering_usagemonth SET adjusted = 3"), {ADJUSTED, COME_TO}),
    KEYS: (lambda: EventKey.objects.all().delete() and None, {KEYS}),
    DIGEST: (lambda: behind("UPDATE metering_usageday SET digest = 'x'"), {DIGEST, LINE_DIGEST}),
    LINE_DIGEST: (lambda: behind("UPDATE metering_invoiceline SET digest = 'x'"), {LINE_DIGEST}),
    TOTAL: (lambda: behind("UPDATE metering_invoice SET total_minor = 3"), {TOTAL}),
    TAKEN_IN: (lambda: behind("UPDATE metering_usagemonth SET edition = 2"), {TAKEN_IN}),
    COME_TO: (lambda: behind("UPDATE metering_invoiceline SET used = 3"), {COME_TO}),
    LATE: (lambda: behind("UPDATE metering_usagemonth SET edition = 0"), {TAKEN_IN}),
    KIND: (lambda: behind("UPDATE metering_invoiceline SET kind = 'late'"), {KIND}),
}


@pytest.fixture
def invoice(metered: Tenant, emails: MeteredService, storage: MeteredService) -> Invoice:
    used(metered, ("a", 620), ("b", "0.5"))
    used(metered, ("g", 12), service="storage")
    (drawn,) = closed([metered], OCTOBER)
    return drawn


def test_all_hold_for_an_invoice(invoice: Invoice) -> None:
    assert broken() == set()


@pytest.mark.parametrize("rule", BREAK)
def test_each_rule_notices_what_breaks_it(invoice: Invoice, rule: str) -> None:
    breaks, noticed = BREAK[rule]

    with behind_the_policies():
        breaks()

    assert broken() == noticed


def test_an_event_in_no_months_table_is_noticed(metered: Tenant, emails: MeteredService) -> None:
    day = timezone.now().date() + timedelta(days=9_000)
    event = UsageEventFactory(tenant=metered, service=emails, day=day)

    assert REST in broken()
    assert event.day == day


def test_the_night_writes_each_difference_down_once_and_changes_nothing(
    metered: Tenant, emails: MeteredService
) -> None:
    other = TenantFactory()
    for tenant in (metered, other):
        used(tenant, ("a", 5), ("b", 6), at=timezone.now() - timedelta(hours=1))
    assert compare_days() == 0
    with scope_of(metered):
        UsageDay.objects.update(quantity=Decimal(9))

    found = [compare_days(), compare_days()]

    assert found == [1, 1]
    with scope_of(metered):
        fact = UsageDifference.objects.get()
        assert (fact.stored, fact.stored_events, fact.counted, fact.counted_events) == (9, 2, 11, 2)
        assert UsageDay.objects.get().quantity == 9
    with scope_of(other):
        assert not UsageDifference.objects.exists()


def test_a_day_that_is_missing_and_one_too_many_are_differences(metered: Tenant, emails: MeteredService) -> None:
    used(metered, ("a", 5), at=timezone.now() - timedelta(hours=1))
    with scope_of(metered):
        UsageDay.objects.update(source="https://other.example")

    assert compare_days() == 2

    with scope_of(metered):
        facts = UsageDifference.objects.order_by("source").values_list("source", "stored", "counted")
        assert list(facts) == [("https://crm.example", None, 5), ("https://other.example", 5, None)]


def test_corrections_are_no_difference(metered: Tenant, emails: MeteredService) -> None:
    used(metered, ("a", 620))
    CorrectionFactory(tenant=metered, service=emails, month=OCTOBER.first, quantity=Decimal(-20))
    with scope_of(metered):
        UsageMonth.objects.update(adjusted=Decimal(-20))

    (invoice,) = closed([metered], OCTOBER)

    assert broken() == set()
    with scope_of(metered):
        assert InvoiceLine.objects.get(invoice=invoice).amount_minor == 250

"""What the database has no time for, or no room, keeps nobody else and is told; what is put off is tried again."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils import timezone

from config.tenancy.scopes import support_scope
from licences.models import Tenant, User
from metering.events import key_of
from metering.models import MeteredService, UsageDay, UsageDifference, UsageMonth
from metering.reports.recounts.counted import DayCount, DayKey
from metering.reports.recounts.mismatches import Mismatch
from metering.services import differences
from metering.services.allowances import locked
from metering.services.corrections import void_event
from metering.services.differences import compare_days, note_differences
from notifications.models import SystemEvent
from tests.factories import MeteredServiceFactory, TariffFactory, TenantFactory, scope_of
from tests.metering.closing.holding import held
from tests.metering.closing.months import OCTOBER, after, swept, used
from tests.metering.sending import SOURCE

pytestmark = pytest.mark.django_db(transaction=True)


def told(tenant: Tenant) -> list[tuple[str, str]]:
    with scope_of(tenant):
        return list(SystemEvent.objects.order_by("pk").values_list("status", "message"))


def test_after_an_hour_it_has_failed_visibly_and_the_next_day_it_is_tried_again(
    metered: Tenant, emails: MeteredService
) -> None:
    other, due = TenantFactory(), after(OCTOBER)
    for tenant in (metered, other):
        used(tenant, ("a", 620))

    with held(lambda: locked(UsageMonth.objects.filter(tenant=metered))):
        first = swept(due)
        second = swept(due + timedelta(minutes=59))
        silent = told(metered)
        third = swept(due + timedelta(minutes=60))

    assert [invoice.tenant for invoice in first.invoices] == [other]
    assert (first.failed, second.failed, silent) == ({}, {}, [])
    reason = "The database had no time for it. It is tried again tomorrow."
    assert (third.failed, told(metered)) == ({metered: reason}, [("failed", reason)])
    assert swept(due + timedelta(minutes=65)).invoices == []
    assert [invoice.tenant for invoice in swept(due + timedelta(days=1)).invoices] == [metered]


def test_what_was_in_the_way_once_is_not_told(metered: Tenant, emails: MeteredService) -> None:
    used(metered, ("a", 620))

    with held(lambda: locked(UsageMonth.objects.filter(tenant=metered))):
        swept()
    swept(after(OCTOBER) + timedelta(minutes=5))

    assert told(metered) == [("succeeded", "The invoice of October 2026 is drawn: 1 line.")]


def test_a_part_of_the_night_that_is_given_up_keeps_no_other(
    metered: Tenant, emails: MeteredService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(differences, "AT_ONCE", 1)
    other = TenantFactory()
    for tenant in (metered, other):
        used(tenant, ("a", 5), at=timezone.now() - timedelta(hours=1))
        with scope_of(tenant):
            UsageDay.objects.update(quantity=Decimal(9))
    with scope_of(metered):
        day = UsageDay.objects.get()
    key = DayKey(metered.pk, emails.pk, day.day, day.source, 0)
    same = Mismatch(key, DayCount(Decimal(9), 1), DayCount(Decimal(5), 1))

    with held(lambda: note_differences([same], found_by="night", at=timezone.now())):
        found = compare_days()

    assert found == 1
    with scope_of(other):
        assert UsageDifference.objects.get().stored == 9
    for tenant in (metered, other):
        with scope_of(tenant):
            UsageDay.objects.update(quantity=Decimal(5))


def test_an_amount_beyond_all_measure_is_told_keeps_nobody_else_and_can_be_taken_out(
    metered: Tenant, support: User
) -> None:
    other, service = TenantFactory(), MeteredServiceFactory(code="emails", name="E-mails")
    TariffFactory(service=service, block_size=1, price_minor=10_000_000)
    for tenant, quantity in ((metered, 10**12), (other, 0)):
        used(tenant, ("a", quantity))

    first = swept()
    with support_scope("a test corrects"):
        void_event(metered, key=UUID(key_of(SOURCE, "a")), reason="A test", by=support)
    second = swept(after(OCTOBER) + timedelta(days=1))

    assert [invoice.tenant for invoice in first.invoices] == [other]
    assert "larger than an invoice can say" in first.failed[metered]
    assert [invoice.total_minor for invoice in second.invoices] == [0]

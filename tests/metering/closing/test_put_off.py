"""What the database has no time for is tried again, keeps nobody else, and is told when it goes on."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from licences.models import Tenant
from metering.models import MeteredService, UsageDay, UsageDifference, UsageMonth
from metering.reports.recounts.counted import DayCount, DayKey
from metering.reports.recounts.mismatches import Mismatch
from metering.services import differences
from metering.services.allowances import locked
from metering.services.differences import compare_days, note_differences
from notifications.models import SystemEvent
from tests.factories import TenantFactory, scope_of
from tests.metering.closing.holding import held
from tests.metering.closing.months import OCTOBER, after, swept, used

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

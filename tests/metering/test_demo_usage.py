"""The demo's usage: thirteen months of it, counted and invoiced as real usage is, the same in every run of a day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db.models import Model, Sum

from licences.models import Tenant, User
from metering.demo_uses import SOURCES, STORAGE
from metering.models import (
    Correction,
    Invoice,
    InvoiceLine,
    MeteredService,
    ProducerTotal,
    RatedBy,
    RepeatDay,
    UncountedEvent,
    UsageAlert,
    UsageDay,
    UsageEvent,
    UsageMonth,
)
from metering.periods import Month
from metering.reports.months.rated import UseState, service_months
from metering.services.demo_usage import give_usage
from tests.factories import MeteredServiceFactory, TariffFactory, TenantFactory, scope_of

THE_26TH = datetime(2026, 11, 26, 15, tzinfo=UTC)
MODELS = (UsageEvent, UsageDay, UsageMonth, UsageAlert, InvoiceLine, ProducerTotal, RepeatDay, UncountedEvent)
PAST_MONTHS = 12
OWN = {"id", "tenant", "invoice"}
"""What no two tenants have alike."""


@pytest.fixture(autouse=True)
def services(db: None) -> None:
    """The five services; each tariff includes 1,000."""
    for code in SOURCES:
        gauge = code == STORAGE
        service = MeteredServiceFactory(code=code, kind=MeteredService.Kind.GAUGE if gauge else MeteredService.Kind.SUM)
        rated_by = RatedBy.PEAK if gauge else RatedBy.TOTAL
        TariffFactory(service=service, rated_by=rated_by, allowance_base=Decimal(1000), allowance_per_user=0)


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory()


@pytest.fixture
def used(tenant: Tenant, support: User) -> Iterator[Tenant]:
    """The tenant with its usage, on the 26th."""
    with time_machine.travel(THE_26TH, tick=False):
        assert give_usage(tenant, support=support)
        yield tenant


def rows(tenant: Tenant, model: type[Model]) -> list[dict[str, Any]]:
    names = [field.name for field in model._meta.fields if field.name not in OWN]
    with scope_of(tenant):
        return list(model._default_manager.order_by("pk").values(*names))


def states(tenant: Tenant) -> dict[str, UseState]:
    with scope_of(tenant):
        return {each.service.code: each.state for each in service_months(tenant, Month.of(tenant.today))}


@pytest.mark.parametrize("day", [1, 15])
def test_on_every_day_of_a_month_one_service_is_over_one_near_and_the_others_within(
    tenant: Tenant, support: User, day: int
) -> None:
    with time_machine.travel(datetime(2026, 11, day, 9, tzinfo=UTC), tick=False):
        give_usage(tenant, support=support)

        assert states(tenant) == {
            "storage-used": UseState.NEAR,
            "mailing-emails": UseState.OVER,
            "customer-centre-logins": UseState.WITHIN,
            "chat-sessions": UseState.WITHIN,
            "form-submissions": UseState.WITHIN,
        }


def test_every_past_month_has_its_invoice_and_some_have_something_to_pay(used: Tenant) -> None:
    with scope_of(used):
        invoices = list(Invoice.objects.order_by("month"))

        assert len(invoices) == PAST_MONTHS
        assert {invoice.lines.filter(kind="usage").count() for invoice in invoices} == {len(SOURCES)}
        assert 0 < sum(invoice.total_minor > 0 for invoice in invoices) < PAST_MONTHS


def test_what_came_late_is_a_line_of_a_later_invoice_and_some_is_still_waiting(used: Tenant, support: User) -> None:
    with scope_of(used):
        late = InvoiceLine.objects.select_related("invoice").get(kind="late")
        waiting = UsageMonth.objects.get(has_late=True)

    assert (late.invoice.month, late.month) == (date(2026, 9, 1), date(2026, 8, 1))
    assert late.amount_minor > 0
    assert waiting.month == date(2026, 10, 1)
    with scope_of(used):
        correction = Correction.objects.get()
    assert (correction.month, correction.edition, correction.by_name) == (waiting.month, 1, support.login_id)


def test_some_was_refused_or_sent_twice_and_one_day_is_not_what_its_producer_says(used: Tenant) -> None:
    with scope_of(used):
        assert set(UncountedEvent.objects.values_list("kind", flat=True)) == {"conflict", "rejected"}
        assert RepeatDay.objects.filter(times__gt=0).exists()
        came = [(datetime.fromisoformat(each.time), each.first_at) for each in UncountedEvent.objects.all()]
        assert all(sent < first_at for sent, first_at in came)
        assert {f"{first_at.astimezone(used.zone):%H:%M}" for _, first_at in came} == {"09:41"}
        days = UsageDay.objects.order_by().values_list("service", "day").annotate(Sum("quantity"))
        counted = {(service, day): quantity for service, day, quantity in days}
        told = ProducerTotal.objects.values_list("service", "day", "quantity")
        wrong = [day for service, day, quantity in told if counted[service, day] != quantity]

    assert len(wrong) == 1


def test_thresholds_were_noted_when_they_were_come_to(used: Tenant) -> None:
    with scope_of(used):
        alerts = UsageAlert.objects.filter(month=date(2026, 11, 1))

        assert set(alerts.filter(service__code="mailing-emails").values_list("threshold", flat=True)) == {50, 85, 100}
        assert alerts.latest("at").at <= THE_26TH
        assert UsageAlert.objects.order_by().values("month").distinct().count() == PAST_MONTHS + 1


def test_it_is_the_same_in_every_run_of_a_day(used: Tenant, support: User) -> None:
    other = TenantFactory()

    assert give_usage(other, support=support)
    for model in MODELS:
        assert rows(other, model) == rows(used, model)
        assert rows(used, model)


def test_where_usage_is_known_and_on_suite_nothing_happens(used: Tenant, support: User) -> None:
    assert not give_usage(used, support=support)
    assert not give_usage(TenantFactory(suite=True), support=support)

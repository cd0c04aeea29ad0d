"""Averages over time: whatever the tenant's clock does, and as fresh as they need to be. Sources: metering rules R9,
R10, R23."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.tenancy.scopes import support_scope
from licences.models import Tenant
from metering.reports.days.used import days_of_services
from metering.reports.invoices.shown import invoice_of
from metering.services import allowances
from metering.services.allowances import AVERAGES_EVERY, settle_all
from metering.services.closing import close
from tests.factories import TenantFactory, scope_of
from tests.metering.closing.months import after, begun
from tests.metering.gauges.gauging import NOVEMBER, OCTOBER, at, drawn, gauge, month_of, show

pytestmark = pytest.mark.django_db


def move(tenant: Tenant, zone: str) -> None:
    tenant.time_zone = zone
    with support_scope("a test moves a tenant"):
        tenant.save(update_fields=["time_zone"])


def settled(when: datetime) -> int:
    with time_machine.travel(when, tick=False):
        return settle_all()


@pytest.mark.parametrize(
    ("before", "later"), [("Pacific/Auckland", "Pacific/Honolulu"), ("Pacific/Honolulu", "Pacific/Auckland")]
)
def test_when_a_tenant_moves_around_the_world_no_time_is_less_than_nothing(before: str, later: str) -> None:
    service, tenant = gauge("average"), TenantFactory(time_zone=before)
    show(tenant, "october", at(10, 20), 100, service="average")
    for name, time, value in (("1", at(10, 31, 12), 20), ("2", at(11, 1, 10), 40), ("3", at(12, 1, 9), 1000)):
        show(tenant, name, time, value, service="average", on=max(time, at(11, 2)))
    begun(at(12, 2))
    move(tenant, later)

    closed = [drawn(tenant, month) for month in (OCTOBER, NOVEMBER)]

    assert [(len(each.invoices), each.mismatches) for each in closed] == [(1, [])] * 2
    november = month_of(tenant, NOVEMBER)
    with scope_of(tenant):
        days = days_of_services(tenant, [service.pk], first=NOVEMBER.first, last=NOVEMBER.last)[service.pk]
    assert sum(day.events for day in days.values()) == november.events > 0
    assert 20 <= november.used <= 100


def test_what_a_month_began_with_holds_until_its_first_value_and_not_less() -> None:
    """The month began in Auckland, 23 hours before it does in Honolulu."""
    gauge("average")
    tenant = TenantFactory(time_zone="Pacific/Auckland")
    show(tenant, "october", at(10, 20), 1000, service="average")
    show(tenant, "first", at(10, 31, 11), 10, service="average")  # the moment in which it begins
    move(tenant, "Pacific/Honolulu")

    settled(at(11, 12))

    assert month_of(tenant, NOVEMBER).used == 10


def test_the_draft_of_what_came_late_is_what_is_drawn(metered: Tenant) -> None:
    gauge("average")
    show(metered, "a", at(10, 2), 10, service="average")
    drawn(metered, OCTOBER)
    show(metered, "late", at(10, 20), 100, service="average", on=at(11, 10))
    begun(at(11, 11))
    settled(at(11, 11))

    settled(after(NOVEMBER) - timedelta(seconds=1))
    with time_machine.travel(after(NOVEMBER), tick=False), scope_of(metered):
        draft = invoice_of(metered, NOVEMBER)
        (invoice,) = close([metered], NOVEMBER).invoices
        lines = [(line.month, line.amount_minor) for line in invoice.lines.filter(tenant=metered)]

    assert draft is not None
    assert sorted((line.month, line.amount_minor) for line in draft.lines) == sorted(lines)
    assert len(lines) == 2
    assert all(minor > 0 for _month, minor in lines)


class TestTheSweep:
    def test_looks_at_an_average_every_few_minutes(self, metered: Tenant) -> None:
        gauge("average")
        show(metered, "a", at(10, 2), 10, service="average")
        show(metered, "b", at(10, 3), 30, service="average")

        assert settled(at(10, 3)) == 1
        assert settled(at(10, 3) + AVERAGES_EVERY - timedelta(seconds=1)) == 0
        assert settled(at(10, 4)) == 1

        assert month_of(metered, OCTOBER).used == 20

    def test_has_nothing_to_do_where_nothing_changes(self, metered: Tenant) -> None:
        gauge("peak")
        show(metered, "a", at(10, 2), 10, service="peak")
        begun(at(11, 1))

        assert [settled(at(11, 1, hour)) for hour in (1, 2, 3)] == [1, 0, 0]

    def test_comes_to_everybody(self, monkeypatch: pytest.MonkeyPatch) -> None:
        gauge("average")
        monkeypatch.setattr(allowances, "AT_ONCE", 2)
        tenants = [TenantFactory() for _ in range(5)]
        for number, tenant in enumerate(tenants):
            show(tenant, f"{number}", at(10, 2), 10 * number, service="average")
        begun(at(10, 2))

        for minute in range(6):
            settled(at(10, 3) + minute * timedelta(minutes=1))

        for number, tenant in enumerate(tenants):
            month = month_of(tenant, OCTOBER)
            assert (month.users_as_of >= at(10, 3), month.used) == (True, 10 * number)

    def test_takes_as_many_statements_for_many_averages_as_for_one(self) -> None:
        gauge("average")

        def statements(day: int) -> int:
            show(TenantFactory(), f"{day}", at(10, 2), 10, service="average")
            with CaptureQueriesContext(connection) as captured:
                assert settled(at(10, day)) == day - 9
            return len(captured)

        assert len({statements(day) for day in (10, 11, 12)}) == 1


def test_an_average_is_rounded_once() -> None:
    gauge("average")
    tenant = TenantFactory(time_zone="UTC")
    for place, value in enumerate(("0.000001", "0.000002")):
        show(tenant, f"{place}", at(10, 1, place), Decimal(value), service="average")

    settled(at(10, 1, 2))

    assert month_of(tenant, OCTOBER).used == Decimal("0.000002")

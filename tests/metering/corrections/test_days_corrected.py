"""What was taken out of the count is in no day, no chart and no forecast any more, though it stays in sight."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import pytest
import time_machine

from config.tenancy.scopes import support_scope
from licences.models import Tenant, User
from metering.events import key_of
from metering.models import MeteredService
from metering.reports.dashboard import dashboard
from metering.reports.days.rows import DayRow
from metering.reports.months.forecast import MonthForecast
from metering.reports.service_detail import ServiceDetail, ServiceQuery, service_detail
from metering.services.corrections import void_event
from tests.factories import scope_of
from tests.metering.billed import at, count
from tests.metering.gauges.gauging import NOVEMBER, drop_events, gauge, show
from tests.metering.sending import SOURCE

pytestmark = pytest.mark.django_db

NOW = at(10, 15, 20)
WRONG = 1_000_000


def void(tenant: Tenant, event_id: str, by: User) -> None:
    with time_machine.travel(NOW, tick=False), support_scope("a test corrects"):
        void_event(tenant, key=UUID(key_of(SOURCE, event_id)), reason="A typing error", by=by)


def shown(tenant: Tenant, service: str, now: datetime = NOW) -> ServiceDetail:
    with time_machine.travel(now, tick=False), scope_of(tenant):
        return service_detail(tenant, service, ServiceQuery(month="2026-10"))


def forecast_on_dashboard(tenant: Tenant) -> MonthForecast | None:
    with time_machine.travel(NOW, tick=False), scope_of(tenant):
        (card,) = dashboard(tenant, "2026-10").cards
    return card.forecast


def steadily(number: int) -> MonthForecast:
    return MonthForecast(Decimal(number), Decimal(number), Decimal(number))


def row_of(detail: ServiceDetail, day: int) -> DayRow:
    return detail.days[day - 1]


@pytest.mark.parametrize("day", [13, 15])
def test_a_forecast_is_as_if_what_was_taken_out_had_never_come(
    day: int, metered: Tenant, emails: MeteredService, support: User
) -> None:
    count(metered, *((f"e{each}", at(10, each), 10) for each in range(1, 15)))
    before = shown(metered, "emails")
    count(metered, ("wrong", at(10, day, 12), WRONG))
    assert shown(metered, "emails").forecast != before.forecast

    void(metered, "wrong", support)

    after = shown(metered, "emails")
    assert after.forecast == forecast_on_dashboard(metered) == before.forecast == steadily(310)
    assert after.chart == before.chart
    assert [row.so_far for row in after.days] == [row.so_far for row in before.days]
    assert (row_of(after, day).taken_out, row_of(after, day).events) == (1, row_of(before, day).events + 1)


@pytest.mark.parametrize("rated_by", ["peak", "last"])
def test_a_gauge_is_measured_again_by_what_is_left_of_the_day(rated_by: str, metered: Tenant, support: User) -> None:
    gauge(rated_by)
    for day in range(1, 15):
        show(metered, f"e{day}", at(10, day), 10, service=rated_by)
    before = shown(metered, rated_by)
    show(metered, "wrong", at(10, 14, 18), WRONG, service=rated_by)
    wrong = row_of(shown(metered, rated_by), 14)
    assert (wrong.counted, wrong.so_far) == (WRONG, WRONG)

    void(metered, "wrong", support)

    after = shown(metered, rated_by)
    assert after.of.used == 10
    assert after.forecast == forecast_on_dashboard(metered) == before.forecast == steadily(10)
    assert after.chart == before.chart
    last = row_of(after, 14)
    assert (last.counted, last.so_far, last.events, last.taken_out) == (10, 10, 2, 1)


def test_a_gauge_stands_at_what_it_stood_at_where_nothing_of_the_day_is_left(metered: Tenant, support: User) -> None:
    gauge("last")
    show(metered, "before", at(9, 30), 7, service="last")
    for name, day, value in (("one", 1, 800), ("two", 1, 900), ("three", 3, 9)):
        show(metered, name, at(10, day), value, service="last")

    void(metered, "one", support)
    void(metered, "two", support)

    days = [(row.counted, row.so_far, row.taken_out) for row in shown(metered, "last").days[:3]]
    assert days == [(0, 7, 2), (0, 7, 0), (9, 9, 0)]


def test_the_highest_and_the_newest_of_those_that_are_left_count(metered: Tenant, support: User) -> None:
    gauge("peak")
    for name, hour, value in (("low", 8, 3), ("high", 9, 50), ("middle", 10, 20), ("last", 11, 4)):
        show(metered, name, at(10, 14, hour), value, service="peak")
    found = []

    for name in ("high", "last"):
        void(metered, name, support)
        found.append(row_of(shown(metered, "peak"), 14))

    assert [(row.counted, row.so_far) for row in found] == [(20, 4), (20, 20)]


def test_a_day_whose_events_are_gone_is_as_it_was_counted(metered: Tenant, support: User) -> None:
    gauge("peak")
    show(metered, "right", at(10, 14, 8), 3, service="peak")
    show(metered, "wrong", at(10, 14, 9), 50, service="peak")
    void(metered, "wrong", support)
    drop_events(before=NOVEMBER)

    row = row_of(shown(metered, "peak", at(12, 20)), 14)

    assert (row.counted, row.so_far, row.taken_out) == (50, 50, 1)

"""The demo's requests: one in every state, one near its deadline, one past it; and ninety days of use of the limits."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from config.tenancy.scopes import support_scope
from licences.models import (
    CustomerRequest,
    DeadlineFact,
    LimitCrossing,
    LimitMovement,
    RequestEvent,
    RequestFile,
    Restriction,
    RestrictionDay,
    ServiceClock,
    SupportBudget,
    SupportContact,
    SupportTime,
    Tenant,
    User,
)
from licences.reports.restriction_trend import trends
from licences.service_hours import elapsed
from licences.services.demo import load_demo
from licences.services.demo_requests import hours_ago
from licences.services.service_clocks import calendar_of, policy_for
from tests.factories import desk_policy, scope_of

pytestmark = pytest.mark.usefixtures("demo")

State = CustomerRequest.State
SUITE = ("1000000002", "1000000003")


def tenants() -> list[Tenant]:
    with support_scope("a test looks at the demo"):
        return list(Tenant.objects.select_related("suite_plan").order_by("serial_number"))


def test_each_tenant_has_a_request_in_every_state() -> None:
    for tenant in tenants():
        with scope_of(tenant):
            assert set(CustomerRequest.objects.values_list("state", flat=True)) == set(State)


def test_each_is_in_the_state_in_which_its_thread_leaves_it_and_nothing_is_of_the_future() -> None:
    with support_scope("a test looks at the demo"):
        for request in CustomerRequest.objects.prefetch_related("events"):
            events = sorted(request.events.all(), key=lambda event: (event.at, event.pk))
            assert events[0].kind == RequestEvent.Kind.SUBMITTED
            assert events[-1].at <= datetime.now(UTC)
            assert request.state_since in {event.at for event in events}
            assert {event.is_of_support for event in events if event.by_id is None} <= {True}
            assert (request.taken_by_name == "support") == any(event.is_of_support for event in events)


def test_one_is_near_its_deadline_and_one_is_past_it_and_both_are_noted() -> None:
    with support_scope("a test looks at the demo"):
        facts = Counter(DeadlineFact.objects.values_list("kind", flat=True))
        late = ServiceClock.objects.filter(stopped_at__isnull=True, due_at__lt=datetime.now(UTC))

        assert facts == {"near": 1, "breached": 1}
        assert [clock.request.title for clock in late.select_related("request")] == ["Forms do not arrive at night"]


def test_one_waits_for_the_customer_with_its_clock_stopped() -> None:
    with support_scope("a test looks at the demo"):
        for request in CustomerRequest.objects.filter(state=State.WAITING):
            clock = ServiceClock.objects.get(request=request, metric="solution")
            assert (clock.due_at, clock.paused_at is None) == (None, False)


def test_there_is_a_file_a_report_about_security_worked_minutes_contacts_and_a_budget() -> None:
    with support_scope("a test looks at the demo"):
        file = RequestFile.objects.get()
        assert (file.name, bytes(file.content)[:4], file.size_bytes) == ("search.log", b"2026", len(file.content))
        assert CustomerRequest.objects.open().filter(is_security=True).count() == 1
        assert set(SupportTime.objects.values_list("tenant", flat=True)) == {tenant.pk for tenant in tenants()}
        assert SupportContact.objects.count() == SupportBudget.objects.count() * 2 == 6


def test_whoever_it_tells_of_is_invented() -> None:
    with support_scope("a test looks at the demo"):
        people = dict(User.objects.values_list("email", "full_name"))
        for request in CustomerRequest.objects.all():
            assert people[request.contact_email] == request.contact_name
            assert request.contact_email.endswith(".example")


def test_limits_have_ninety_days_and_end_where_they_are_now() -> None:
    for tenant in (each for each in tenants() if each.serial_number in SUITE):
        with scope_of(tenant):
            for row in Restriction.objects.filter(used__gt=0):
                days = dict(RestrictionDay.objects.filter(restriction=row).values_list("day", "used"))
                assert min(days) <= tenant.today - timedelta(days=85)
                assert days[max(days)] == row.used
                assert days[min(days)] < row.used


def test_active_projects_rise_so_that_it_can_be_told_when_they_reach_their_limit() -> None:
    _, tenant, _ = tenants()
    with scope_of(tenant):
        row = Restriction.objects.select_related("type").get(type__code="active-projects")
        trend = trends(tenant, [row])[row.pk]
        crossings = list(LimitCrossing.objects.filter(restriction=row))
        moved = sum(LimitMovement.objects.filter(restriction=row).values_list("quantity", flat=True))

    assert (row.used, row.limit, moved) == (97, 100, 97)
    assert trend.forecast is not None
    assert tenant.today <= trend.forecast.on <= tenant.today + timedelta(days=60)
    assert [crossing.threshold for crossing in crossings] == [85]
    assert crossings[0].at == row.near_since < datetime.now(UTC) - timedelta(days=1)


def test_loading_the_demo_again_changes_nothing() -> None:
    models = (CustomerRequest, RequestEvent, ServiceClock, RestrictionDay, SupportTime, SupportContact, DeadlineFact)

    def state() -> list[object]:
        with support_scope("a test looks at the demo"):
            return [list(model._default_manager.order_by("pk").values()) for model in models]

    before = state()

    with support_scope("load the demo tenants"):
        assert load_demo() == []

    assert state() == before


@pytest.mark.parametrize("hours", [0, 0.5, 8, 18.5, 460])
@pytest.mark.parametrize(
    "now", ["2026-11-26T11:30Z", "2026-11-28T03:00Z", "2026-11-30T08:00Z", "2027-01-01T12:00Z", "2026-03-30T06:59Z"]
)
def test_so_many_hours_ago_is_counted_by_the_desk(now: str, hours: float) -> None:
    desk_policy()
    moment = datetime.fromisoformat(now)
    calendar = calendar_of(policy_for(moment).calendar)

    with time_machine.travel(moment, tick=False):
        then = hours_ago(calendar, moment, hours)

    assert elapsed(calendar, then, moment) == timedelta(hours=hours)

"""How the promise was kept in a month, and what support came with it and was used. Sources: R18, R20."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.tenancy.scopes import support_scope
from licences.models import (
    CustomerRequest,
    Metric,
    ServiceClock,
    ServicePolicy,
    SupportBudget,
    SupportTime,
    Tenant,
    User,
)
from licences.reports.service_level import Attainment, attainment, next_month, support_month
from licences.services import customer_requests
from licences.services.support_time import NoTime, begin_of, log_time, users_at, write_budget, write_budgets
from tests.factories import (
    CustomerRequestFactory,
    ServiceClockFactory,
    SupportBudgetFactory,
    SupportTimeFactory,
    TenantFactory,
    UserFactory,
    as_owner,
    desk_policy,
    scope_of,
)
from tests.licences.requesting import send

pytestmark = pytest.mark.django_db

OSLO = ZoneInfo("Europe/Oslo")
NOVEMBER = date(2026, 11, 1)


@pytest.fixture(autouse=True)
def policy(db: None) -> ServicePolicy:
    return desk_policy()


def oslo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OSLO)


def clock(tenant: Tenant, *, due: str | None, stopped: str | None = None, metric: str = "solution") -> ServiceClock:
    due_at, stopped_at = (None if text is None else oslo(text) for text in (due, stopped))
    is_met = None if stopped_at is None or due_at is None else stopped_at <= due_at
    paused_at = oslo("2026-11-02T10:00") if due_at is None else None
    made: ServiceClock = ServiceClockFactory(
        tenant=tenant,
        metric=metric,
        policy=desk_policy(),
        due_at=due_at,
        stopped_at=stopped_at,
        is_met=is_met,
        paused_at=paused_at,
    )
    return made


def kept(tenant: Tenant, month: date = NOVEMBER, now: str = "2026-12-10T10:00") -> dict[str, tuple[int, int]]:
    """Of each metric: met, closed."""
    with time_machine.travel(oslo(now), tick=False), scope_of(tenant):
        return {str(each.metric): (each.met, each.closed) for each in attainment(month, tenant=tenant)}


@pytest.mark.parametrize(
    ("met", "closed", "is_attained", "percent"),
    [
        *((0, 0, None, None), (9, 10, False, 90), (10, 11, True, 90), (90, 100, False, 90), (91, 100, True, 91)),
        *((18, 20, False, 90), (19, 20, True, 95), (0, 1, False, 0)),
    ],
)
def test_more_than_90_percent_strictly(met: int, closed: int, is_attained: bool | None, percent: int | None) -> None:
    of_month = Attainment(Metric.SOLUTION, closed=closed, met=met, goal_percent=90)

    assert (of_month.is_attained, of_month.percent) == (is_attained, percent)


def test_a_clock_counts_when_it_was_met_or_when_its_deadline_passed() -> None:
    tenant = TenantFactory()
    clock(tenant, due="2026-12-02T10:00", stopped="2026-11-30T16:00")  # met, in November
    clock(tenant, due="2026-11-30T16:00", stopped="2026-12-02T10:00")  # late, in November
    clock(tenant, due="2026-11-30T16:00")  # open, and late in November
    clock(tenant, due="2026-12-08T10:00")  # open, and late in December
    clock(tenant, due="2026-12-20T10:00")  # open, in time
    clock(tenant, due=None)  # waits for the customer
    clock(tenant, due="2026-10-30T10:00", stopped="2026-11-03T10:00")  # late in October
    clock(tenant, due="2026-11-20T10:00", stopped="2026-11-19T10:00", metric="response")

    assert kept(tenant) == {"response": (1, 1), "solution": (1, 3)}
    assert kept(tenant, date(2026, 10, 7)) == {"response": (0, 0), "solution": (0, 1)}
    assert kept(tenant, date(2026, 12, 31)) == {"response": (0, 0), "solution": (0, 1)}


def test_what_a_month_says_stays_when_what_was_late_is_closed_later() -> None:
    tenant = TenantFactory()
    late = clock(tenant, due="2026-11-30T16:00")
    before = kept(tenant)

    with scope_of(tenant):
        ServiceClock.objects.filter(pk=late.pk).update(stopped_at=oslo("2026-12-09T10:00"), is_met=False)

    assert kept(tenant) == before == {"response": (0, 0), "solution": (0, 1)}
    assert kept(tenant, date(2026, 12, 1)) == {"response": (0, 0), "solution": (0, 0)}


def test_a_month_begins_at_midnight_at_the_desk() -> None:
    tenant = TenantFactory()
    clock(tenant, due="2027-01-05T10:00", stopped="2026-11-01T00:00")
    clock(tenant, due="2027-01-05T10:00", stopped="2026-10-31T23:59:59")
    clock(tenant, due="2027-01-05T10:00", stopped="2026-12-01T00:00")

    assert [kept(tenant, date(2026, month, 1))["solution"] for month in (10, 11, 12)] == [(1, 1), (1, 1), (1, 1)]


def test_who_withdraws_in_time_was_neither_served_nor_failed(administrator: User, support: User) -> None:
    def asked() -> CustomerRequest:
        with time_machine.travel(oslo("2026-11-02T10:00"), tick=False):
            return send(administrator, affected_users=100, all_users=100)

    in_time, late, answered = asked(), asked(), asked()
    for request, when in ((in_time, "2026-11-02T10:01"), (late, "2026-11-09T10:00")):
        with time_machine.travel(oslo(when), tick=False), scope_of(request):
            customer_requests.withdraw(request, by=administrator)
    with time_machine.travel(oslo("2026-11-02T10:02"), tick=False), scope_of(answered):
        customer_requests.answer(answered, text="We look into it.", by=support)
    with time_machine.travel(oslo("2026-11-02T11:00"), tick=False), scope_of(answered):
        customer_requests.withdraw(answered, by=administrator)

    assert kept(administrator.tenant) == {"response": (1, 2), "solution": (0, 1)}


def test_a_tenant_sees_its_own_and_support_everybodys() -> None:
    tenants = [TenantFactory(), TenantFactory()]
    for tenant in tenants:
        clock(tenant, due="2026-11-20T10:00", stopped="2026-11-19T10:00")

    assert kept(tenants[0])["solution"] == (1, 1)
    with support_scope("a test looks"), CaptureQueriesContext(connection) as captured:
        everybodys = attainment(NOVEMBER)
    assert [(each.metric, each.closed, each.goal_percent) for each in everybodys] == [
        (Metric.RESPONSE, 0, 90),
        (Metric.SOLUTION, 2, 90),
    ]
    assert len(captured) == 2


def test_a_month_without_a_promise_has_nothing_to_keep() -> None:
    with support_scope("a test looks"):
        assert attainment(date(2025, 12, 1)) == []


@pytest.mark.parametrize(
    ("month", "following"),
    [((2026, 11, 30), (2026, 12, 1)), ((2026, 12, 1), (2027, 1, 1)), ((2027, 1, 31), (2027, 2, 1))],
)
def test_the_month_that_follows(month: tuple[int, int, int], following: tuple[int, int, int]) -> None:
    assert next_month(date(*month)) == date(*following)


def joined(tenant: Tenant, when: str, left: str | None = None) -> User:
    user: User = UserFactory(
        tenant=tenant, date_joined=oslo(when), left_at=left and oslo(left), can_log_in=left is None
    )
    return user


def test_users_are_those_at_midnight_where_the_tenant_is() -> None:
    tenant = TenantFactory(time_zone="America/New_York")
    joined(tenant, "2026-11-01T00:00")  # still October there
    joined(tenant, "2026-11-01T05:00")  # at midnight itself
    joined(tenant, "2026-11-01T05:01")
    joined(tenant, "2026-01-01T10:00", left="2026-11-01T04:59")
    joined(tenant, "2026-01-01T10:00", left="2026-11-01T05:01")
    joined(TenantFactory(), "2026-01-01T10:00")

    with scope_of(tenant):
        assert begin_of(date(2026, 11, 17), tenant) == datetime(2026, 11, 1, 4, tzinfo=UTC)
        assert users_at(tenant, begin_of(NOVEMBER, tenant)) == 3


def test_a_months_budget_is_written_once_and_stays() -> None:
    tenant = TenantFactory()
    UserFactory.create_batch(34, tenant=tenant, date_joined=oslo("2026-01-01T10:00"))

    with scope_of(tenant):
        budget = write_budget(tenant, month=date(2026, 11, 20))
    UserFactory.create_batch(34, tenant=tenant, date_joined=oslo("2026-01-01T10:00"))
    with scope_of(tenant):
        again = write_budget(tenant, month=NOVEMBER)

    assert (budget.month, budget.users, budget.minutes) == (NOVEMBER, 34, 2)
    assert (again.pk, again.users) == (budget.pk, 34)


def test_every_tenant_gets_the_budget_of_its_own_month() -> None:
    east, west = TenantFactory(time_zone="Pacific/Auckland"), TenantFactory(time_zone="America/New_York")

    # The first of December in Auckland, the last of November in New York.
    for _ in range(2):
        with time_machine.travel(datetime(2026, 11, 30, 12, tzinfo=UTC), tick=False):
            write_budgets()
    with time_machine.travel(datetime(2026, 12, 1, 12, tzinfo=UTC), tick=False):
        write_budgets()

    with support_scope("a test looks"):
        written = set(SupportBudget.objects.values_list("tenant", "month"))
    december = date(2026, 12, 1)
    assert written == {(east.pk, december), (west.pk, NOVEMBER), (west.pk, december)}


def test_a_month_shows_what_came_with_it_and_what_was_used() -> None:
    tenant = TenantFactory()
    request = CustomerRequestFactory(tenant=tenant, submitted_by=joined(tenant, "2026-01-01T10:00"))
    SupportBudgetFactory(tenant=tenant, month=NOVEMBER, users=2350, minutes=141)
    for when, minutes in (("2026-11-01T00:00", 100), ("2026-11-30T23:59", 50), ("2026-12-01T00:00", 7)):
        SupportTimeFactory(request=request, at=oslo(when), minutes=minutes)
    SupportTimeFactory(at=oslo("2026-11-10T10:00"), minutes=1_000)

    with scope_of(tenant):
        november, december = support_month(tenant, date(2026, 11, 26)), support_month(tenant, date(2026, 12, 1))

    assert (november.month, november.users, november.minutes, november.used) == (NOVEMBER, 2350, 141, 150)
    assert november.left == -9
    assert (december.users, december.minutes, december.used, december.left) == (1, 0, 7, -7)


def test_time_is_written_down_for_a_request(administrator: User, support: User) -> None:
    request = send(administrator)

    with scope_of(request):
        log_time(request, minutes=15, by=support)
        log_time(request, minutes=15, by=support)
        with pytest.raises(NoTime):
            log_time(request, minutes=0, by=support)

        rows = SupportTime.objects.filter(request=request)
        assert [(row.minutes, row.by_name, row.tenant) for row in rows] == [
            (15, support.full_name, administrator.tenant)
        ] * 2
        assert rows[0].at - rows[1].at < timedelta(minutes=1)


def test_a_goal_is_that_of_the_month(policy: ServicePolicy) -> None:
    with as_owner():
        ServicePolicy.objects.update(goal_percent=95)

    with support_scope("a test looks"):
        assert {each.goal_percent for each in attainment(NOVEMBER)} == {95}

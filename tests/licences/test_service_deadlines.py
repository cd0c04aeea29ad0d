"""Deadlines that come near or pass, and those that move because the urgency or the desk's calendar does.

Sources: status and SLA facts R16 and R19.
"""

from datetime import date
from io import StringIO
from threading import Event
from time import monotonic, sleep

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.tenancy.scopes import tenant_scope
from licences.models import (
    BusinessCalendar,
    DeadlineFact,
    Metric,
    RequestEvent,
    ServiceClock,
    ServicePolicy,
    User,
)
from licences.services import customer_requests
from licences.services.service_clocks import (
    follow_calendars,
    is_near,
    note_deadlines,
)
from tests.factories import (
    BusinessCalendarFactory,
    CalendarDayFactory,
    DeadlineFactFactory,
    ServiceClockFactory,
    as_owner,
    desk_policy,
    scope_of,
)
from tests.licences.clocks import ask_for_help, at, clock_of, does, facts_of, oslo
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def policy(db: None) -> ServicePolicy:
    return desk_policy()


def test_what_is_late_by_another_urgency_alone_is_noted_as_that(administrator: User, support: User) -> None:
    request = ask_for_help(administrator, "2026-11-24T10:00", "low")

    with CaptureQueriesContext(connection) as captured:
        does(
            *(request, "2026-11-25T13:00", customer_requests.reclassify_request),
            affected_users=100,
            all_users=100,
            by=support,
        )
    with at("2026-11-25T13:01"):
        note_deadlines()

    assert facts_of(request) == {("response", "breached", True), ("solution", "breached", True)}
    assert len(captured) <= 22, "events, clocks, targets and days are asked for once"


def test_what_was_late_already_is_nobodys_reclassifying(administrator: User, support: User) -> None:
    request = ask_for_help(administrator, "2026-11-24T10:00", "high")

    does(
        *(request, "2026-11-26T14:00", customer_requests.reclassify_request),
        affected_users=50,
        all_users=100,
        by=support,
    )

    assert facts_of(request) == set(), "nobody has looked yet"
    with at("2026-11-27T14:00"):
        note_deadlines()
    assert facts_of(request) == {("response", "breached", False), ("solution", "breached", False)}


def test_a_deadline_is_noted_when_near_and_when_past_once_each(administrator: User) -> None:
    request = ask_for_help(administrator, "2026-11-24T10:00", "high")
    seen = []

    for when in ("2026-11-24T10:01", "2026-11-24T10:04", "2026-11-24T10:04:30", "2026-11-24T10:05", "2026-11-24T10:06"):
        with at(when):
            note_deadlines()
        seen.append({kind for metric, kind, _by in facts_of(request) if metric == "response"})

    assert seen == [set(), {"near"}, {"near"}, {"near", "breached"}, {"near", "breached"}]
    with scope_of(request):
        assert DeadlineFact.objects.count() == 2
        assert DeadlineFact.objects.get(kind="breached").due_at == oslo("2026-11-24T10:05")


def test_a_quarter_is_measured_in_business_time(administrator: User) -> None:
    request = ask_for_help(administrator, "2026-11-26T17:00", "high")
    clock = clock_of(request)

    with scope_of(request):
        near = [is_near(clock, oslo(when)) for when in ("2026-11-27T14:59", "2026-11-27T15:00", "2026-11-27T16:59")]

    assert near == [False, True, True]


def test_neither_what_waits_nor_what_has_stopped_comes_near_a_deadline(administrator: User, support: User) -> None:
    waits, solved = (ask_for_help(administrator, "2026-11-24T10:00") for _ in range(2))
    does(waits, "2026-11-24T11:00", customer_requests.ask, text="Which browser?", by=support)
    does(solved, "2026-11-24T11:00", customer_requests.approve, text="Done.", by=support)

    with at("2027-01-20T10:00"):
        note_deadlines()

    assert facts_of(waits) == facts_of(solved) == set()
    with scope_of(waits):
        assert not is_near(clock_of(waits), oslo("2027-01-20T10:00"))


def test_looking_for_deadlines_takes_as_many_queries_for_many_clocks_as_for_2(policy: ServicePolicy) -> None:
    now = oslo("2026-11-24T10:00")

    def made(count: int) -> int:
        for _ in range(count):
            ServiceClockFactory(policy=policy, started_at=now, due_at=oslo("2026-11-25T10:00"))
        with at("2026-11-24T10:30"), CaptureQueriesContext(connection) as captured:
            note_deadlines()
        return len(captured)

    assert made(2) == made(8)


@pytest.mark.django_db(transaction=True)
def test_a_clock_that_is_being_stopped_is_waited_for_and_not_noted(policy: ServicePolicy) -> None:
    clock = ServiceClockFactory(policy=policy, due_at=oslo("2026-11-24T10:00"))
    stopped = Event()

    def stop() -> None:
        with tenant_scope(clock.tenant_id):
            ServiceClock.objects.filter(pk=clock.pk).update(stopped_at=oslo("2026-11-24T09:59"), is_met=True)
            stopped.set()
            wait_for_somebody_who_waits()

    def look() -> None:
        stopped.wait(10)
        note_deadlines()

    with time_machine.travel(oslo("2026-11-24T10:01")):
        assert at_once([stop, look]) == [None, None]

    with scope_of(clock):
        assert not DeadlineFact.objects.exists()


def wait_for_somebody_who_waits() -> None:
    deadline = monotonic() + 10
    with connection.cursor() as cursor:
        while monotonic() < deadline:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
            sleep(0.02)
    raise AssertionError("nobody waited")


def new_version(of: BusinessCalendar, **changed: object) -> BusinessCalendar:
    """As loading changed files makes it: every policy with that calendar has the new one."""
    calendar: BusinessCalendar = BusinessCalendarFactory(code=of.code, version=of.version + 1, **changed)
    with as_owner():
        ServicePolicy.objects.filter(calendar=of).update(calendar=calendar)
    return calendar


def test_open_clocks_follow_another_calendar_and_stopped_ones_stay(
    administrator: User, support: User, policy: ServicePolicy
) -> None:
    solved, running = (ask_for_help(administrator, "2026-11-26T10:00") for _ in range(2))
    does(solved, "2026-11-26T12:00", customer_requests.approve, text="Done.", by=support)
    does(running, "2026-11-26T12:00", customer_requests.answer, text="We look into it.", by=support)
    before = clock_of(solved), clock_of(running, Metric.RESPONSE)

    calendar = new_version(policy.calendar)
    CalendarDayFactory(calendar=calendar, day=date(2026, 11, 27))
    follow_calendars()
    follow_calendars()

    assert clock_of(running).due_at == oslo("2026-12-02T10:00")
    assert clock_of(running).calendar == calendar
    for clock, now in zip(before, (clock_of(solved), clock_of(running, Metric.RESPONSE)), strict=True):
        assert (now.calendar, now.due_at) == (policy.calendar, clock.due_at)
    with scope_of(running):
        noted = RequestEvent.objects.get(kind="noted")
        assert (noted.request, noted.by, noted.by_name, noted.is_internal) == (running, None, "the system", True)
        assert noted.data == {"calendars": [str(calendar)]}


@pytest.mark.django_db(transaction=True)
def test_loading_other_hours_moves_the_deadlines_of_what_is_open(administrator: User) -> None:
    call_command("load_catalogue", stdout=StringIO())
    with as_owner():
        # As if the files had said so until now.
        BusinessCalendar.objects.update(week=[[["09:00", "10:00"]]] * 7)
    request = ask_for_help(administrator, "2026-11-26T10:00")
    assert clock_of(request).due_at == oslo("2026-12-20T10:00")

    call_command("load_catalogue", stdout=StringIO())

    assert clock_of(request).due_at == oslo("2026-12-01T10:00")
    assert clock_of(request).calendar.version == 2


def test_what_has_stopped_is_not_worked_out_anew_by_another_calendar(
    administrator: User, support: User, policy: ServicePolicy
) -> None:
    request = ask_for_help(administrator, "2026-11-26T10:00")
    does(request, "2026-11-27T16:00", customer_requests.approve, text="Yes.", by=support)
    before = clock_of(request).due_at

    new_version(policy.calendar, week=[[["09:00", "10:00"]]] * 7)
    follow_calendars()
    does(request, "2026-11-30T10:00", customer_requests.fulfil, by=support)

    assert clock_of(request).due_at == before


def test_a_fact_is_written_once(administrator: User) -> None:
    fact = DeadlineFactFactory()

    with scope_of(fact):
        copy = DeadlineFact(tenant=fact.tenant, clock=fact.clock, kind=fact.kind, due_at=fact.due_at, at=fact.at)
        DeadlineFact.objects.bulk_create([copy], ignore_conflicts=True)
        assert DeadlineFact.objects.count() == 1

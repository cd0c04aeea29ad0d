"""The clocks of requests as people work: what starts, pauses, stops and moves them, and what is noted on the way.

Sources: design §7 and §14.7, status and SLA facts R14–R19 and §5.1.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import (
    CustomerRequest,
    Metric,
    RequestEvent,
    ServiceClock,
    ServicePolicy,
    User,
)
from licences.services import customer_requests
from licences.services.service_clocks import (
    NoPolicy,
    policy_for,
    story_of,
)
from tests.factories import (
    ServicePolicyFactory,
    as_owner,
    desk_policy,
    scope_of,
)
from tests.licences.clocks import ask_for_help, at, clock_of, does, facts_of, oslo
from tests.licences.requesting import now_of, send

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def policy(db: None) -> ServicePolicy:
    return desk_policy()


@pytest.mark.parametrize(
    ("urgency", "when", "answer_by", "solution_by"),
    [
        ("high", "2026-11-24T10:00", "2026-11-24T10:05", "2026-11-25T10:00"),
        ("high", "2026-11-27T16:58", "2026-11-30T09:03", "2026-11-30T16:58"),
        ("high", "2026-11-28T12:00", "2026-11-30T09:05", "2026-11-30T17:00"),
        ("middle", "2026-11-27T16:00", "2026-11-30T16:00", "2026-12-02T16:00"),
        ("low", "2026-11-27T16:00", "2026-12-01T16:00", "2026-12-04T16:00"),
        ("middle", "2027-03-24T16:00", "2027-03-30T16:00", "2027-04-01T16:00"),
    ],
    ids=["a weekday", "before a weekend", "on a weekend", "middle", "low", "before Easter and summer time"],
)
def test_a_request_is_promised_an_answer_and_a_solution(
    administrator: User, urgency: str, when: str, answer_by: str, solution_by: str
) -> None:
    request = ask_for_help(administrator, when, urgency)

    response, solution = clock_of(request, Metric.RESPONSE), clock_of(request)
    assert request.urgency == urgency
    assert response.due_at == oslo(answer_by)
    assert solution.due_at == oslo(solution_by)
    assert response.started_at == solution.started_at == request.submitted_at
    assert (solution.stopped_at, solution.is_met, solution.paused_at, solution.left_minutes) == (None, None, None, None)


def test_without_a_promise_nothing_can_be_sent(administrator: User, policy: ServicePolicy) -> None:
    with as_owner():
        ServicePolicy.objects.update(valid_from_on=date(2027, 1, 1))

    with pytest.raises(NoPolicy), at("2026-11-24T10:00"):
        send(administrator)


def test_the_promise_is_that_of_the_day_at_the_desk(administrator: User, policy: ServicePolicy) -> None:
    with as_owner():
        later = ServicePolicyFactory(
            code="desk", version=2, calendar=policy.calendar, valid_from_on=date(2027, 1, 1), day_minutes=60
        )

    # It is still 2026 in UTC.
    with time_machine.travel(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)), scope_of(administrator):
        assert policy_for(datetime.now(UTC)) == later
        assert policy_for(date(2026, 12, 31)) == policy
        assert policy_for(datetime(2026, 12, 31, 22, 30, tzinfo=UTC)) == policy
        assert policy_for(date(2027, 1, 1)) == later


def test_the_newest_version_of_the_same_day_is_promised(administrator: User, policy: ServicePolicy) -> None:
    with as_owner():
        newer = ServicePolicyFactory(
            code="desk", version=2, calendar=policy.calendar, valid_from_on=policy.valid_from_on
        )

    with scope_of(administrator):
        assert policy_for(date(2026, 11, 24)) == newer


def test_the_first_answer_stops_the_response_clock_and_not_the_solution_clock(
    administrator: User, support: User
) -> None:
    request = ask_for_help(administrator, "2026-11-24T10:00", "high")

    does(request, "2026-11-24T10:03", customer_requests.take, by=support)
    assert clock_of(request, Metric.RESPONSE).stopped_at is None
    does(request, "2026-11-24T10:04", customer_requests.answer, text="We look into it.", by=support)
    does(request, "2026-11-24T11:00", customer_requests.answer, text="Still.", by=support)

    response = clock_of(request, Metric.RESPONSE)
    assert (response.stopped_at, response.is_met, response.left_minutes) == (oslo("2026-11-24T10:04"), True, 1)
    assert clock_of(request).stopped_at is None


@pytest.mark.parametrize(
    ("when", "is_met", "left"), [("2026-11-24T10:05", True, 0), ("2026-11-24T10:05:01", False, -1)]
)
def test_the_deadline_itself_is_in_time_and_a_second_more_is_not(
    administrator: User, support: User, when: str, is_met: bool, left: int
) -> None:
    request = ask_for_help(administrator, "2026-11-24T10:00", "high")

    does(request, when, customer_requests.answer, text="Here we are.", by=support)

    response = clock_of(request, Metric.RESPONSE)
    assert (response.is_met, response.left_minutes) == (is_met, left)


@pytest.mark.parametrize("decide", [customer_requests.approve, customer_requests.decline])
def test_a_decision_stops_both_clocks_for_good(
    administrator: User, support: User, decide: Callable[..., CustomerRequest]
) -> None:
    request = ask_for_help(administrator, "2026-11-24T10:00")

    does(request, "2026-11-25T10:00", decide, text="That is it.", by=support)
    if decide is customer_requests.approve:
        does(request, "2026-12-24T10:00", customer_requests.fulfil, by=support)

    for metric, left in ((Metric.RESPONSE, 0), (Metric.SOLUTION, 16 * 60)):
        clock = clock_of(request, metric)
        assert (clock.stopped_at, clock.is_met, clock.left_minutes) == (oslo("2026-11-25T10:00"), True, left)


def test_who_withdraws_asks_for_neither_any_more(administrator: User) -> None:
    request = ask_for_help(administrator, "2026-11-24T10:00")

    does(request, "2026-11-24T11:00", customer_requests.withdraw, by=administrator)

    assert {clock_of(request, metric).stopped_at for metric in Metric} == {oslo("2026-11-24T11:00")}


def test_the_solution_clock_waits_for_the_customer(administrator: User, support: User) -> None:
    request = ask_for_help(administrator, "2026-11-26T10:00")
    assert clock_of(request).due_at == oslo("2026-12-01T10:00")

    does(request, "2026-11-26T11:00", customer_requests.ask, text="Which browser?", by=support)
    solution = clock_of(request)
    assert (solution.due_at, solution.paused_at) == (None, oslo("2026-11-26T11:00"))
    assert solution.left_minutes == 23 * 60
    assert clock_of(request, Metric.RESPONSE).stopped_at == oslo("2026-11-26T11:00"), "to ask is to answer"

    does(request, "2026-11-30T10:00", customer_requests.reply, text="This one.", by=administrator)
    solution = clock_of(request)
    assert (solution.due_at, solution.paused_at, solution.left_minutes) == (oslo("2026-12-02T17:00"), None, None)


def test_two_waits_take_the_business_time_they_lasted(administrator: User, support: User) -> None:
    request = ask_for_help(administrator, "2026-11-26T10:00")

    does(request, "2026-11-26T16:00", customer_requests.ask, text="Which browser?", by=support)
    does(request, "2026-11-26T16:10", customer_requests.ask, text="And which version?", by=support)
    does(request, "2026-11-27T10:00", customer_requests.reply, text="This one.", by=administrator)
    does(request, "2026-11-27T16:30", customer_requests.ask, text="Since when?", by=support)
    does(request, "2026-11-30T09:15", customer_requests.reply, text="Monday.", by=administrator)

    assert clock_of(request).due_at == oslo("2026-12-01T12:45")


def test_a_wait_in_the_evening_changes_nothing(administrator: User, support: User) -> None:
    request = ask_for_help(administrator, "2026-11-26T10:00")

    does(request, "2026-11-26T18:00", customer_requests.ask, text="Which browser?", by=support)
    does(request, "2026-11-26T22:00", customer_requests.reply, text="This one.", by=administrator)

    assert clock_of(request).due_at == oslo("2026-12-01T10:00")


def test_who_goes_on_without_a_reply_lets_the_clock_run(administrator: User, support: User) -> None:
    request = ask_for_help(administrator, "2026-11-26T10:00")

    does(request, "2026-11-26T11:00", customer_requests.ask, text="Which browser?", by=support)
    does(request, "2026-11-26T12:00", customer_requests.answer, text="We try ourselves.", by=support)
    assert clock_of(request).due_at is None, "it still waits"
    does(request, "2026-11-26T13:00", customer_requests.take, by=support)

    assert clock_of(request).due_at == oslo("2026-12-01T12:00")


def test_a_solution_while_the_customer_is_waited_for_is_in_time(administrator: User, support: User) -> None:
    request = ask_for_help(administrator, "2026-11-26T10:00")

    does(request, "2026-11-26T11:00", customer_requests.ask, text="Which browser?", by=support)
    does(request, "2026-12-28T10:00", customer_requests.approve, text="Found it ourselves.", by=support)

    solution = clock_of(request)
    assert (solution.is_met, solution.left_minutes, solution.paused_at) == (True, 23 * 60, None)


def test_to_ask_after_the_deadline_does_not_take_it_back(administrator: User, support: User) -> None:
    request = ask_for_help(administrator, "2026-11-26T10:00")

    does(request, "2026-12-02T10:00", customer_requests.ask, text="Which browser?", by=support)

    solution = clock_of(request)
    assert (solution.due_at, solution.paused_at) == (oslo("2026-12-01T10:00"), None)


def test_another_urgency_keeps_the_start_and_moves_what_runs(administrator: User, support: User) -> None:
    request = ask_for_help(administrator, "2026-11-24T10:00", "low")
    does(request, "2026-11-24T10:30", customer_requests.ask, text="All of you?", by=support)
    does(request, "2026-11-24T12:00", customer_requests.reply, text="Half.", by=administrator)

    does(
        *(request, "2026-11-24T13:00", customer_requests.reclassify_request),
        affected_users=50,
        all_users=100,
        by=support,
    )

    solution, response = clock_of(request), clock_of(request, Metric.RESPONSE)
    assert now_of(request).urgency == "middle"
    assert solution.started_at == oslo("2026-11-24T10:00")
    assert solution.due_at == oslo("2026-11-27T11:30"), "three days and the hour and a half that it waited"
    assert (response.target_minutes, response.is_met) == (48 * 60, True), "what has stopped stays as it was"
    assert facts_of(request) == set()


def test_days_of_a_calendar_are_asked_for_once_whatever_their_number(administrator: User, support: User) -> None:
    request = ask_for_help(administrator, "2026-11-24T10:00")

    with at("2026-11-24T11:00"), tenant_scope(request.tenant_id), CaptureQueriesContext(connection) as captured:
        customer_requests.answer(request, text="We look into it.", by=support)

    asked = [query["sql"] for query in captured if "licences_calendarday" in query["sql"]]
    assert len(asked) == 1


def test_clocks_read_when_something_happened_and_nothing_that_was_said(administrator: User, support: User) -> None:
    request = ask_for_help(administrator, "2026-11-24T10:00")
    does(request, "2026-11-24T10:30", customer_requests.note, text="Odd.", by=support)

    with at("2026-11-24T11:00"), tenant_scope(request.tenant_id), CaptureQueriesContext(connection) as captured:
        customer_requests.answer(request, text="We look into it.", by=support)

    read = [sql for sql in (query["sql"] for query in captured) if sql.startswith("SELECT") and "requestevent" in sql]
    assert len(read) == 1
    assert not [name for name in ("text", "data", "by_name") if f'"{name}"' in read[0]]
    assert "noted" not in read[0]


def test_nobody_but_the_tenant_and_support_sees_a_clock(administrator: User, outsider: User) -> None:
    request = ask_for_help(administrator, "2026-11-24T10:00")

    with scope_of(outsider):
        assert not ServiceClock.objects.exists()
    with support_scope("a test looks"):
        assert ServiceClock.objects.filter(request=request).count() == 2


def events(*kinds: str) -> list[RequestEvent]:
    begin = oslo("2026-11-24T10:00")
    return [RequestEvent(kind=kind, at=begin + timedelta(hours=hour)) for hour, kind in enumerate(kinds)]


@pytest.mark.parametrize(
    ("kinds", "answered", "solved", "pauses"),
    [
        (["submitted"], None, None, []),
        (["submitted", "taken", "noted", "replied"], None, None, []),
        (["submitted", "asked", "asked", "noted", "answered", "reclassified"], 1, None, [(1, None)]),
        (["submitted", "asked", "replied", "replied", "asked", "taken"], 1, None, [(1, 2), (4, 5)]),
        (["submitted", "asked", "withdrawn"], 1, 2, [(1, 2)]),
        (["submitted", "asked", "declined"], 1, 2, [(1, 2)]),
        (["submitted", "approved", "answered", "replied", "fulfilled"], 1, 1, []),
    ],
)
def test_the_story_that_events_tell(
    kinds: list[str], answered: int | None, solved: int | None, pauses: list[tuple[int, int | None]]
) -> None:
    told = events(*kinds)

    story = story_of(told)

    assert story.answered_at == (None if answered is None else told[answered].at)
    assert story.solved_at == (None if solved is None else told[solved].at)
    assert story.pauses == [(told[begin].at, None if end is None else told[end].at) for begin, end in pauses]

"""Requests of customers move from state to state in ways that are allowed, whoever else moves them at that moment."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from config.tenancy.scopes import support_scope
from licences.models import CustomerRequest, RequestEvent, RequestFile, ServiceClock, User
from licences.services import customer_requests as service
from licences.services.customer_requests import MovedOn, TooMany
from licences.services.request_files import TooManyFiles
from tests.factories import LONG_AGO, CustomerRequestFactory, RequestEventFactory, RequestFileFactory, scope_of
from tests.licences.requesting import CLICKS, LOG, asking_administrator, events_of, in_scope, now_of, outcomes, send
from tests.threads import at_once

pytestmark = pytest.mark.django_db

State = CustomerRequest.State
Kind = RequestEvent.Kind


@pytest.fixture
def asker() -> User:
    return asking_administrator()


def approve(request: CustomerRequest, *, by: User) -> CustomerRequest:
    return service.approve(request, text="Yes.", by=by)


MOVES: dict[str, tuple[Callable[..., CustomerRequest], dict[str, str]]] = {
    "take": (service.take, dict.fromkeys(("submitted", "in_progress", "waiting"), "in_progress")),
    "answer": (
        partial(service.answer, text="Look."),
        {"submitted": "in_progress", "in_progress": "in_progress", "waiting": "waiting", "approved": "approved"},
    ),
    "ask": (partial(service.ask, text="When?"), dict.fromkeys(("submitted", "in_progress", "waiting"), "waiting")),
    "reply": (
        partial(service.reply, text="Now."),
        {"submitted": "submitted", "in_progress": "in_progress", "waiting": "in_progress", "approved": "approved"},
    ),
    "note": (partial(service.note, text="Odd."), {state.value: state.value for state in State}),
    "reclassify": (
        partial(service.reclassify_request, affected_users=19, all_users=20),
        {state: state for state in ("submitted", "in_progress", "waiting")},
    ),
    "approve": (approve, dict.fromkeys(("submitted", "in_progress", "waiting"), "approved")),
    "decline": (
        partial(service.decline, text="No."),
        dict.fromkeys(("submitted", "in_progress", "waiting"), "declined"),
    ),
    "fulfil": (service.fulfil, {"approved": "fulfilled"}),
    "withdraw": (service.withdraw, dict.fromkeys(("submitted", "in_progress", "waiting"), "withdrawn")),
}
OF_CUSTOMERS = {"reply", "withdraw"}
SAYS = {
    "take": Kind.TAKEN,
    "answer": Kind.ANSWERED,
    "ask": Kind.ASKED,
    "reply": Kind.REPLIED,
    "note": Kind.NOTED,
    "reclassify": Kind.RECLASSIFIED,
    "approve": Kind.APPROVED,
    "decline": Kind.DECLINED,
    "fulfil": Kind.FULFILLED,
    "withdraw": Kind.WITHDRAWN,
}


def standing(state: str) -> CustomerRequest:
    closed = LONG_AGO if state in {"declined", "fulfilled", "withdrawn"} else None
    made: CustomerRequest = CustomerRequestFactory(state=state, closed_at=closed)
    return made


def do(move: str, request: CustomerRequest, by: User, **more: Any) -> CustomerRequest:
    """The move as whoever may make it."""
    made, _becomes = MOVES[move]
    with scope_of(request) if move in OF_CUSTOMERS else support_scope("a test moves a request"):
        return made(request, by=by, **more)


@pytest.mark.parametrize(
    ("move", "state", "becomes"),
    [(move, state, becomes) for move, (_made, allowed) in MOVES.items() for state, becomes in allowed.items()],
)
def test_each_move_from_each_state_that_allows_it(move: str, state: str, becomes: str, support: User) -> None:
    request = standing(state)
    by = request.submitted_by if move in OF_CUSTOMERS else support

    returned = do(move, request, by)

    kept = now_of(request)
    assert returned.state == kept.state == becomes
    assert kept.state_since > LONG_AGO if state != becomes else kept.state_since == LONG_AGO
    assert (kept.closed_at is not None) == (becomes in {"declined", "fulfilled", "withdrawn"})
    with scope_of(request):
        event = RequestEvent.objects.filter(request=request).latest("pk")
    assert event.kind == SAYS[move]
    assert event.is_of_support == (move not in OF_CUSTOMERS)
    assert event.by_id == (None if event.is_of_support else by.pk)
    assert event.is_internal == (move == "note")


@pytest.mark.parametrize(
    ("move", "state"),
    [(move, state.value) for move, (_made, allowed) in MOVES.items() for state in State if state not in allowed],
)
def test_each_move_is_refused_in_every_other_state(move: str, state: str, support: User) -> None:
    request = standing(state)

    with pytest.raises(MovedOn) as refused:
        do(move, request, request.submitted_by if move in OF_CUSTOMERS else support)

    assert refused.value.state == now_of(request).state == state
    assert events_of(request) == ["submitted"]


def test_who_has_it_already_takes_nothing(support: User) -> None:
    request = standing("submitted")
    do("take", request, support)

    do("take", request, support)

    assert events_of(request) == ["submitted", "taken"]
    assert now_of(request).taken_by_name == support.login_id


def test_a_corrected_reach_changes_the_urgency_and_says_so(support: User) -> None:
    request = standing("in_progress")

    do("reclassify", request, support)

    with scope_of(request):
        event = RequestEvent.objects.latest("pk")
    assert now_of(request).urgency == "high"
    assert event.data == {"before": "low", "after": "high"}


@pytest.mark.parametrize("move", ["answer", "ask", "reply", "note"])
def test_a_form_that_says_something_says_it_once(move: str, support: User) -> None:
    request, key = standing("submitted"), uuid4()
    by = request.submitted_by if move in OF_CUSTOMERS else support

    for _ in range(3):
        do(move, request, by, form_key=key)

    assert events_of(request) == ["submitted", SAYS[move]]


@pytest.mark.parametrize("move", ["answer", "ask", "reply", "note"])
def test_another_text_with_the_same_key_is_said_too(move: str, support: User) -> None:
    request, key = standing("submitted"), uuid4()
    by = request.submitted_by if move in OF_CUSTOMERS else support
    do(move, request, by, form_key=key)

    do(move, request, by, form_key=key, text="More.")

    assert events_of(request) == ["submitted", SAYS[move], SAYS[move]]
    with scope_of(request):
        assert RequestEvent.objects.latest("pk").text == "More."


def test_the_same_text_as_another_kind_or_with_other_files_is_said_too(support: User) -> None:
    request, key = standing("submitted"), uuid4()
    do("note", request, support, form_key=key, text="Now.")

    do("answer", request, support, form_key=key, text="Now.")
    key = uuid4()
    for files in ([], [LOG], [LOG, LOG]):
        do("reply", request, request.submitted_by, form_key=key, files=files)

    assert events_of(request) == ["submitted", "noted", "answered", "replied", "replied", "replied"]


def test_a_key_that_was_used_for_one_request_swallows_nothing_of_another() -> None:
    one, key = standing("in_progress"), uuid4()
    other: CustomerRequest = CustomerRequestFactory(tenant=one.tenant, submitted_by=one.submitted_by)
    do("reply", one, one.submitted_by, form_key=key)

    do("reply", other, one.submitted_by, form_key=key)

    assert events_of(one) == events_of(other) == ["submitted", "replied"]


def test_a_reply_that_was_sent_already_is_no_fault_once_the_request_has_ended(support: User) -> None:
    request, key = standing("in_progress"), uuid4()
    do("reply", request, request.submitted_by, form_key=key)
    do("decline", request, support)

    assert do("reply", request, request.submitted_by, form_key=key).state == "declined"


def test_files_stay_with_the_reply_that_they_came_with() -> None:
    request = standing("waiting")

    do("reply", request, request.submitted_by, files=[LOG])

    with scope_of(request):
        file = RequestFile.objects.select_related("event").get()
    assert (file.name, file.event.kind, file.at) == ("error.log", "replied", file.event.at)


def test_a_request_keeps_twenty_files_at_most() -> None:
    request = RequestFileFactory().request
    RequestFileFactory.create_batch(18, tenant=request.tenant, request=request)
    do("reply", request, request.submitted_by, files=[LOG])

    with pytest.raises(TooManyFiles):
        do("reply", request, request.submitted_by, files=[LOG])

    assert events_of(request).count("replied") == 1


def test_twenty_replies_a_day_are_taken_to_one_request() -> None:
    request, now = standing("in_progress"), timezone.now()
    other: CustomerRequest = CustomerRequestFactory(tenant=request.tenant, submitted_by=request.submitted_by)
    said = {"tenant": request.tenant, "request": request, "kind": Kind.REPLIED}
    RequestEventFactory.create_batch(19, **said, at=now - timedelta(hours=23))
    RequestEventFactory(**said, at=now - timedelta(hours=25))
    do("reply", request, request.submitted_by)

    with pytest.raises(TooMany, match="20 replies a day"):
        do("reply", request, request.submitted_by)

    assert len(events_of(request)) == 22
    assert do("reply", other, request.submitted_by).is_open


@pytest.mark.django_db(transaction=True)
def test_no_more_replies_are_taken_than_may_be_however_many_come_at_once(asker: User) -> None:
    request = send(asker)

    results = at_once([in_scope(asker.tenant, service.reply, request, text="Now.", by=asker)] * 24)

    assert outcomes(results) == {"done": 20, "TooMany": 4}


@pytest.mark.django_db(transaction=True)
def test_twenty_clicks_say_one_reply(asker: User) -> None:
    request, key = send(asker), uuid4()

    call = in_scope(asker.tenant, service.reply, request, text="Now.", by=asker, files=[LOG], form_key=key)
    results = at_once([call] * CLICKS)

    assert outcomes(results) == {"done": CLICKS}
    assert events_of(request) == ["submitted", "replied"]
    with scope_of(asker):
        assert RequestFile.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_key_that_comes_for_several_requests_at_once_swallows_nothing(asker: User) -> None:
    requests, key = [send(asker) for _ in range(6)], uuid4()

    calls = [in_scope(asker.tenant, service.reply, each, text="Now.", by=asker, form_key=key) for each in requests]
    results = at_once([*calls, partial(send, asker, form_key=key)])

    assert outcomes(results) == {"done": 7}
    assert all(events_of(each) == ["submitted", "replied"] for each in requests)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("one", "other"),
    [("withdraw", "approve"), ("withdraw", "decline"), ("withdraw", "withdraw"), ("approve", "approve")],
)
def test_of_two_who_end_it_at_once_one_is_told_that_it_has_moved_on(
    one: str, other: str, asker: User, support: User
) -> None:
    for _ in range(3):
        request = send(asker)
        people = {True: asker, False: support}
        calls = [partial(do, move, request, people[move in OF_CUSTOMERS]) for move in (one, other)]

        results = at_once(calls)

        assert outcomes(results) == {"done": 1, "MovedOn": 1}
        assert len(events_of(request)) == 2


@pytest.mark.django_db(transaction=True)
def test_a_reply_and_a_question_at_once_are_both_kept_and_the_state_is_the_laters(asker: User, support: User) -> None:
    for _ in range(3):
        request = send(asker)
        do("ask", request, support)

        results = at_once([partial(do, "reply", request, asker), partial(do, "ask", request, support)])

        assert outcomes(results) == {"done": 2}
        *_before, last = events_of(request)
        assert now_of(request).state == ("waiting" if last == Kind.ASKED else "in_progress")
        with scope_of(asker):
            paused = ServiceClock.objects.get(request=request, metric="solution").paused_at
        assert (paused is not None) == (last == Kind.ASKED)
        with scope_of(asker):
            service.withdraw(request, by=asker)

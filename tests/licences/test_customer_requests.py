"""Requests of customers: sent once, one open for each limit, moved from state to state in ways that are allowed."""

from collections import Counter
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
from licences.services.customer_requests import Attachment, MovedOn, OpenAlready, TooMany, TooManyFiles
from licences.services.service_clocks import NoPolicy
from tests.factories import (
    LONG_AGO,
    CustomerRequestFactory,
    LicenceFactory,
    RequestFileFactory,
    UserFactory,
    scope_of,
)
from tests.factories.service_level import desk_policy
from tests.licences.requesting import CONTACT, for_limit, in_scope, near_limit, now_of, send
from tests.threads import at_once

pytestmark = pytest.mark.django_db

State = CustomerRequest.State
Kind = RequestEvent.Kind
Wants = CustomerRequest.Wants
CLICKS = 20
LOG = Attachment("error.log", b"it stopped")


@pytest.fixture
def asker() -> User:
    """The administrator of a CRM Suite tenant whose vendor has a support desk."""
    desk_policy()
    return UserFactory(tenant=near_limit().tenant, administrator=True, can_log_in=False)


def events_of(request: CustomerRequest) -> list[str]:
    with scope_of(request):
        return list(RequestEvent.objects.filter(request=request).values_list("kind", flat=True))


def test_what_was_sent_is_kept_with_its_event_its_files_and_its_clocks(asker: User) -> None:
    made = send(asker, facts={"environment": "production"}, files=[LOG], is_security=True, affected_users=17)

    kept = now_of(made)
    with scope_of(kept):
        event, file = RequestEvent.objects.get(), RequestFile.objects.get()
        clocks = set(ServiceClock.objects.values_list("metric", "started_at"))
    assert (kept.kind, kept.state, kept.urgency, kept.is_security) == ("support", "submitted", "high", True)
    assert (kept.contact_name, kept.contact_email, kept.contact_phone) == (
        CONTACT.name,
        CONTACT.email,
        CONTACT.phone,
    )
    assert kept.submitted_at == kept.state_since == event.at == file.at
    assert (event.kind, event.by_id, event.by_name, event.is_of_support) == (
        "submitted",
        asker.pk,
        asker.full_name,
        False,
    )
    assert (file.event_id, file.request_id, bytes(file.content), file.size_bytes) == (
        event.pk,
        kept.pk,
        LOG.content,
        10,
    )
    assert clocks == {("response", kept.submitted_at), ("solution", kept.submitted_at)}


def test_an_upgrade_keeps_what_it_asks_for_and_how_things_stood(asker: User) -> None:
    licence = LicenceFactory(tenant=asker.tenant)

    made = send(asker, wish=service.Wish(Wants.SEATS, licence=licence, quantity=12), evidence={"plan": "Core"})

    kept = now_of(made)
    assert (kept.kind, kept.wants, kept.licence_id, kept.quantity) == ("upgrade", "seats", licence.pk, 12)
    assert kept.evidence == {"plan": "Core"}


def test_nothing_is_sent_to_a_desk_that_promises_nothing() -> None:
    asker = UserFactory(administrator=True)

    with pytest.raises(NoPolicy):
        send(asker)

    with scope_of(asker):
        assert not CustomerRequest.objects.exists()


def test_a_form_that_is_sent_twice_is_taken_once(asker: User) -> None:
    key = uuid4()

    first, second = send(asker, form_key=key), send(asker, form_key=key, description="Again.")

    assert first == second
    assert now_of(first).description == "Since this morning."
    assert events_of(first) == ["submitted"]


def test_the_same_form_after_its_request_was_closed_leads_to_that_one_too(asker: User) -> None:
    key, restriction = uuid4(), near_limit(asker.tenant)
    made = send(asker, form_key=key, wish=for_limit(restriction))
    with scope_of(asker):
        service.withdraw(made, by=asker)

    assert send(asker, form_key=key, wish=for_limit(restriction)) == made


def test_a_key_of_another_tenants_form_counts_for_nothing(asker: User) -> None:
    key, other = uuid4(), UserFactory(administrator=True)

    assert send(asker, form_key=key) != send(other, form_key=key)


def test_a_limit_that_was_asked_for_leads_to_the_open_request(asker: User) -> None:
    restriction, other = near_limit(asker.tenant), near_limit(asker.tenant)
    first = send(asker, wish=for_limit(restriction))

    with pytest.raises(OpenAlready) as there:
        send(asker, wish=for_limit(restriction, 200))

    assert there.value.request == first
    assert send(asker, wish=for_limit(other)) != first


@pytest.mark.parametrize("ended", ["declined", "fulfilled", "withdrawn"])
def test_a_limit_can_be_asked_for_again_when_the_request_has_ended(asker: User, ended: str) -> None:
    restriction = near_limit(asker.tenant)
    CustomerRequestFactory(limit=True, tenant=asker.tenant, restriction=restriction, state=ended, closed_at=LONG_AGO)

    assert send(asker, wish=for_limit(restriction)).is_open


def test_ten_requests_are_open_at_most(asker: User) -> None:
    CustomerRequestFactory.create_batch(9, tenant=asker.tenant)
    tenth = send(asker)

    with pytest.raises(TooMany, match="10 requests are open"):
        send(asker)

    with scope_of(asker):
        service.withdraw(tenth, by=asker)
    assert send(asker).is_open


def test_twenty_requests_a_day_are_taken_at_most(asker: User) -> None:
    now = timezone.now()
    ended = {"tenant": asker.tenant, "state": "withdrawn", "closed_at": now}
    CustomerRequestFactory.create_batch(20, **ended, submitted_at=now - timedelta(hours=23))

    with pytest.raises(TooMany, match="20 requests a day"):
        send(asker)


def test_requests_of_yesterday_and_of_neighbours_do_not_count(asker: User) -> None:
    now = timezone.now()
    ended = {"tenant": asker.tenant, "state": "withdrawn", "closed_at": now}
    CustomerRequestFactory.create_batch(19, **ended, submitted_at=now - timedelta(hours=23))
    CustomerRequestFactory(**ended, submitted_at=now - timedelta(hours=25))
    CustomerRequestFactory.create_batch(10, tenant=near_limit().tenant)

    assert send(asker).is_open


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


def outcomes(results: list[Any]) -> Counter[str]:
    return Counter("done" if isinstance(each, CustomerRequest) else type(each).__name__ for each in results)


@pytest.mark.django_db(transaction=True)
def test_twenty_clicks_send_one_request(asker: User) -> None:
    key, wish = uuid4(), for_limit(near_limit(asker.tenant))

    results = at_once([partial(send, asker, form_key=key, wish=wish, files=[LOG])] * CLICKS)

    assert outcomes(results) == {"done": CLICKS}
    assert len({each.pk for each in results}) == 1
    with scope_of(asker):
        assert RequestEvent.objects.count() == RequestFile.objects.count() == CustomerRequest.objects.count() == 1
        assert ServiceClock.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_who_ask_for_one_limit_one_does_and_the_others_come_to_that_request(asker: User) -> None:
    wish = for_limit(near_limit(asker.tenant))

    results = at_once([partial(send, asker, form_key=uuid4(), wish=wish) for _ in range(8)])

    assert outcomes(results) == {"done": 1, "OpenAlready": 7}
    (made,) = [each for each in results if isinstance(each, CustomerRequest)]
    assert {each.request for each in results if isinstance(each, OpenAlready)} == {made}


@pytest.mark.django_db(transaction=True)
def test_no_more_are_open_than_may_be_however_many_send_at_once(asker: User) -> None:
    results = at_once([partial(send, asker, form_key=uuid4()) for _ in range(14)])

    assert outcomes(results) == {"done": 10, "TooMany": 4}


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

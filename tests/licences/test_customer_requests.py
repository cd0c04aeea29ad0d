"""Requests of customers are sent once, one for each limit is open, and few at a time."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from licences.models import CustomerRequest, RequestEvent, RequestFile, ServiceClock, User
from licences.services import customer_requests as service
from licences.services.customer_requests import OpenAlready, TooMany
from licences.services.service_clocks import NoPolicy
from tests.factories import (
    LONG_AGO,
    CustomerRequestFactory,
    LicenceFactory,
    SuitePlanFactory,
    UserFactory,
    scope_of,
)
from tests.licences.requesting import (
    CLICKS,
    CONTACT,
    LOG,
    asking_administrator,
    events_of,
    for_limit,
    near_limit,
    now_of,
    outcomes,
    send,
)
from tests.licences.waiting import again, receive
from tests.threads import at_once

pytestmark = pytest.mark.django_db

Wants = CustomerRequest.Wants
ROUNDS = 3


@pytest.fixture
def asker() -> User:
    return asking_administrator()


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

    first, second = [send(asker, form_key=key, files=[LOG]) for _ in range(2)]

    assert first == second
    assert events_of(first) == ["submitted"]


@pytest.mark.parametrize("other", [{"description": "Again."}, {"title": "Another"}, {"files": [LOG]}, {"wish": None}])
def test_something_else_that_comes_with_the_key_of_a_form_is_another_request(
    other: dict[str, Any], asker: User
) -> None:
    key = uuid4()
    if "wish" in other:
        other = {"wish": service.Wish(Wants.SEATS, licence=LicenceFactory(tenant=asker.tenant), quantity=2)}

    first, second = send(asker, form_key=key), send(asker, form_key=key, **other)

    assert first != second
    assert send(asker, form_key=key) == first
    with scope_of(asker):
        assert set(RequestEvent.objects.values_list("request", "form_key")) == {(first.pk, key), (second.pk, None)}


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


def test_what_is_decided_takes_no_room(asker: User) -> None:
    CustomerRequestFactory.create_batch(10, tenant=asker.tenant, state="approved")
    CustomerRequestFactory.create_batch(9, tenant=asker.tenant, state="waiting")

    assert send(asker).is_open
    with pytest.raises(TooMany):
        send(asker)


def test_a_security_report_is_taken_however_many_are_open(asker: User) -> None:
    CustomerRequestFactory.create_batch(10, tenant=asker.tenant)

    assert send(asker, is_security=True).is_open


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
def test_sending_and_another_plan_never_wait_in_a_circle() -> None:
    """Both want the tenant and a licence of it: whoever comes second waits until the first has both."""
    for _ in range(ROUNDS):
        asker = asking_administrator()
        seat = LicenceFactory(tenant=asker.tenant, type=asker.tenant.suite_plan.seat_licence)
        other = SuitePlanFactory(seat_licence=seat.type)
        sending = partial(send, asker, wish=service.Wish(Wants.SEATS, licence=seat, quantity=12))

        results = at_once([partial(receive, asker.tenant, {seat.type: 30}, suite_plan=other)] + [sending] * 6)

        assert [each for each in results if isinstance(each, Exception)] == []
        assert again(seat).tenant.suite_plan_id == other.pk

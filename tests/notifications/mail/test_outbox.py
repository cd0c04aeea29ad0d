"""An effect is carried out by one at a time, again and again until it is, and closed by whoever carried it out."""

from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from config.tenancy.scopes import support_scope
from licences.models import User
from notifications.models import OutboxEntry
from notifications.services import outbox
from notifications.services.outbox import (
    LEASE,
    MAX_ATTEMPTS,
    Lease,
    NotNow,
    NotSentAgain,
    Refused,
    carry_out,
    carry_out_due,
    claim_next,
    close,
    forget_old_entries,
    wait_after,
)
from tests.factories import OutboxEntryFactory
from tests.notifications.mail.entries import entries, let_time_pass, now
from tests.threads import at_once

pytestmark = pytest.mark.django_db

State = OutboxEntry.State
MAIL = ["mail"]


class Carrier:
    """Notes whom it was asked to reach; raises what `troubles` has for somebody."""

    def __init__(self, **troubles: Exception) -> None:
        self.troubles, self.reached = troubles, list[str]()

    def __call__(self, entry: OutboxEntry) -> None:
        self.reached.append(entry.recipient)
        if trouble := self.troubles.get(entry.recipient):
            raise trouble


def again(entry: OutboxEntry, *, by: User) -> None:
    """As support does by hand."""
    with support_scope("a test sends again"):
        outbox.send_again(entry, by=by)


def take() -> Lease:
    lease = claim_next(MAIL)
    assert lease is not None
    return lease


def test_what_is_carried_out_is_delivered_and_asked_for_no_more() -> None:
    entry, carrier = OutboxEntryFactory(), Carrier()

    more = carry_out_due({"mail": carrier})
    carry_out_due({"mail": carrier})

    assert not more
    assert carrier.reached == [entry.recipient]
    stored = now(entry)
    assert (stored.state, stored.attempts, stored.error, stored.lease_until) == (State.DELIVERED, 1, "", None)
    assert stored.closed_at is not None


def test_what_is_not_due_yet_waits() -> None:
    OutboxEntryFactory(due_at=timezone.now() + timedelta(hours=1))

    assert claim_next(MAIL) is None


def test_what_somebody_waits_for_goes_first_then_what_has_waited_longest() -> None:
    hour = timedelta(hours=1)
    new = OutboxEntryFactory(due_at=timezone.now() - hour)
    old = OutboxEntryFactory(due_at=timezone.now() - 2 * hour)
    secret = OutboxEntryFactory(due_at=timezone.now() - hour / 2, secret=True)

    assert [take().entry.pk for _ in range(3)] == [secret.pk, old.pk, new.pk]


def test_one_that_is_leased_is_not_taken_by_another_until_the_lease_is_over() -> None:
    entry = OutboxEntryFactory()
    first = take()

    in_time = claim_next(MAIL)
    let_time_pass(entry)
    second = take()

    assert in_time is None
    assert second.token == first.token + 1


def test_taking_it_says_already_when_it_is_tried_again() -> None:
    """So that a worker that dies over it does not find it at the head of the queue each time."""
    entry = OutboxEntryFactory()

    take()

    stored = now(entry)
    assert stored.attempts == 1
    assert timedelta(seconds=50) < stored.due_at - timezone.now() <= wait_after(1)
    assert stored.lease_until
    assert timedelta(seconds=50) < stored.lease_until - timezone.now() <= LEASE


def test_who_comes_too_late_closes_nothing() -> None:
    entry = OutboxEntryFactory()
    late = take()
    let_time_pass(entry)
    latest = take()

    closed = [close(late, State.DELIVERED), close(latest, State.BOUNCED, "550"), close(late, State.DELIVERED)]

    assert closed == [False, True, False]
    assert now(entry).state == State.BOUNCED


def test_the_waits_grow_to_hours_and_the_last_attempt_comes_after_a_day() -> None:
    waits = [wait_after(attempt) for attempt in range(1, MAX_ATTEMPTS)]

    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert max(waits) == timedelta(hours=4)
    assert timedelta(hours=24) <= sum(waits, timedelta()) < timedelta(hours=25)


def test_what_fails_for_now_is_tried_again_until_it_is_given_up() -> None:
    entry, carrier = OutboxEntryFactory(recipient="full"), Carrier(full=NotNow("452 mailbox full"))
    states = []

    for _ in range(MAX_ATTEMPTS + 1):
        carry_out_due({"mail": carrier})
        states.append(now(entry).state)
        let_time_pass(entry)

    assert states == [State.OPEN] * (MAX_ATTEMPTS - 1) + [State.FAILED] * 2
    assert len(carrier.reached) == MAX_ATTEMPTS
    assert now(entry).error == "452 mailbox full"


def test_what_is_refused_bounces_at_once() -> None:
    entry = OutboxEntryFactory(recipient="gone")

    carry_out_due({"mail": Carrier(gone=Refused("550 no such user"))})

    stored = now(entry)
    assert (stored.state, stored.error, stored.attempts) == (State.BOUNCED, "550 no such user", 1)


@pytest.mark.parametrize("trouble", [NotNow("452 full"), Refused("550 gone"), KeyError("a fault of ours")], ids=repr)
def test_one_in_trouble_keeps_no_other_waiting(trouble: Exception) -> None:
    poisoned = OutboxEntryFactory(recipient="poison")
    others = OutboxEntryFactory.create_batch(3)
    carrier = Carrier(poison=trouble)

    carry_out_due({"mail": carrier})

    assert carrier.reached == ["poison", *(entry.recipient for entry in others)]
    assert {now(entry).state for entry in others} == {State.DELIVERED}
    assert now(poisoned).state != State.DELIVERED


def test_a_fault_of_ours_is_tried_again_and_named_without_what_it_says() -> None:
    entry = OutboxEntryFactory(recipient="poison")

    carry_out_due({"mail": Carrier(poison=KeyError("a secret"))})

    assert now(entry).state == State.OPEN
    assert now(entry).error == "KeyError: a fault of the console itself."


def test_one_that_kills_its_worker_each_time_is_given_up() -> None:
    entry = OutboxEntryFactory()

    for _ in range(MAX_ATTEMPTS):
        take()  # and the worker is gone
        let_time_pass(entry)

    assert claim_next(MAIL) is None
    assert now(entry).state == State.FAILED
    assert now(entry).error == "The worker was lost over it, each time."


@pytest.mark.parametrize(
    "trouble", [NotNow("no answer", nobody=True), SoftTimeLimitExceeded()], ids=["no answer", "too slow"]
)
def test_a_server_that_does_not_answer_costs_one_attempt_and_not_one_per_mail(trouble: Exception) -> None:
    first, *others = OutboxEntryFactory.create_batch(3)
    carrier = Carrier(**{first.recipient: trouble})

    carry_out_due({"mail": carrier})
    carry_out_due({"mail": carrier})

    assert carrier.reached == [first.recipient]
    assert [now(entry).attempts for entry in others] == [0, 0]
    assert now(first).state == State.OPEN
    cache.clear()  # a minute later
    carry_out_due({"mail": carrier})
    assert {now(entry).state for entry in others} == {State.DELIVERED}


def test_a_run_ends_in_time_and_says_that_there_is_more() -> None:
    OutboxEntryFactory.create_batch(2)

    assert carry_out_due({"mail": Carrier()}, seconds=0)


def test_a_secret_is_forgotten_once_the_entry_has_ended_however() -> None:
    made = [OutboxEntryFactory(recipient=name, secret=True) for name in ("gone", "fine")]

    carry_out_due({"mail": Carrier(gone=Refused("550"))})

    assert {now(entry).state for entry in made} == {State.BOUNCED, State.DELIVERED}
    assert [now(entry).payload for entry in made] == [{"number": entry.payload["number"]} for entry in made]


def test_a_secret_that_is_to_be_tried_again_is_kept() -> None:
    entry = OutboxEntryFactory(recipient="full", secret=True)

    carry_out_due({"mail": Carrier(full=NotNow("452 full"))})

    assert now(entry).payload == entry.payload


@pytest.mark.parametrize("state", [State.DELIVERED, State.BOUNCED, State.FAILED])
def test_what_has_ended_can_be_sent_again_under_a_new_number(state: str, support: User) -> None:
    entry = OutboxEntryFactory(delivered=True, state=state, error="550", attempts=MAX_ATTEMPTS)
    carrier = Carrier()

    again(entry, by=support)
    carry_out_due({"mail": carrier})

    stored = now(entry)
    assert carrier.reached == [entry.recipient]
    assert (stored.state, stored.attempts, stored.error) == (State.DELIVERED, 1, "")
    assert stored.payload["number"] != entry.payload["number"]
    assert stored.payload["text"] == entry.payload["text"]


def test_what_is_on_its_way_is_not_sent_again(support: User) -> None:
    entry = OutboxEntryFactory()

    with pytest.raises(NotSentAgain):
        again(entry, by=support)


def test_what_is_forgotten_cannot_be_sent_again(support: User) -> None:
    entry = OutboxEntryFactory(delivered=True, secret=True, payload={"number": "1"})

    with pytest.raises(NotSentAgain):
        again(entry, by=support)


def test_two_who_send_again_at_once_send_one(support: User) -> None:
    entry = OutboxEntryFactory(delivered=True)
    again(entry, by=support)

    with pytest.raises(NotSentAgain):
        again(entry, by=support)  # as it was when the second one looked at it


def test_who_holds_an_old_lease_closes_nothing_that_was_opened_again(support: User) -> None:
    entry = OutboxEntryFactory()
    lease = take()
    close(lease, State.FAILED, "gave up")
    again(now(entry), by=support)

    assert not close(lease, State.DELIVERED)
    assert now(entry).state == State.OPEN


def test_what_ended_long_ago_is_forgotten() -> None:
    day = timedelta(days=1)
    OutboxEntryFactory(delivered=True, closed_at=timezone.now() - 91 * day)
    kept = [OutboxEntryFactory(delivered=True, closed_at=timezone.now() - 89 * day), OutboxEntryFactory()]

    forget_old_entries()

    assert [entry.pk for entry in entries()] == [entry.pk for entry in kept]


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_each_takes_what_no_other_has() -> None:
    OutboxEntryFactory.create_batch(20)
    taken: list[int] = []

    def work() -> None:
        while lease := claim_next(MAIL):
            taken.append(lease.entry.pk)
            carry_out(lease, Carrier())

    assert at_once([work] * 4) == [None] * 4

    assert sorted(taken) == [entry.pk for entry in entries()]
    assert {entry.state for entry in entries()} == {State.DELIVERED}


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_effect_is_carried_out() -> None:
    seen = []
    OutboxEntryFactory()

    carry_out_due({"mail": lambda _entry: seen.append(connection.in_atomic_block)})

    assert seen == [False]

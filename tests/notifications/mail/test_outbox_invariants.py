"""Each rule over the outbox notices a row that breaks it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from notifications.invariants import OUTBOX
from tests.factories import LONG_AGO, OutboxEntryFactory
from tests.invariants import assert_invariants, broken

pytestmark = pytest.mark.django_db


def one_that_ended_is_leased() -> None:
    OutboxEntryFactory(delivered=True, lease_until=LONG_AGO + timedelta(minutes=1))


def one_is_delivered_that_nobody_tried() -> None:
    OutboxEntryFactory(delivered=True, attempts=0)


def one_was_tried_more_often_than_taken() -> None:
    OutboxEntryFactory(delivered=True, attempts=2, token=1)


def a_secret_stays() -> None:
    OutboxEntryFactory(delivered=True, secret=True)


def a_secret_stays_where_it_bounced() -> None:
    OutboxEntryFactory(delivered=True, state="bounced", secret=True)


def two_have_one_number() -> None:
    OutboxEntryFactory(payload=OutboxEntryFactory().payload)


def one_has_no_number() -> None:
    OutboxEntryFactory(payload={})


BREAKS: dict[Callable[[], None], str] = {
    one_that_ended_is_leased: "nobody has a lease on an effect that has ended",
    one_is_delivered_that_nobody_tried: "an effect that was delivered was tried",
    one_was_tried_more_often_than_taken: "an effect that was delivered was tried",
    a_secret_stays: "a secret that has ended is forgotten",
    a_secret_stays_where_it_bounced: "a secret that has ended is forgotten",
    two_have_one_number: "an effect has a number of its own",
    one_has_no_number: "an effect has a number of its own",
}


@pytest.mark.parametrize("seed", BREAKS, ids=lambda seed: seed.__name__)
def test_a_row_that_breaks_a_rule_is_noticed(seed: Callable[[], None]) -> None:
    seed()

    assert broken() == {BREAKS[seed]}


def test_each_rule_has_a_row_that_breaks_it() -> None:
    assert set(BREAKS.values()) == set(OUTBOX)


def test_rows_that_keep_the_rules_break_none() -> None:
    OutboxEntryFactory(attempts=3, token=3, lease_until=LONG_AGO)
    OutboxEntryFactory(delivered=True)
    OutboxEntryFactory(delivered=True, state="failed", secret=True, payload={"number": "n"})
    OutboxEntryFactory(secret=True)

    assert_invariants()

"""Capacity that is held for a while: confirmed it stays taken, else it comes back, once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from licences.models import LimitMovement, LimitReservation, Restriction, User
from licences.services.limits import override_limit
from licences.services.reservations import (
    NotHeld,
    UnknownReservation,
    cancel_reservation,
    confirm_reservation,
    expire_reservations,
)
from licences.services.restrictions import consume, release
from tests.factories import RestrictionFactory, scope_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
SECONDS = 600
LATER = NOW + timedelta(seconds=SECONDS)
SOURCE = "https://crm.example"

End = Callable[[Restriction, int], LimitReservation]


@pytest.fixture
def row() -> Restriction:
    return RestrictionFactory(limit=3)


def reserve(row: Restriction, quantity: int = 2, at: datetime = NOW) -> int:
    with scope_of(row), time_machine.travel(at, tick=False):
        answer = consume(row.tenant, row.type.code, quantity=quantity, source=SOURCE, reserve_seconds=SECONDS)
    assert answer.reservation is not None
    assert answer.expires_at == at + timedelta(seconds=SECONDS)
    return answer.reservation


def confirm(row: Restriction, number: int, at: datetime = NOW) -> LimitReservation:
    with scope_of(row), time_machine.travel(at, tick=False):
        return confirm_reservation(row.tenant, number)


def cancel(row: Restriction, number: int, at: datetime = NOW) -> LimitReservation:
    with scope_of(row), time_machine.travel(at, tick=False):
        return cancel_reservation(row.tenant, number)


def sweep(at: datetime = LATER) -> None:
    with time_machine.travel(at, tick=False):
        expire_reservations()


def state(row: Restriction, number: int) -> tuple[int, str, list[tuple[str, int]]]:
    """How much is in use, what the reservation is, and its movements."""
    with scope_of(row):
        moved = LimitMovement.objects.filter(reservation=number).order_by("pk").values_list("kind", "quantity")
        return (
            Restriction.objects.get(pk=row.pk).used,
            LimitReservation.objects.get(pk=number).state,
            list(moved),
        )


def test_what_is_reserved_is_taken(row: Restriction) -> None:
    number = reserve(row)

    assert state(row, number) == (2, "held", [("reserved", 2)])
    with scope_of(row):
        assert consume(row.tenant, row.type.code, quantity=2, source=SOURCE, reserve_seconds=9).reservation is None


def test_confirmed_it_stays_taken(row: Restriction) -> None:
    number = reserve(row)

    confirm(row, number, LATER - timedelta(seconds=1))
    sweep()

    assert state(row, number) == (2, "confirmed", [("reserved", 2)])


def test_cancelled_it_comes_back(row: Restriction) -> None:
    number = reserve(row)

    cancel(row, number)
    sweep()

    assert state(row, number) == (0, "cancelled", [("reserved", 2), ("cancelled", -2)])


def test_unconfirmed_it_comes_back_when_its_time_is_over_and_not_before(row: Restriction) -> None:
    number = reserve(row)

    sweep(LATER - timedelta(seconds=1))
    assert state(row, number)[:2] == (2, "held")
    sweep()
    sweep()

    assert state(row, number) == (0, "expired", [("reserved", 2), ("expired", -2)])


@pytest.mark.parametrize(("end", "becomes"), [(confirm, "confirmed"), (cancel, "cancelled")])
def test_saying_it_again_is_no_harm(end: End, becomes: str, row: Restriction) -> None:
    number = reserve(row)

    assert [end(row, number).state, end(row, number).state] == [becomes, becomes]


@pytest.mark.parametrize(("first", "then"), [(confirm, cancel), (cancel, confirm)])
def test_what_has_ended_otherwise_stays_so(first: End, then: End, row: Restriction) -> None:
    number = reserve(row)
    ended = first(row, number)

    with pytest.raises(NotHeld) as refused:
        then(row, number)

    assert refused.value.state == ended.state == state(row, number)[1]


def test_too_late_is_too_late_whether_or_not_the_sweep_was_there(row: Restriction) -> None:
    number = reserve(row)

    for prepare in (lambda: None, sweep):
        prepare()
        with pytest.raises(NotHeld) as refused:
            confirm(row, number, LATER)
        assert refused.value.state == "expired"

    assert state(row, number)[0] == 0


@pytest.mark.parametrize("end", [confirm, cancel])
def test_another_tenants_or_nobodys_is_unknown(end: End, row: Restriction) -> None:
    others = RestrictionFactory(limit=3)
    theirs = reserve(others)

    for number in (theirs, 999_999_999):
        with pytest.raises(UnknownReservation):
            end(row, number)

    assert state(others, theirs)[:2] == (2, "held")


def test_what_a_release_has_given_back_already_does_not_come_back_again(row: Restriction) -> None:
    number = reserve(row)
    with scope_of(row):
        release(row.tenant, row.type.code, quantity=1, source=SOURCE)

    sweep()

    assert state(row, number) == (0, "expired", [("reserved", 2), ("expired", -1)])


def test_nothing_is_left_to_come_back_after_a_release_of_all(row: Restriction) -> None:
    number = reserve(row)
    with scope_of(row):
        release(row.tenant, row.type.code, quantity=2, source=SOURCE)

    sweep()

    assert state(row, number) == (0, "expired", [("reserved", 2)])


def test_beyond_a_lowered_limit_it_comes_back_as_well(row: Restriction, support: User) -> None:
    reserve(row, 1)
    number = reserve(row, 2, NOW + timedelta(seconds=1))
    with scope_of(row):
        override_limit(row, limit=1, reason="Fewer were agreed", by=support)

    sweep(LATER + timedelta(seconds=1))

    assert state(row, number)[:2] == (0, "expired")


def test_the_sweep_goes_through_all_tenants(row: Restriction, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("licences.services.reservations.BATCH", 2)
    rows = [row, *(RestrictionFactory(limit=3) for _ in range(2))]
    held = [(each, reserve(each, 1)) for each in rows for _ in range(2)]

    sweep()

    assert {state(each, number)[:2] for each, number in held} == {(0, "expired")}

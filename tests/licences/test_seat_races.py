"""Seats under fire: real threads with a connection each, reaching for the same seats at one moment."""

import random
from collections import Counter
from collections.abc import Callable

import pytest

from config.tenancy.scopes import tenant_scope
from licences.models import HistoryEntry, Licence, LicenceSet, Seat, Tenant, User
from licences.services.history import breaks
from licences.services.holds import set_hold
from licences.services.licence_sets import Issue, LicenceLine, StillShort, activate_set, receive_set
from licences.services.logins import mark_former_employees
from licences.services.seats import Report, assign_seats, reassign_seats, release_seats
from tests.factories import (
    LicenceFactory,
    LicenceSetFactory,
    LicenceTypeFactory,
    SeatFactory,
    UserFactory,
    scope_of,
)
from tests.proof import PROOF
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 200 if PROOF else 24
LAST_SEATS = (1, 10, 100) if PROOF else (1, 10)
SWAPS = 1_000 if PROOF else 40
ROUNDS = 50 if PROOF else 4


def in_scope(tenant: Tenant, change: Callable[..., object], *args: object, **options: object) -> Callable[[], object]:
    """The change as a request of the tenant makes it: one transaction."""

    def run() -> object:
        with tenant_scope(tenant.pk):
            return change(*args, **options)

    return run


def assigning(licence: Licence, user: User, by: User | None = None) -> Callable[[], object]:
    return in_scope(licence.tenant, assign_seats, licence, users=[user], by=by)


def told(outcomes: list[object]) -> Counter[str]:
    """What each thread was told: that it was done, the reason why not, or the error that there must not be."""
    return Counter(
        ("done" if outcome.done else str(outcome.refused[0].reason)) if isinstance(outcome, Report) else repr(outcome)
        for outcome in outcomes
    )


def counted(licence: Licence) -> tuple[int, int]:
    """The counter, and the seats that it counts."""
    with scope_of(licence):
        seats = Seat.objects.active().filter(licence=licence).count()
        return Licence.objects.get(pk=licence.pk).in_use, seats


@pytest.mark.parametrize("seats", LAST_SEATS)
def test_of_many_administrators_exactly_as_many_get_a_seat_as_there_are(seats: int) -> None:
    licence = LicenceFactory(total=seats)
    users = UserFactory.create_batch(THREADS, tenant=licence.tenant)

    outcomes = at_once([assigning(licence, user, by=user) for user in users])

    assert told(outcomes) == {"done": min(seats, THREADS)} | (
        {"no_seat_left": THREADS - seats} if seats < THREADS else {}
    )
    assert counted(licence) == (min(seats, THREADS),) * 2
    with scope_of(licence):
        assert HistoryEntry.objects.count() == min(seats, THREADS)
        assert list(breaks(licence.tenant)) == []


def test_users_swapped_in_opposite_order_never_wait_in_a_circle() -> None:
    first = LicenceFactory(total=SWAPS)
    second = LicenceFactory(tenant=first.tenant, total=SWAPS)
    users = UserFactory.create_batch(8, tenant=first.tenant)
    with scope_of(first):
        assign_seats(first, users=users[:4], by=None)
        assign_seats(second, users=users[4:], by=None)

    def swap(user: User, here: Licence, there: Licence) -> Callable[[], object]:
        def back_and_forth() -> int:
            for step in range(SWAPS // 8):
                licence, to = (here, there) if step % 2 == 0 else (there, here)
                with tenant_scope(first.tenant_id):
                    assert reassign_seats(licence, to=to, users=[user], by=None).done == [user]
            return SWAPS // 8

        return back_and_forth

    moves = [swap(user, *((first, second) if user in users[:4] else (second, first))) for user in users]

    assert at_once(moves) == [SWAPS // 8] * 8
    assert sum(counted(first)) + sum(counted(second)) == 16


def test_many_users_swapped_both_ways_at_once_never_wait_in_a_circle() -> None:
    first = LicenceFactory(total=40)
    second = LicenceFactory(tenant=first.tenant, total=40)
    here, there = UserFactory.create_batch(10, tenant=first.tenant), UserFactory.create_batch(10, tenant=first.tenant)
    with scope_of(first):
        assign_seats(first, users=here, by=None)
        assign_seats(second, users=there, by=None)

    for _ in range(ROUNDS):
        outcomes = at_once(
            [
                in_scope(first.tenant, reassign_seats, first, to=second, users=here, by=None),
                in_scope(first.tenant, reassign_seats, second, to=first, users=there[::-1], by=None),
            ]
        )
        assert told(outcomes) == {"done": 2}
        here, there = there, here

    assert counted(first) == counted(second) == (10, 10)


def smaller(licence: Licence, total: int) -> Issue:
    """The next set of the licence's owner: it, and nothing else, in another number."""
    with scope_of(licence):
        number = LicenceSet.objects.filter(owner=licence.licence_set.owner).latest("issue_number").issue_number
    return Issue(licence.licence_set.owner, number + 1, [LicenceLine(licence.type, total, licence.name)])


def test_a_reduction_against_assignments_is_never_over_and_loses_nobody() -> None:
    for _ in range(ROUNDS):
        licence = LicenceFactory(total=10)
        users = UserFactory.create_batch(8, tenant=licence.tenant)
        issue = smaller(licence, 4)

        outcomes = at_once(
            [
                *(assigning(licence, user) for user in users),
                in_scope(licence.tenant, receive_set, licence.tenant, issue, by=None),
            ]
        )

        given = told(outcomes[:-1])["done"]
        received = outcomes[-1]
        assert isinstance(received, LicenceSet), received
        assert counted(licence) == (given, given)
        assert given == (4 if received.state == LicenceSet.State.ACTIVE else 8)
        assert given + told(outcomes[:-1])["no_seat_left"] == 8


def test_activation_against_assignment_one_of_them_gives_way() -> None:
    for _ in range(ROUNDS):
        licence = LicenceFactory(total=5)
        user, *holders = UserFactory.create_batch(5, tenant=licence.tenant)
        with scope_of(licence):
            assign_seats(licence, users=holders, by=None)
            waiting = receive_set(licence.tenant, smaller(licence, 3), by=None)
            release_seats(licence, users=holders[:1], by=None)

        assigned, activated = at_once(
            [
                assigning(licence, user),
                in_scope(licence.tenant, activate_set, waiting, by=None),
            ]
        )

        if isinstance(activated, LicenceSet):
            assert told([assigned]) == {"no_seat_left": 1}
            assert counted(licence) == (3, 3)
        else:
            assert isinstance(activated, StillShort)
            assert told([assigned]) == {"done": 1}
            assert counted(licence) == (4, 4)


def test_a_set_that_many_activate_at_once_is_activated_once() -> None:
    licence = LicenceFactory(total=5)
    user = UserFactory(tenant=licence.tenant)
    with scope_of(licence):
        assign_seats(licence, users=[user, *UserFactory.create_batch(2, tenant=licence.tenant)], by=None)
        waiting = receive_set(licence.tenant, smaller(licence, 2), by=None)
        release_seats(licence, users=[user], by=None)

    outcomes = at_once([in_scope(licence.tenant, activate_set, waiting, by=None)] * 8)

    assert Counter(type(outcome).__name__ for outcome in outcomes) == {"LicenceSet": 1, "NotPending": 7}
    with scope_of(licence):
        assert HistoryEntry.objects.filter(action=HistoryEntry.Action.SET_ACTIVATED).count() == 1


def test_the_same_issue_that_comes_in_many_times_at_once_is_taken_once() -> None:
    licence = LicenceFactory(total=5)
    issue = smaller(licence, 7)

    outcomes = at_once([in_scope(licence.tenant, receive_set, licence.tenant, issue, by=None)] * 8)

    assert Counter(type(outcome).__name__ for outcome in outcomes) == {"LicenceSet": 1, "IssueIsOld": 7}


def test_open_work_that_comes_in_while_the_plan_is_taken_is_seen_or_comes_too_late() -> None:
    for _ in range(ROUNDS):
        licence = LicenceFactory(type__plan=True)
        user = SeatFactory(licence=licence).user

        taken, held = at_once(
            [
                in_scope(licence.tenant, release_seats, licence, users=[user], by=None),
                in_scope(licence.tenant, set_hold, user, source="crm", key="requests", reason="Open work"),
            ]
        )

        assert told([taken]) in ({"done": 1}, {"open_work": 1})
        assert not isinstance(held, Exception), held


def test_two_administrators_who_send_each_other_away_leave_one() -> None:
    for _ in range(ROUNDS):
        licence = LicenceFactory(type__plan=True)
        pair = [
            SeatFactory(licence=licence, user=UserFactory(tenant=licence.tenant, administrator=True)).user
            for _ in range(2)
        ]

        outcomes = at_once(
            [
                in_scope(licence.tenant, mark_former_employees, licence.tenant, users=[who], by=by)
                for who, by in (pair, pair[::-1])
            ]
        )

        assert told(outcomes) == {"done": 1, "last_administrator": 1}


def test_a_storm_of_every_kind_leaves_counters_history_and_seats_in_agreement() -> None:
    licence_set = LicenceSetFactory()
    licences = [
        LicenceFactory(tenant=licence_set.tenant, licence_set=licence_set, type=LicenceTypeFactory(), total=6)
        for _ in range(3)
    ]
    users = UserFactory.create_batch(12, tenant=licence_set.tenant)
    dice = random.Random(20261126)

    def act() -> Callable[[], object]:
        here, there = dice.sample(licences, 2)
        some = dice.sample(users, 3)
        return dice.choice(
            [
                lambda: assign_seats(here, users=some, by=None),
                lambda: release_seats(here, users=some, by=None),
                lambda: reassign_seats(here, to=there, users=some, by=None),
            ]
        )

    def many(changes: list[Callable[[], object]]) -> Callable[[], object]:
        def run() -> int:
            for change in changes:
                with tenant_scope(licence_set.tenant_id):
                    change()
            return len(changes)

        return run

    assert at_once([many([act() for _ in range(ROUNDS)]) for _ in range(8)]) == [ROUNDS] * 8
    for licence in licences:
        in_use, seats = counted(licence)
        assert in_use == seats <= licence.total
    with scope_of(licence_set):
        assert list(breaks(licence_set.tenant)) == []

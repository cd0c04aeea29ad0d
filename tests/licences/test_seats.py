"""Seats are exact: never one more than there is, whoever is quickest."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError

from config.tenancy.scopes import tenant_scope
from licences.models import Licence, Seat, User
from licences.services.seats import Refusal, assign_seats
from tests.factories import LicenceFactory, SeatFactory, UserFactory, scope_of
from tests.proof import PROOF
from tests.threads import at_once

ROUNDS = 200 if PROOF else 5


def assign(licence: Licence, *users: User) -> int:
    with scope_of(licence):
        return len(assign_seats(licence, users=users, by=None).done)


def holders(licence: Licence) -> set[User]:
    with scope_of(licence):
        return {seat.user for seat in Seat.objects.active().filter(licence=licence).select_related("user")}


def in_use(licence: Licence) -> int:
    with scope_of(licence):
        return Licence.objects.get(pk=licence.pk).in_use


@pytest.mark.django_db
def test_each_user_gets_a_seat_and_it_is_counted() -> None:
    licence = LicenceFactory(total=10)
    users = UserFactory.create_batch(3, tenant=licence.tenant)

    assert assign(licence, *users) == 3

    assert holders(licence) == set(users)
    assert in_use(licence) == 3


@pytest.mark.django_db
def test_who_has_a_seat_gets_no_second_one() -> None:
    seat = SeatFactory(licence__total=2)

    assert assign(seat.licence, seat.user) == 0

    assert in_use(seat.licence) == 1


@pytest.mark.django_db
def test_who_gave_a_seat_back_can_have_one_again() -> None:
    seat = SeatFactory(released_at="2026-05-04T09:00Z")

    assert assign(seat.licence, seat.user) == 1


@pytest.mark.django_db
def test_the_last_seat_can_be_given() -> None:
    licence = LicenceFactory(total=1)

    assert assign(licence, UserFactory(tenant=licence.tenant)) == 1


@pytest.mark.django_db
def test_of_one_too_many_the_last_is_told_that_no_seat_is_left() -> None:
    licence = SeatFactory(licence__total=3).licence
    *first, last = UserFactory.create_batch(3, tenant=licence.tenant)

    with scope_of(licence):
        report = assign_seats(licence, users=[*first, last], by=None)

    assert report.done == first
    assert [(refused.user, refused.reason) for refused in report.refused] == [(last, Refusal.NO_SEAT_LEFT)]
    assert set(first) < holders(licence)
    assert in_use(licence) == 3


@pytest.mark.django_db
def test_of_an_unrestricted_licence_there_is_no_last_seat() -> None:
    licence = LicenceFactory(total=1, unrestricted=True)

    assert assign(licence, *UserFactory.create_batch(5, tenant=licence.tenant)) == 5


@pytest.mark.django_db(transaction=True)
def test_of_16_who_reach_for_the_last_seat_one_gets_it() -> None:
    for _ in range(ROUNDS):
        licence = LicenceFactory(total=1)
        users = UserFactory.create_batch(16, tenant=licence.tenant)

        outcomes = at_once([taking(licence, user) for user in users])

        assert sorted(outcomes) == [0] * 15 + [1]
        assert len(holders(licence)) == in_use(licence) == 1


@pytest.mark.django_db(transaction=True)
def test_16_who_give_one_user_a_seat_give_one() -> None:
    user = UserFactory()
    licence = LicenceFactory(tenant=user.tenant)

    outcomes = at_once([taking(licence, user)] * 16)

    assert sorted(outcomes) == [0] * 15 + [1]
    assert in_use(licence) == 1


def taking(licence: Licence, user: User) -> Callable[[], int]:
    def take() -> int:
        with tenant_scope(licence.tenant_id):
            return len(assign_seats(licence, users=[user], by=None).done)

    return take


@pytest.mark.django_db
def test_one_seat_more_is_refused_by_the_database_too() -> None:
    licence = LicenceFactory(total=1)

    with pytest.raises(IntegrityError, match="licence_in_use_within_total"), scope_of(licence):
        Licence.objects.filter(pk=licence.pk).update(in_use=2)

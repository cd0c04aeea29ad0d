"""Administrators are told that a limit is near or reached: once for each time that it comes to that."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction

from licences.models import LicenceSet, LimitCrossing, Restriction, Seat, User
from licences.services.restrictions import consume, release
from notifications.models import OutboxEntry
from notifications.services.limit_mails import tell_of_limits
from tests.factories import LicenceFactory, PlanLimitFactory, RestrictionFactory, SeatFactory, TenantFactory, scope_of
from tests.notifications.mail.entries import deliver, entries
from tests.notifications.mail.server import MailServer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("to_outbox")]

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
CODE = "active-projects"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def limit() -> Restriction:
    """70 of 100 active projects are in use, at a tenant on CRM Suite."""
    tenant = TenantFactory(suite=True)
    planned = PlanLimitFactory(
        suite_plan=tenant.suite_plan, restriction__code=CODE, restriction__name="Active projects", limit=100
    )
    return RestrictionFactory(tenant=tenant, type=planned.restriction, used=70)


@pytest.fixture
def reader(limit: Restriction) -> User:
    """An administrator of the tenant, with a seat on its plan."""
    licence = LicenceFactory(tenant=limit.tenant, type=limit.tenant.suite_plan.seat_licence)
    return SeatFactory(licence=licence, user__administrator=True).user


def use(limit: Restriction, more: int) -> None:
    with scope_of(limit):
        if more > 0:
            assert consume(limit.tenant, CODE, quantity=more, source="https://crm.example").allowed
        else:
            release(limit.tenant, CODE, quantity=-more, source="https://crm.example")


def sweep() -> list[OutboxEntry]:
    known = {entry.pk for entry in entries()}
    tell_of_limits()
    return [entry for entry in entries() if entry.pk not in known]


def test_administrators_who_can_log_in_are_told(limit: Restriction, reader: User, outsider: User) -> None:
    with scope_of(limit):
        licence = Seat.objects.select_related("licence__tenant").get(user=reader).licence
    other = SeatFactory(licence=licence, user__administrator=True).user
    SeatFactory(licence=licence, user__administrator=True, user__can_log_in=False)
    SeatFactory(licence=licence, user__administrator=True, user__email=reader.email.upper())
    SeatFactory(licence=licence)
    use(limit, 16)

    told = sweep()

    assert [entry.recipient for entry in told] == [reader.email, other.email]
    assert {entry.subject for entry in told} == {"Active projects: 86 of 100 are in use"}
    assert {entry.tenant_id for entry in told} == {limit.tenant_id}


def test_the_mail_says_when_how_much_what_happens_then_and_what_helps(limit: Restriction, reader: User) -> None:
    use(limit, 16)

    [entry] = sweep()

    for said in (
        f"On 26 Nov 2026 13:00 (CET) {limit.tenant.company_name} came to 86 % of a limit of its plan",
        "There is room for 14 active projects more.",
        "nothing is deleted",
        limit.type.free_capacity,
        "/licences/status/",
        "/licences/plans/",
    ):
        assert said in entry.payload["text"]


def test_a_limit_that_is_reached_is_told_in_other_words(limit: Restriction, reader: User) -> None:
    use(limit, 16)
    sweep()

    use(limit, 14)

    [entry] = sweep()
    assert entry.subject == "Active projects: the limit of 100 is reached"
    assert "no more active projects can be made" in entry.payload["text"]


def test_a_crossing_is_told_once_however_often_one_looks(limit: Restriction, reader: User) -> None:
    use(limit, 16)

    assert [len(sweep()) for _ in range(3)] == [1, 0, 0]


def test_both_at_once_are_one_mail_of_the_higher(limit: Restriction, reader: User) -> None:
    use(limit, 30)

    with scope_of(limit):
        assert sorted(LimitCrossing.objects.values_list("threshold", flat=True)) == [85, 100]
    assert [entry.subject for entry in sweep()] == ["Active projects: the limit of 100 is reached"]
    assert sweep() == []


def test_one_after_the_other_before_anybody_looks_is_the_latter(
    limit: Restriction, reader: User, clock: time_machine.Traveller
) -> None:
    use(limit, 16)
    clock.shift(timedelta(minutes=5))
    use(limit, 14)

    assert [entry.subject for entry in sweep()] == ["Active projects: the limit of 100 is reached"]
    assert sweep() == []


def test_going_up_and_down_around_the_line_is_told_once(
    limit: Restriction, reader: User, clock: time_machine.Traveller
) -> None:
    told = []

    for more in (16, -3, 3, -4, 4):
        clock.shift(timedelta(minutes=1))
        use(limit, more)
        told += sweep()

    assert len(told) == 1


def test_another_time_it_comes_to_that_is_told_again(
    limit: Restriction, reader: User, clock: time_machine.Traveller
) -> None:
    told = []

    for more in (16, -10, 10):
        clock.shift(timedelta(days=1))
        use(limit, more)
        told.append(len(sweep()))

    assert told == [1, 0, 1]


def test_what_happened_long_ago_is_no_news(limit: Restriction, reader: User, clock: time_machine.Traveller) -> None:
    use(limit, 16)
    clock.shift(timedelta(days=15))

    assert sweep() == []


def test_what_is_taken_back_is_not_told(limit: Restriction, reader: User) -> None:
    with scope_of(limit):
        point = transaction.savepoint_create()
        consume(limit.tenant, CODE, quantity=30, source="https://crm.example")
        transaction.savepoint_rollback(point)

    assert sweep() == []


def test_the_mail_arrives(limit: Restriction, reader: User, server: MailServer) -> None:
    use(limit, 30)
    tell_of_limits()

    deliver()

    [letter] = server.letters
    assert letter["To"] == reader.email
    html = letter.get_body(("html",)).get_content()
    assert "100 active projects are in use" in html
    assert "Look at the limits" in html


def test_who_becomes_administrator_later_is_not_told_of_what_was(limit: Restriction, reader: User) -> None:
    use(limit, 16)
    sweep()
    with scope_of(limit):
        licence = LicenceSet.objects.get().licences.select_related("tenant").get()
    SeatFactory(licence=licence, user__administrator=True)

    assert sweep() == []

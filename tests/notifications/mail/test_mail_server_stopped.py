"""The mail server is away for an hour: nothing of what happens meanwhile is lost, and nothing arrives twice."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db.models import F
from pytest_django import Settings

from config.mail import mailers
from config.tenancy.scopes import support_scope
from licences.models import CustomerRequest, Restriction, User
from licences.services.restrictions import consume
from notifications import tasks
from notifications.models import OutboxEntry
from notifications.services.outbox import claim_next
from tests.factories import (
    LicenceFactory,
    PlanLimitFactory,
    RestrictionFactory,
    SeatFactory,
    TenantFactory,
    scope_of,
)
from tests.notifications.mail.asking import CONTACT, DESK, by_customer, by_support, submit
from tests.notifications.mail.entries import deliver, entries
from tests.notifications.mail.server import MailServer, running

pytestmark = pytest.mark.django_db

NINE = datetime(2026, 11, 26, 8, tzinfo=UTC)
"""On a Thursday, by the clock of Oslo."""
MINUTE = timedelta(minutes=1)
CODE = "active-projects"
State = OutboxEntry.State


@pytest.fixture
def server(settings: Settings) -> MailServer:
    """One that does not run yet."""
    server = MailServer()
    settings.MAILERS, settings.SUPPORT_DESK_EMAIL = mailers(server.url), DESK
    return server


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NINE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def limit() -> Restriction:
    tenant = TenantFactory(suite=True)
    planned = PlanLimitFactory(suite_plan=tenant.suite_plan, restriction__code=CODE, limit=100)
    return RestrictionFactory(tenant=tenant, type=planned.restriction, used=70)


@pytest.fixture
def reader(limit: Restriction) -> User:
    """The only administrator of the tenant."""
    licence = LicenceFactory(tenant=limit.tenant, type=limit.tenant.suite_plan.seat_licence)
    return SeatFactory(licence=licence, user__administrator=True).user


def pass_a_minute(clock: time_machine.Traveller) -> None:
    """For the console, and for the outbox, which goes by the database's clock: it all happened a minute earlier."""
    clock.shift(MINUTE)
    with support_scope("a test lets time pass", routine=True):
        OutboxEntry.objects.update(due_at=F("due_at") - MINUTE, lease_until=F("lease_until") - MINUTE)
    cache.delete("outbox-paused-mail")


def what_beats_start() -> None:
    """Every sweep, by two schedulers, and the mail that is due."""
    tasks.note_deadlines()
    for _ in range(2):
        tasks.tell_of_requests()
        tasks.tell_of_limits()
        tasks.tell_of_deadlines()
    deliver()


def act(minute: int, limit: Restriction, reader: User, support: User) -> None:
    """Something happens every few minutes; some of it with one request after the other."""
    if minute % 12 == 0:
        submit(reader, title=f"Request {minute}", affected_users=20)
    request = newest(limit)
    match minute % 12:
        case 2:
            by_support(request, "take", support)
        case 3:
            by_support(request, "ask", support, text="How many?")
        case 5:
            by_customer(request, "reply", reader, text="Thirty.")
        case 8:
            by_support(request, "approve", support, text="Here you are.")
        case 9:
            by_support(request, "fulfil", support)
    if minute in (20, 40):
        with scope_of(limit):
            assert consume(limit.tenant, CODE, quantity=15, source="https://crm.example").allowed


def newest(limit: Restriction) -> CustomerRequest:
    with scope_of(limit):
        return CustomerRequest.objects.order_by("pk").last()


def lose_a_worker() -> None:
    """One takes an effect and is gone."""
    assert claim_next(["mail"])


def test_an_hour_without_a_mail_server_loses_nothing_and_doubles_nothing(
    server: MailServer, clock: time_machine.Traveller, limit: Restriction, reader: User, support: User
) -> None:
    for minute in range(60):
        act(minute, limit, reader, support)
        what_beats_start()
        pass_a_minute(clock)
        if minute % 25 == 24:
            lose_a_worker()
    written = entries()
    assert {entry.state for entry in written} == {State.OPEN}
    assert server.letters == []

    with running(server):
        for _minute in range(70):
            what_beats_start()
            if {entry.state for entry in entries()} == {State.DELIVERED}:
                break
            pass_a_minute(clock)

    arrived = Counter((letter["To"], letter["Subject"]) for letter in server.letters)
    assert {entry.state for entry in entries()} == {State.DELIVERED}
    assert len(set(server.message_ids)) == len(server.letters) == len(entries())
    assert set(arrived.values()) == {1}
    assert {(entry.recipient, entry.subject) for entry in written} <= set(arrived)
    told = Counter(address for address, _subject in arrived)
    assert told == {
        CONTACT.email: 5 * 4,  # received, a question, solved, done
        DESK: 5 * 2,  # new, a reply
        reader.email: 2,  # a limit came near, and was reached
    }

"""Administrators are told of usage that comes near its allowance or goes beyond it: once for each month and threshold,
whoever looks how often."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction
from pytest_django import Settings

from config.mail import mailers
from licences.models import User
from metering.models import MeteredService, UsageAlert
from notifications.models import OutboxEntry
from notifications.services.usage_mails import tell_of_usage
from tests.factories import MeteredServiceFactory, SeatFactory, TariffFactory, UserFactory, scope_of
from tests.metering.sending import event, send
from tests.notifications.mail.entries import deliver, entries, let_time_pass, now
from tests.notifications.mail.server import MailServer, running
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("to_outbox")]

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def emails(db: None) -> MeteredService:
    """1,000 and none more for each user are included; then each started 100 cost 2.50."""
    service = MeteredServiceFactory(code="emails", name="E-mails sent", unit="e-mails")
    TariffFactory(service=service, allowance_base=Decimal(1000), allowance_per_user=0)
    return service


@pytest.fixture
def reader(administrator: User) -> User:
    return administrator


def use(reader: User, quantity: int, *, service: str = "emails") -> None:
    events = [event(f"{datetime.now(UTC)} {quantity} {service}", service, time=datetime.now(UTC), quantity=quantity)]
    assert send(reader.tenant, events)[0].status == "accepted"


def sweep() -> list[OutboxEntry]:
    known = {entry.pk for entry in entries()}
    tell_of_usage()
    return [entry for entry in entries() if entry.pk not in known]


def test_administrators_who_can_log_in_are_told(reader: User, member: User, outsider: User) -> None:
    with scope_of(reader):
        licence = reader.seats.select_related("licence__tenant").get().licence
    other = SeatFactory(licence=licence, user__administrator=True).user
    UserFactory(tenant=reader.tenant, administrator=True, can_log_in=False)
    SeatFactory(licence=licence, user__administrator=True, user__email="")
    use(reader, 860)

    told = sweep()

    assert [entry.recipient for entry in told] == [reader.email, other.email]
    assert {entry.subject for entry in told} == {"E-mails sent: 86 % of what is included is used"}
    assert {entry.tenant_id for entry in told} == {reader.tenant_id}


def test_the_mail_says_how_much_of_how_much_what_it_costs_and_where_to_look(reader: User) -> None:
    use(reader, 1250)

    [entry] = sweep()

    assert entry.subject == "E-mails sent: 1,250 used, 1,000 included"
    for said in (
        f"On 26 Nov 2026 13:00 (CET) {reader.tenant.company_name} had used 1,250 of the 1,000 e-mails",
        "included in November 2026",
        "125 %",
        "On the way it passed 85 % as well.",
        "250 e-mails go beyond, at EUR\u00a02.50 for each started 100: EUR\u00a07.50 so far.",
        "What is included: 1000 + 1 × 0 = 1000.",
        "/metering/emails/?month=2026-11",
    ):
        assert said in entry.payload["text"]


def test_half_of_it_is_no_news(reader: User) -> None:
    use(reader, 849)

    with scope_of(reader):
        assert UsageAlert.objects.get().threshold == 50
    assert sweep() == []


def test_several_at_once_are_one_mail_of_the_highest_and_the_next_names_no_one_twice(
    reader: User, clock: time_machine.Traveller
) -> None:
    use(reader, 1600)
    [first] = sweep()
    clock.shift(timedelta(hours=1))
    use(reader, 400)
    [second] = sweep()

    assert "On the way it passed 85 %, 100 % as well." in first.payload["text"]
    assert "200 %" in second.payload["text"]
    assert "On the way" not in second.payload["text"]
    assert sweep() == []


def test_each_service_and_each_month_is_told_of_its_own(reader: User, clock: time_machine.Traveller) -> None:
    TariffFactory(service=MeteredServiceFactory(code="chats"), allowance_base=Decimal(10), allowance_per_user=0)
    use(reader, 900)
    use(reader, 9, service="chats")
    assert len(sweep()) == 2

    clock.shift(timedelta(days=7))
    use(reader, 900)

    assert len(sweep()) == 1
    assert sweep() == []


def test_where_nothing_is_included_the_first_is_told(reader: User) -> None:
    TariffFactory(service=MeteredServiceFactory(code="chats", unit="chats"), allowance_base=0, allowance_per_user=0)
    use(reader, 1, service="chats")

    [entry] = sweep()

    assert "had used 1 chats in November 2026" in entry.payload["text"]
    assert "nothing is included" in entry.payload["text"]


def test_what_happened_long_ago_is_no_news(reader: User, clock: time_machine.Traveller) -> None:
    use(reader, 900)
    clock.shift(timedelta(days=15))

    assert sweep() == []


def test_what_is_taken_back_is_not_told(reader: User) -> None:
    with scope_of(reader):
        point = transaction.savepoint_create()
        use(reader, 900)
        transaction.savepoint_rollback(point)

    assert sweep() == []


def test_an_address_that_is_none_keeps_nobody_from_being_told(reader: User) -> None:
    with scope_of(reader):
        licence = reader.seats.select_related("licence__tenant").get().licence
        User.objects.filter(pk=reader.pk).update(email="ask@nordlys.example\nBcc: x@nordlys.example")
    other = SeatFactory(licence=licence, user__administrator=True).user
    use(reader, 900)

    mails = sweep()

    assert [entry.recipient for entry in mails if entry.state == "open"] == [other.email]
    assert [entry.error for entry in mails if entry.state == "failed"] == ["That is no address to send to."]
    assert sweep() == []


def test_a_mail_server_that_is_away_gets_it_once_when_it_is_back(reader: User, settings: Settings) -> None:
    server = MailServer()
    settings.MAILERS = mailers(server.url)
    use(reader, 1100)
    [entry] = sweep()
    deliver()
    assert now(entry).state == OutboxEntry.State.OPEN

    let_time_pass(entry)
    cache.delete("outbox-paused-mail")
    with running(server):
        deliver()
        tell_of_usage()
        deliver()

    [letter] = server.letters
    assert letter["To"] == reader.email
    assert "See it day by day" in letter.get_body(("html",)).get_content()


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_once(reader: User) -> None:
    use(reader, 1100)

    at_once([tell_of_usage for _ in range(4)])

    assert [entry.recipient for entry in entries()] == [reader.email]

"""Mail leaves over real SMTP: what the server says decides what becomes of it, and each copy bears the same number."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from config.mail import mailers
from config.tenancy.scopes import tenant_scope
from licences.models import Tenant
from notifications.models import OutboxEntry
from notifications.services.mail import deliver as hand_over
from notifications.services.outbox import claim_next
from tests.config.supervised import free_port
from tests.factories import OutboxEntryFactory, TenantFactory
from tests.notifications.mail.entries import deliver, entries, let_time_pass, now
from tests.notifications.mail.server import MailServer

pytestmark = pytest.mark.django_db

State = OutboxEntry.State


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory()


def send(tenant: Tenant, message: EmailMessage) -> None:
    with tenant_scope(tenant.pk):
        message.send()


def test_a_mail_arrives_with_both_texts(server: MailServer) -> None:
    entry = OutboxEntryFactory(subject="Straße № 5")

    deliver()

    [letter] = server.letters
    assert (letter["Subject"], letter["To"]) == ("Straße № 5", entry.recipient)
    assert letter["From"] == "Licences console <licences@console.example>"
    assert letter.get_body(("plain",)).get_content().splitlines() == entry.payload["text"].splitlines()
    assert letter.get_body(("html",)).get_content().strip() == entry.payload["html"]
    assert now(entry).state == State.DELIVERED


def test_each_address_gets_a_copy_of_its_own_and_hidden_ones_stay_hidden(server: MailServer, tenant: Tenant) -> None:
    others = {"cc": ["c@x.example"], "bcc": ["d@x.example"], "reply_to": ["r@x.example"]}
    send(tenant, EmailMessage("Hello", "Hello", to=["a@x.example", "b@x.example"], **others))

    deliver()

    assert sorted(server.recipients) == ["a@x.example", "b@x.example", "c@x.example", "d@x.example"]
    assert {letter["To"] for letter in server.letters} == {"a@x.example, b@x.example"}
    assert {(letter["Cc"], letter["Reply-To"], letter["Bcc"]) for letter in server.letters} == {
        ("c@x.example", "r@x.example", None)
    }
    assert len(set(server.message_ids)) == 4


def test_one_address_that_is_refused_keeps_the_mail_from_no_other(server: MailServer, tenant: Tenant) -> None:
    server.answers["gone@x.example"] = "550 5.1.1 no such user"
    send(tenant, EmailMessage("Hello", "Hello", to=["gone@x.example", "here@x.example"]))

    deliver()

    assert server.recipients == ["here@x.example"]
    assert {entry.recipient: entry.state for entry in entries()} == {
        "gone@x.example": State.BOUNCED,
        "here@x.example": State.DELIVERED,
    }


@pytest.mark.parametrize(
    ("at_recipient", "after_data", "state"),
    [
        ("550 5.1.1 no such user", "", State.BOUNCED),
        ("553 not allowed", "", State.BOUNCED),
        ("450 4.2.1 mailbox busy", "", State.OPEN),
        ("452 4.2.2 mailbox full", "", State.OPEN),
        ("421 4.3.2 closing", "", State.OPEN),
        ("530 5.7.0 log in first", "", State.OPEN),
        ("", "554 5.7.1 we call it spam", State.BOUNCED),
        ("", "451 4.3.0 try later", State.OPEN),
    ],
)
def test_the_answer_of_the_server_decides(at_recipient: str, after_data: str, state: str, server: MailServer) -> None:
    entry = OutboxEntryFactory()
    server.answers[entry.recipient], server.after_data = at_recipient, after_data

    deliver()

    stored = now(entry)
    assert stored.state == state
    assert stored.error == (at_recipient or after_data)
    assert stored.attempts == 1


def test_a_sender_who_is_refused_is_our_own_fault_and_the_mail_waits(server: MailServer) -> None:
    entry = OutboxEntryFactory()
    server.to_sender = "553 5.7.1 sender not allowed"

    deliver()

    assert (now(entry).state, now(entry).error) == (State.OPEN, server.to_sender)


def test_a_mail_that_is_put_off_arrives_at_the_next_attempt_once(server: MailServer) -> None:
    entry = OutboxEntryFactory()
    server.after_data = "451 4.3.0 try later"
    deliver()
    server.after_data = ""

    deliver()
    in_time = list(server.letters)
    let_time_pass(entry)
    deliver()

    assert in_time == []
    assert server.recipients == [entry.recipient]
    assert (now(entry).state, now(entry).error, now(entry).attempts) == (State.DELIVERED, "", 2)


def test_a_worker_that_dies_between_sending_and_closing_sends_a_second_copy_that_can_be_told(
    server: MailServer,
) -> None:
    entry = OutboxEntryFactory()
    lease = claim_next(["mail"])
    assert lease
    hand_over(lease.entry)  # and the worker is gone

    let_time_pass(entry)
    deliver()

    assert len(server.letters) == 2
    assert len(set(server.message_ids)) == 1
    assert now(entry).state == State.DELIVERED


@pytest.mark.parametrize("address", ["two@x.example, three@x.example", "grå@x.example", "a@x.example\nBcc: b"])
def test_what_is_no_address_bounces(address: str, server: MailServer) -> None:
    entry = OutboxEntryFactory(recipient=address, payload=OutboxEntryFactory(delivered=True).payload)

    deliver()

    assert (now(entry).state, server.letters) == (State.BOUNCED, [])


def test_without_a_server_mail_waits_and_nothing_of_it_is_lost(settings: Settings) -> None:
    settings.MAILERS = mailers(f"smtp://127.0.0.1:{free_port()}")
    entry = OutboxEntryFactory()

    deliver()

    stored = now(entry)
    assert stored.state == State.OPEN
    assert stored.error == "The mail server could not be asked: [Errno 111] Connection refused"


@contextmanager
def silent_server() -> Iterator[int]:
    """Takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_a_server_that_says_nothing_holds_nobody_longer_than_its_time_out(settings: Settings) -> None:
    with silent_server() as port:
        settings.MAILERS = mailers(f"smtp://127.0.0.1:{port}?timeout=1")
        OutboxEntryFactory.create_batch(3)
        began = time.monotonic()

        deliver()

    assert time.monotonic() - began < 3
    assert sorted(entry.attempts for entry in entries()) == [0, 0, 1]

"""Support sees what went out, what bounced and why, how each mail looks, and sends again by hand."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from config.tenancy.scopes import support_scope
from licences.models import User
from notifications.mail_previews import PREVIEWS
from notifications.models import OutboxEntry
from tests.conftest import ClientOf
from tests.factories import OutboxEntryFactory
from tests.notifications.mail.entries import deliver, entries, now
from tests.notifications.mail.server import MailServer

pytestmark = pytest.mark.django_db

LIST = "/admin/notifications/outboxentry/"
State = OutboxEntry.State


@pytest.fixture
def client(support: User, client_of: ClientOf) -> Client:
    return client_of(support)


def page_of(entry: Model) -> str:
    return reverse("admin:notifications_outboxentry_change", args=[entry.pk])


def again(client: Client, *chosen: OutboxEntry) -> str:
    data = {"action": "send_again", "_selected_action": [entry.pk for entry in chosen]}
    return client.post(LIST, data, follow=True).text


def test_the_list_shows_what_bounced_and_why(client: Client) -> None:
    OutboxEntryFactory(delivered=True, state=State.BOUNCED, error="550 no such user", recipient="gone@x.example")
    OutboxEntryFactory(recipient="fine@x.example")

    page = client.get(LIST, {"state__exact": "bounced"}).text

    assert "gone@x.example" in page
    assert "550 no such user" in page
    assert "fine@x.example" not in page


@pytest.mark.parametrize("words", ["gone@x.example", "expires", "{serial}"])
def test_mail_is_found_by_reader_subject_and_tenant(words: str, client: Client) -> None:
    entry = OutboxEntryFactory(recipient="gone@x.example", subject="It expires")
    OutboxEntryFactory(recipient="other@x.example", subject="Hello")

    page = client.get(LIST, {"q": words.format(serial=entry.tenant.serial_number)}).text

    assert "gone@x.example" in page
    assert "other@x.example" not in page


@pytest.mark.parametrize("lookup", ["payload__text__startswith", "payload__icontains", "payload"])
def test_no_list_gives_a_text_away_bit_by_bit(lookup: str, client: Client) -> None:
    OutboxEntryFactory()

    assert client.get(LIST, {lookup: "a"}).status_code == 400


def test_the_page_of_a_mail_shows_both_texts_the_html_in_a_frame_that_can_do_nothing(client: Client) -> None:
    entry = OutboxEntryFactory()

    page = client.get(page_of(entry))
    frame = client.get(reverse("admin:notifications_outboxentry_html", args=[entry.pk]))

    assert "It expires tomorrow." in page.text
    assert f'sandbox title="The mail as HTML" src="{frame.request["PATH_INFO"]}">' in page.text
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    assert frame.text == "<p>It expires tomorrow.</p>"
    assert_harmless(frame)


def assert_harmless(frame: HttpResponse) -> None:
    policy = frame["Content-Security-Policy"].split("; ")
    assert sorted(policy) == [
        "default-src 'none'",
        "frame-ancestors 'self'",
        "sandbox",
        "style-src 'unsafe-inline'",
    ]
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


def test_what_opens_a_door_is_not_shown_to_support(client: Client) -> None:
    entry = OutboxEntryFactory(secret=True)

    page = client.get(page_of(entry))
    frame = client.get(reverse("admin:notifications_outboxentry_html", args=[entry.pk]))

    assert "only its reader sees it" in page.text
    assert "It expires tomorrow." not in page.text
    assert frame.status_code == 404


@pytest.mark.parametrize("state", [State.DELIVERED, State.BOUNCED, State.FAILED])
def test_a_mail_is_sent_again_by_hand_which_is_written_down(
    state: str, client: Client, support: User, server: MailServer
) -> None:
    entry = OutboxEntryFactory(delivered=True, state=state, error="550")

    page = again(client, entry)
    deliver()

    assert "1 mail is on its way again." in page
    assert server.recipients == [entry.recipient]
    assert now(entry).state == State.DELIVERED
    with support_scope("a test looks"):
        [log] = LogEntry.objects.all()
    assert (log.user_id, log.object_id, log.change_message) == (support.pk, str(entry.pk), "Sent again.")


def test_of_several_those_are_sent_again_that_can_be(client: Client, server: MailServer) -> None:
    bounced = OutboxEntryFactory(delivered=True, state=State.BOUNCED)
    waiting = OutboxEntryFactory(subject="Waiting")
    forgotten = OutboxEntryFactory(delivered=True, secret=True, payload={"number": "n"}, subject="Forgotten")

    page = again(client, bounced, waiting, forgotten)

    assert "1 mail is on its way again." in page
    assert [f"“{subject}” is on its way still" in page for subject in ("Waiting", "Forgotten")] == [True, True]
    assert [entry.state for entry in entries()] == [State.OPEN, State.OPEN, State.DELIVERED]


def test_the_page_of_a_mail_has_the_button_too(client: Client) -> None:
    entry = OutboxEntryFactory(delivered=True)

    client.post(page_of(entry), {"CHANGE_FORM-action": "send_again", "_selected_action": [entry.pk]})

    assert now(entry).state == State.OPEN


@pytest.mark.parametrize("name", PREVIEWS)
def test_every_mail_can_be_looked_at_with_made_up_data(name: str, client: Client) -> None:
    page = client.get(f"{LIST}mails/", {"mail": name})
    frame = client.get(f"{LIST}mails/html/", {"mail": name})

    mail = page.context["mail"]
    assert mail.subject in page.text or mail.subject.replace("'", "&#x27;") in page.text
    assert mail.body
    assert frame.text.startswith("<!doctype html>")
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    assert_harmless(frame)
    assert entries() == []


@pytest.mark.parametrize("address", ["mails/?mail=no-such", "mails/html/?mail=no-such", "mails/html/", "9/html/"])
def test_what_never_was_is_not_there(address: str, client: Client) -> None:
    assert client.get(LIST + address).status_code == 404


@pytest.mark.parametrize("address", ["", "mails/", "mails/html/?mail=password-forgotten", "1/html/"])
def test_nobody_else_looks_at_mail(address: str, administrator: User, client_of: ClientOf) -> None:
    assert client_of(administrator).get(LIST + address, follow=True).status_code == 403

"""allauth's mails go through the outbox, from the request to the mailbox, with our words and no secret left behind."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import allauth
import pytest
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from config.tenancy.scopes import support_scope
from licences.login_mails import CHANGES
from licences.models import User
from notifications.models import OutboxEntry
from tests.conftest import ClientOf
from tests.factories import PASSWORD
from tests.licences.test_second_factor import enrol
from tests.notifications.mail.entries import deliver, entries
from tests.notifications.mail.server import MailServer

pytestmark = pytest.mark.django_db

NEW = "another long phrase"


def test_whoever_forgot_the_password_gets_in_again_by_the_link_that_arrived(
    client: Client, member: User, server: MailServer
) -> None:
    asked = client.post("/login/forgotten/", {"email": member.email})
    [waiting] = entries()
    deliver()
    [letter] = server.letters
    link = re.search(r"http\S+/login/forgotten/\S+-\S+/", letter.get_body(("plain",)).get_content())
    assert link
    form = client.get(urlsplit(link[0]).path)
    client.post(form["Location"], {"password1": NEW, "password2": NEW})

    assert asked.status_code == 302
    assert letter["To"] == member.email
    assert link[0] in letter.get_body(("html",)).get_content()
    assert Client().post("/login/", {"login": member.login_id, "password": NEW}).status_code == 302
    assert (waiting.tenant_id, waiting.secret) == (None, True)
    assert entries()[0].payload == {"number": waiting.payload["number"]}
    deliver()
    assert [letter["Subject"] for letter in server.letters] == ["Choose a new password", "A new password was chosen"]


def test_no_secret_of_a_delivered_link_is_left_in_the_database(
    client: Client, member: User, server: MailServer
) -> None:
    client.post("/login/forgotten/", {"email": member.email})
    deliver()
    key = re.search(r"/login/forgotten/(\S+-\S+)/", server.letters[0].get_body(("plain",)).get_content())
    assert key

    with support_scope("a test looks"):
        rows = [str(row) for row in OutboxEntry.objects.values()]
    assert [row for row in rows if key[1] in row] == []


def test_a_change_is_told_by_the_tenant_and_sent_again_if_need_be(
    client_of: ClientOf, member: User, server: MailServer
) -> None:
    changed = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    client_of(member).post("/account/password/", changed, headers={"user-agent": "<b>Browser</b>"})

    [entry] = entries()
    assert (entry.tenant_id, entry.secret) == (member.tenant_id, False)
    assert "the password was changed." in entry.payload["text"]
    assert "<b>Browser</b>" in entry.payload["text"]
    assert "&lt;b&gt;Browser&lt;/b&gt;" in entry.payload["html"]
    assert "(CET)" in entry.payload["text"] or "(CEST)" in entry.payload["text"]


def test_a_change_that_is_told_after_the_request_is_written_all_the_same(
    client_of: ClientOf,
    member: User,
    server: MailServer,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        enrol(client_of(member))

    assert "Authenticator app set up" in [entry.subject for entry in entries()]


def test_asking_too_often_writes_no_more_mail(client: Client, member: User, server: MailServer) -> None:
    for _ in range(6):
        client.post("/login/forgotten/", {"email": member.email})

    assert len(entries()) == 5


def test_each_change_that_allauth_tells_of_is_told_in_our_words() -> None:
    templates = Path(allauth.__file__).parent / "templates"
    theirs = {
        path.relative_to(templates).as_posix().removesuffix("_subject.txt")
        for app in ("account", "mfa")
        for path in (templates / app / "email").glob("*_subject.txt")
        if "base_notification" in path.with_name(path.name.replace("_subject", "_message")).read_text()
    }
    of_addresses = {f"account/email/email_{what}" for what in ("changed", "confirm", "deleted")}

    assert theirs - of_addresses == CHANGES.keys()

import re
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from config.mail import mailers
from licences.models import User
from tests.conftest import ClientOf
from tests.factories import PASSWORD, SeatFactory, scope_of

NEW = {"password1": "another long phrase", "password2": "another long phrase"}
SENT = "/login/forgotten/sent/"


def ask(client: Client, email: str, **more: str) -> HttpResponse:
    return client.post("/login/forgotten/", {"email": email}, **more)


def link_in(letter: mail.EmailMessage) -> str:
    found = re.search(r"^https?://\S+/login/forgotten/\S+-\S+/$", letter.body, re.MULTILINE)
    assert found is not None
    return found[0]


def path_in(letter: mail.EmailMessage) -> str:
    return urlsplit(link_in(letter)).path


def choose(client: Client, path: str) -> HttpResponse:
    """Follow the link and choose the new password."""
    form = client.get(path)
    return client.post(form["Location"], NEW) if form.status_code == 302 else form


def logs_in(user: User, password: str) -> bool:
    response = Client().post("/login/", {"login": user.login_id, "password": password})
    return response.status_code == 302


def test_whoever_forgot_the_password_chooses_another_by_mail(client: Client, member: User) -> None:
    asked = ask(client, member.email.upper())
    chosen = choose(client, path_in(mail.outbox[0]))

    assert asked["Location"] == SENT
    assert mail.outbox[0].to == [member.email]
    assert member.login_id in mail.outbox[0].body
    assert chosen["Location"] == "/login/forgotten/changed/"
    assert logs_in(member, NEW["password1"])
    assert not logs_in(member, PASSWORD)


def test_an_address_that_no_mail_can_carry_is_refused(client: Client, member: User) -> None:
    response = ask(client, '"a\\\x0bb"@example.com')

    assert response.status_code == 200
    assert "This is no e-mail address." in response.content.decode()
    assert mail.outbox == []


def test_choosing_a_password_does_not_log_in(client: Client, member: User) -> None:
    ask(client, member.email)

    choose(client, path_in(mail.outbox[0]))

    assert client.get("/account/").status_code == 302


def test_the_new_password_is_told_by_mail_and_ends_every_session(
    client: Client, client_of: ClientOf, member: User
) -> None:
    elsewhere = client_of(member)
    ask(client, member.email)

    choose(client, path_in(mail.outbox[0]))

    assert mail.outbox[1].subject == "A new password was chosen"
    assert mail.outbox[1].to == [member.email]
    assert elsewhere.get("/account/").status_code == 302


def test_a_mail_server_that_is_down_undoes_no_change(client: Client, member: User, settings: Settings) -> None:
    ask(client, member.email)
    settings.MAILERS = mailers("smtp://127.0.0.1:1")

    chosen = choose(client, path_in(mail.outbox[0]))

    assert chosen["Location"] == "/login/forgotten/changed/"
    assert logs_in(member, NEW["password1"])


def test_support_staff_choose_theirs_the_same_way(client: Client, support: User) -> None:
    ask(client, support.email)

    assert choose(client, path_in(mail.outbox[0]))["Location"] == "/login/forgotten/changed/"


def test_a_link_works_once(client: Client, member: User) -> None:
    ask(client, member.email)
    path = path_in(mail.outbox[0])
    choose(client, path)

    again = choose(Client(), path)

    assert "This link is used up" in again.content.decode()


def test_a_link_works_for_an_hour(client: Client, member: User) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        ask(client, member.email)
        path = path_in(mail.outbox[0])

        clock.shift(3600)
        in_time = Client().get(path)
        clock.shift(1)
        too_late = Client().get(path)

    assert in_time.status_code == 302
    assert "This link is used up" in too_late.content.decode()


@pytest.mark.parametrize("path", ["1-bad", "zzzzzzzzzzzzz-bad", "0-set-password", "1-"])
def test_an_invented_link_is_one_that_is_used_up(client: Client, db: None, path: str) -> None:
    response = client.get(f"/login/forgotten/{path}/")

    assert response.status_code in {200, 404}
    if response.status_code == 200:
        assert "This link is used up" in response.content.decode()


def test_a_link_leads_to_the_configured_host_whatever_the_request_said(
    client: Client, member: User, settings: Settings
) -> None:
    settings.BASE_URL = "https://console.example"
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]

    ask(client, member.email, HTTP_HOST="other.example", HTTP_X_FORWARDED_HOST="evil.example")

    assert link_in(mail.outbox[0]).startswith("https://console.example/login/forgotten/")
    assert "other.example" not in mail.outbox[0].body
    assert "evil.example" not in mail.outbox[0].body


def test_users_who_share_an_address_get_a_link_each(client: Client, member: User) -> None:
    other = SeatFactory(licence__type__plan=True, user__email=member.email.upper()).user
    ask(client, member.email)

    assert len(mail.outbox) == 2
    for letter in list(mail.outbox):
        choose(Client(), path_in(letter))

    assert logs_in(member, NEW["password1"])
    assert logs_in(other, NEW["password1"])


def test_nobody_learns_whether_an_address_is_known(client: Client, member: User) -> None:
    known, unknown = ask(client, member.email), ask(client, "nobody@nordlys.example")

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [letter.to for letter in mail.outbox] == [[member.email], ["nobody@nordlys.example"]]
    assert "No user who can log in has this address." in mail.outbox[1].body


def test_who_may_not_log_in_gets_no_link(client: Client, member: User) -> None:
    with scope_of(member):
        User.objects.filter(pk=member.pk).update(can_log_in=False)

    ask(client, member.email)

    assert "No user who can log in has this address." in mail.outbox[0].body


def test_a_look_alike_address_gets_nothing_of_the_real_one(client: Client, db: None) -> None:
    SeatFactory(licence__type__plan=True, user__email="mike@github.example")

    ask(client, "mıke@github.example")

    assert all("/login/forgotten/" not in letter.body for letter in mail.outbox)


def test_one_address_is_not_flooded_with_mail(client: Client, member: User) -> None:
    answers = [ask(client, member.email).status_code for _ in range(6)]

    assert answers == [302, 302, 302, 302, 302, 429]
    assert len(mail.outbox) == 5


def test_too_plain_a_password_is_refused(client: Client, member: User) -> None:
    ask(client, member.email)
    form = client.get(path_in(mail.outbox[0]))

    response = client.post(form["Location"], {"password1": "short", "password2": "short"})

    assert response.status_code == 200
    assert "at least 12 characters" in response.content.decode()
    assert logs_in(member, PASSWORD)


def test_the_link_of_another_user_works_once_one_has_logged_out(
    client: Client, client_of: ClientOf, member: User
) -> None:
    somebody = client_of(SeatFactory(licence__type__plan=True).user)
    ask(client, member.email)
    path = path_in(mail.outbox[0])

    refused = somebody.get(path)
    left = somebody.post("/logout/", {"next": path})

    assert "The link of another user works once you have logged out." in refused.content.decode()
    assert left["Location"] == path
    assert choose(somebody, path)["Location"] == "/login/forgotten/changed/"

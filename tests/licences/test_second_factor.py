import base64
import hmac
import re
import struct
import time
from collections.abc import Iterator

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from licences.models import User
from tests.conftest import ClientOf
from tests.factories import PASSWORD

HOME = "/licences/superoffice/"
ENROL = "/account/second-step/"


def code_of(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238: SHA-1, 30 seconds, six digits)."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF) % 1_000_000:06}"


def log_in(client: Client, user: User, **more: str) -> HttpResponse:
    return client.post("/login/", {"login": user.login_id, "password": PASSWORD, **more})


def enrol(client: Client) -> str:
    """Set up an authenticator app, as the pages lead one; returns its secret."""
    client.post("/account/confirm/", {"password": PASSWORD})
    page = client.get("/account/second-step/app/on/").content.decode()
    found = re.search(r"<code>([A-Z2-7]{32})</code>", page)
    assert found is not None
    response = client.post("/account/second-step/app/on/", {"code": code_of(found[1])})
    assert response["Location"] == "/account/second-step/codes/"
    return found[1]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def secret(client_of: ClientOf, member: User, clock: time_machine.Traveller) -> str:
    """What the member's authenticator app knows."""
    secret = enrol(client_of(member))
    clock.shift(60)
    return secret


def test_setting_up_an_app_needs_the_password_again(client_of: ClientOf, member: User) -> None:
    response = client_of(member).get("/account/second-step/app/on/")

    assert response["Location"].startswith("/account/confirm/?next=")


def test_a_wrong_code_sets_up_nothing(client_of: ClientOf, member: User) -> None:
    client = client_of(member)
    client.post("/account/confirm/", {"password": PASSWORD})
    client.get("/account/second-step/app/on/")

    response = client.post("/account/second-step/app/on/", {"code": "000000"})

    assert "That code is not right." in response.content.decode()
    assert not Authenticator.objects.filter(user=member).exists()


def test_setting_up_an_app_gives_recovery_codes_and_is_told_by_mail(
    client_of: ClientOf, member: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    client = client_of(member)

    with django_capture_on_commit_callbacks(execute=True):
        enrol(client)

    codes = re.findall(r"<code>(\d{8})</code>", client.get("/account/second-step/codes/").content.decode())
    assert len(codes) == 10
    assert [letter.to for letter in mail.outbox] == [[member.email]]
    assert "an authenticator app was set up" in mail.outbox[0].body


def test_with_an_app_the_password_alone_does_not_let_in(client: Client, member: User, secret: str) -> None:
    response = log_in(client, member)

    assert response["Location"] == "/login/second-step/"
    assert client.get("/account/")["Location"] == "/login/?next=/account/"


def test_the_code_of_the_app_lets_in_and_leads_to_where_one_was_going(
    client: Client, member: User, secret: str
) -> None:
    log_in(client, member, next="/licences/status/")

    response = client.post("/login/second-step/", {"code": code_of(secret)})

    assert response["Location"] == "/licences/status/"
    assert client.get("/account/").status_code == 200


def test_a_code_opens_once(client: Client, member: User, secret: str) -> None:
    log_in(client, member)
    client.post("/login/second-step/", {"code": code_of(secret)})
    onlooker = Client()
    log_in(onlooker, member)

    response = onlooker.post("/login/second-step/", {"code": code_of(secret)})

    assert "That code is not right." in response.content.decode()


def test_a_code_of_a_minute_ago_does_not_let_in(
    client: Client, member: User, secret: str, clock: time_machine.Traveller
) -> None:
    old = code_of(secret)
    clock.shift(60)
    log_in(client, member)

    response = client.post("/login/second-step/", {"code": old})

    assert "That code is not right." in response.content.decode()


def test_codes_cannot_be_guessed_at_will(client: Client, member: User, secret: str) -> None:
    log_in(client, member)
    for _ in range(10):
        client.post("/login/second-step/", {"code": "000000"})

    response = client.post("/login/second-step/", {"code": code_of(secret)})

    assert "Too many attempts failed." in response.content.decode()


def test_a_recovery_code_opens_once(client: Client, member: User, secret: str) -> None:
    codes = Authenticator.objects.get(user=member, type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()
    log_in(client, member)
    first = client.post("/login/second-step/", {"code": codes[0]})
    other = Client()
    log_in(other, member)

    again = other.post("/login/second-step/", {"code": codes[0]})

    assert first["Location"] == HOME
    assert "That code is not right." in again.content.decode()


def test_the_second_step_does_not_wait_for_ever(
    client: Client, member: User, secret: str, clock: time_machine.Traveller
) -> None:
    log_in(client, member)
    clock.shift(16 * 60)

    response = client.post("/login/second-step/", {"code": code_of(secret)})

    assert response["Location"] == "/login/"


def test_the_app_can_be_turned_off_again(client: Client, member: User, secret: str) -> None:
    log_in(client, member)
    client.post("/login/second-step/", {"code": code_of(secret)})
    client.post("/account/confirm/", {"password": PASSWORD})

    response = client.post("/account/second-step/app/off/")

    assert response["Location"] == ENROL
    assert not Authenticator.objects.filter(user=member).exists()


def test_nobody_sees_or_removes_the_key_of_another(client_of: ClientOf, member: User, outsider: User) -> None:
    key = Authenticator.objects.create(user=outsider, type=Authenticator.Type.WEBAUTHN, data={"name": "Theirs"})
    client = client_of(member)
    client.post("/account/confirm/", {"password": PASSWORD})

    answers = [client.get(f"/account/second-step/keys/{key.pk}/{page}").status_code for page in ("", "remove/")]

    assert answers == [404, 404]
    assert "Theirs" not in client.get("/account/second-step/keys/").content.decode()


def addresses(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Every address of the site, with something for each part that varies."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = before + re.sub(r"\(\?P<[^)]+\)|<[^>]+>", "1", str(pattern.pattern)).removesuffix("$").replace("^", "")
        if isinstance(pattern, URLPattern):
            yield f"/{path}"
        else:
            yield from addresses(pattern, path)


OPEN_TO_WHO_ENROLS = {ENROL, f"{ENROL}app/on/", f"{ENROL}keys/new/", "/account/confirm/", "/logout/", "/admin/logout/"}
OPEN_TO_WHO_PROVES = {"/account/confirm/code/", "/account/confirm/key/"}


@pytest.fixture
def unproved(client: Client, support: User, settings: Settings) -> Client:
    """A member of support who gave the password, and has no second factor yet."""
    settings.SUPPORT_MFA_OPTIONAL = False
    log_in(client, support)
    return client


def test_support_without_a_second_factor_reaches_nothing_but_where_one_is_set_up(unproved: Client) -> None:
    of_pages = [path for path in addresses() if not path.startswith("/api/")]  # there a session counts for nothing
    closed = [path for path in of_pages if path not in OPEN_TO_WHO_ENROLS | OPEN_TO_WHO_PROVES]

    reached = [path for path in closed for response in [unproved.get(path)] if not leads(response, ENROL)]

    assert len(closed) > 40
    assert reached == []


def leads(response: HttpResponse, where: str) -> bool:
    """Whether the answer leads there, or to the door of Django admin, which leads there."""
    return response.status_code == 302 and response["Location"] in {where, "/admin/"}


def test_support_is_told_why_a_second_factor_is_asked_for(unproved: Client) -> None:
    page = unproved.get("/admin/", follow=True)

    assert page.request["PATH_INFO"] == ENROL
    assert "Support staff log in with a second factor." in page.content.decode()


def test_support_sets_up_an_app_proves_it_and_is_in(
    unproved: Client, support: User, clock: time_machine.Traveller
) -> None:
    secret = enrol(unproved)

    held = unproved.get("/admin/")
    proved = unproved.post("/account/confirm/code/", {"code": code_of(secret), "next": "/admin/"})

    assert held["Location"] == "/account/confirm/code/?next=/admin/"
    assert proved["Location"] == "/admin/"
    assert unproved.get("/admin/").status_code == 200


def test_support_logs_in_with_password_and_code(unproved: Client, support: User, clock: time_machine.Traveller) -> None:
    secret = enrol(unproved)
    clock.shift(60)
    client = Client()
    log_in(client, support)

    response = client.post("/login/second-step/", {"code": code_of(secret)})

    assert response["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_a_session_from_before_the_factor_was_there_has_to_prove_it(
    unproved: Client, support: User, clock: time_machine.Traveller
) -> None:
    thief = Client()
    log_in(thief, support)
    enrol(unproved)

    pages = [thief.get(path)["Location"] for path in ("/admin/", f"{ENROL}keys/new/", f"{ENROL}app/off/", ENROL)]

    assert all(page.startswith("/account/confirm/code/?next=") for page in pages)


def test_support_with_a_key_only_is_led_to_use_it(unproved: Client, support: User) -> None:
    Authenticator.objects.create(user=support, type=Authenticator.Type.WEBAUTHN, data={"name": "Key"})

    response = unproved.get("/admin/")

    assert response["Location"] == "/account/confirm/key/?next=/admin/"


def test_the_password_again_is_no_second_factor(unproved: Client, support: User, clock: time_machine.Traveller) -> None:
    enrol(unproved)

    response = unproved.post("/account/confirm/", {"password": PASSWORD, "next": "/admin/"})

    assert response["Location"].startswith("/account/confirm/code/?next=")


def test_in_development_support_may_go_without(client: Client, support: User, settings: Settings) -> None:
    settings.SUPPORT_MFA_OPTIONAL = True
    log_in(client, support)

    assert client.get("/admin/").status_code == 200


def test_a_tenants_user_needs_no_second_factor(client: Client, member: User, settings: Settings) -> None:
    settings.SUPPORT_MFA_OPTIONAL = False
    log_in(client, member)

    assert client.get("/account/").status_code == 200

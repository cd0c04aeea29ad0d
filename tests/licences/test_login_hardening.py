import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from licences.models import User
from tests.conftest import ClientOf
from tests.factories import PASSWORD

OPEN = ["/login/", "/login/forgotten/", "/login/forgotten/sent/", "/login/forgotten/changed/", "/login/forgotten/1-x/"]
OWN = [
    "/account/",
    "/account/password/",
    "/account/confirm/",
    "/account/confirm/code/",
    "/account/second-step/",
    "/account/second-step/app/on/",
    "/account/second-step/keys/",
    "/account/second-step/keys/new/",
    "/logout/",
]
PRODUCTION = {
    "DEBUG": "false",
    "BASE_URL": "https://console.example",
    "SECRET_KEY": "3qT9vLw0ZkXy7RmN2sBd8HfJ5pCg1UaE6oVi4WxKtYzQnMbPrS",
}


def in_production(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python as production would: other settings, so another process."""
    of_tests = {"SUPPORT_MFA_OPTIONAL", "DJANGO_ALLOW_ASYNC_UNSAFE"}
    environ = {name: value for name, value in os.environ.items() if name not in of_tests}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=Path(django_settings.BASE_DIR),
        env=environ | PRODUCTION,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def inside(client_of: ClientOf, member: User) -> Client:
    """A client of a member who has just given the password again, so that each own page opens."""
    Authenticator.objects.create(
        user=member, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "a", "used_mask": 0}
    )
    client = client_of(member)
    client.post("/account/confirm/", {"password": PASSWORD})
    return client


def test_a_page_says_what_browsers_may_do_with_it(client: Client, db: None) -> None:
    response = client.get("/login/")

    assert response["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("path", OPEN)
def test_an_open_page_carries_no_inline_code_and_a_token_in_each_form(client: Client, db: None, path: str) -> None:
    assert_clean(client.get(path).content.decode())


@pytest.mark.parametrize("path", OWN)
def test_ones_own_page_carries_no_inline_code_and_a_token_in_each_form(inside: Client, path: str) -> None:
    response = inside.get(path)

    assert response.status_code == 200
    assert_clean(response.content.decode())


def assert_clean(page: str) -> None:
    scripts = re.findall(r"<script\b[^>]*>", page)
    assert [script for script in scripts if " src=" not in script and "application/json" not in script] == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", page) == []
    for form in re.findall(r'<form\b[^>]*method="post".*?</form>', page, re.DOTALL):
        assert form.count("csrfmiddlewaretoken") == 1


@pytest.mark.parametrize("path", [*OPEN, *OWN])
def test_browsers_keep_no_page(inside: Client, path: str) -> None:
    assert "no-store" in inside.get(path)["Cache-Control"]


def test_the_cookies_are_out_of_reach_of_scripts_and_other_sites(client: Client, member: User) -> None:
    client.post("/login/", {"login": member.login_id, "password": PASSWORD})
    client.get("/account/")

    for name in ("sessionid", "csrftoken"):
        cookie = client.cookies[name]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
    assert client.cookies["sessionid"]["max-age"] == ""


def test_in_production_cookies_need_tls_and_belong_to_the_host_alone() -> None:
    names = ["SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"]
    script = f"import json; from config import settings; print(json.dumps([getattr(settings, n) for n in {names}]))"

    shown = in_production("-c", script)

    assert json.loads(shown.stdout) == ["__Host-sessionid", "__Host-csrftoken", True, True]


def test_in_production_support_cannot_go_without_a_second_factor() -> None:
    shown = in_production("-c", "from config import settings; print(settings.SUPPORT_MFA_OPTIONAL)")

    assert shown.stdout.strip() == "False"


def test_djangos_own_list_for_production_finds_nothing() -> None:
    checked = in_production("manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert "no issues" in checked.stdout
    assert checked.returncode == 0


def test_in_production_plain_http_is_led_to_tls_except_for_whoever_watches(db: None, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    client = Client()

    plain = client.get("/login/")
    behind_the_proxy = client.get("/login/", headers={"X-Forwarded-Proto": "https"})
    watched = client.get("/healthz/live/")

    assert (plain.status_code, plain["Location"]) == (301, "https://testserver/login/")
    assert behind_the_proxy.status_code == 200
    assert watched.status_code == 200


@pytest.mark.parametrize("credential", ["[" * 100_000, "9" * 5_000, "{", "\x00", "null", '{"id": []}'])
def test_a_credential_that_no_browser_sends_is_refused(client: Client, db: None, credential: str) -> None:
    client.get("/login/passkey/", headers={"X-Requested-With": "XMLHttpRequest"})

    response = client.post("/login/passkey/", {"credential": credential})

    assert response.status_code in (200, 302)
    assert "_auth_user_id" not in client.session

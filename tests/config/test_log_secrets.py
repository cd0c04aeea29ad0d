import re
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from config.tenancy.scopes import support_scope
from licences.models import User
from tests.config.conftest import Log
from tests.conftest import ClientOf
from tests.factories import PASSWORD

WRONG_PASSWORD = "canary wrong pass phrase"
NEW_PASSWORD = "canary new pass phrase"
BEARER = "canary-bearer-token"
SEARCHED = "canary-searched"


def code_for(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time()))))


def log_in(client: Client, user: User, password: str) -> None:
    client.post(reverse("account_login"), {"login": user.login_id, "password": password})


def set_up_second_factor(client: Client) -> list[str]:
    """The secret of the authenticator app, the code that proved it, and the recovery codes."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    code = code_for(secret)
    client.post(reverse("mfa_activate_totp"), {"code": code})
    codes = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    return [secret, code, *codes]


def reset_password(client: Client, user: User) -> str:
    """Through the link that the mail brought, which is returned."""
    client.post(reverse("account_reset_password"), {"email": user.email})
    [link] = re.findall(r"https?://\S+/login/forgotten/\S+", mail.outbox[-1].body)
    form = client.get(urlsplit(link).path)
    client.get(reverse("account_login"), headers={"referer": link})
    client.post(form["Location"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    return str(link)


def session_and_token(client: Client) -> list[str]:
    return [client.cookies[settings.SESSION_COOKIE_NAME].value, client.cookies[settings.CSRF_COOKIE_NAME].value]


def test_no_secret_and_no_person_is_in_the_log_of_all_that_has_to_do_with_logging_in(
    administrator: User, log: Log
) -> None:
    client, elsewhere = Client(), Client()
    log_in(client, administrator, WRONG_PASSWORD)
    log_in(client, administrator, PASSWORD)
    secrets = [*set_up_second_factor(client), *session_and_token(client)]
    client.get(
        reverse("licences:superoffice"),
        {"q": SEARCHED},
        headers={"authorization": f"Bearer {BEARER}", "x-csrftoken": secrets[-1]},
    )
    client.post(reverse("account_logout"))
    link = reset_password(elsewhere, administrator)
    log_in(elsewhere, administrator, NEW_PASSWORD)

    with support_scope("a test looks"):
        administrator.refresh_from_db()
        stored = Authenticator.objects.get(user=administrator, type="totp").data["secret"]
    assert administrator.check_password(NEW_PASSWORD)  # the canaries were really let fly
    assert len(log.events("request")) > 10
    planted = [WRONG_PASSWORD, PASSWORD, NEW_PASSWORD, BEARER, SEARCHED, stored, link, administrator.password]
    planted += [*secrets, link.rstrip("/").rpartition("-")[2], link.rstrip("/").rpartition("/")[2]]
    person = [administrator.full_name, administrator.email, administrator.login_id]
    assert [canary for canary in [*planted, *person] if canary in log.text] == []


@pytest.mark.django_db
@pytest.mark.parametrize("slip", ["", "x/y"])
def test_a_reset_link_that_is_mistyped_is_not_in_the_log(slip: str, client: Client, log: Log) -> None:
    client.get(f"/login/forgotten/1a-canary-key{slip}")

    assert len(log.events("request")) == 1
    assert "canary-key" not in log.text


def test_no_token_is_in_the_log_of_all_that_has_to_do_with_api_tokens(
    administrator: User, client_of: ClientOf, log: Log
) -> None:
    client = client_of(administrator)
    made = client.post(reverse("licences:token_new"), {"source": "crm", "scopes": ["usage:read"]})
    token = made.context["made"].clear
    wrong = "lic_" + "c0ffee" * 10 + "cafe"
    address = reverse("api:licences")
    for shown in (f"Bearer {token}", f"Bearer {wrong}", f"Token {token}", token):
        Client().get(address, headers={"authorization": shown})
    Client().get(address, {"access_token": token})
    Client().get(f"/api/v1/{token}")
    Client().put(address, token, content_type="application/json", headers={"authorization": f"Bearer {token}"})
    client.post(reverse("licences:token_revoke", args=[made.context["made"].token.pk]))

    assert len(log.events("request")) == 9
    planted = [token, token[12:], wrong, made.context["made"].token.hash]
    assert [canary for canary in planted if canary in log.text] == []

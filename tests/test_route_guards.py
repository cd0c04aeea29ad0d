"""On every route: nobody is let in without a login, nothing unsafe done without a token, nothing changed by a look."""

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import reverse

from licences.models import User
from tests.conftest import ClientOf
from tests.routes import House, Route, all_rows, build_house, by_each, routes, samples

pytestmark = pytest.mark.django_db

PUBLIC = {
    "account_login": "logging in",
    "mfa_login_webauthn": "logging in with a passkey",
    "mfa_authenticate": "the second step of logging in; without the first it leads back to it",
    "account_reset_password": "asking for a new password",
    "account_reset_password_done": "says that a mail is on its way, to whomever",
    "account_reset_password_from_key": "setting a new password, with the key of the mail",
    "account_reset_password_from_key_done": "says that the password is changed",
    "account_logout": "logging out; without a login it leads to the login page",
    "api:openapi-json": "the document of the API",
    "api:openapi-view": "the API in words",
    "api:api-root": "leads to the API in words",
    "api-unknown": "says that the API has no such address",
    "licences:demo_licence_server": "the demo's licence server, for which nobody logs in; only in development",
    "notifications:dev_mail": "the inbox of development, where mail with reset links is read; only in development",
    "notifications:dev_mail_html": "one mail of that inbox; only in development",
}
"""What may be asked without a login, and why. The calls of the API ask for a token instead."""

NEEDS_A_DEVICE = ("mfa_reauthenticate_webauthn",)
"""Shows what a real passkey has said, which the passkey here has not."""
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
LOOKING = ("GET", "HEAD", "OPTIONS")


@pytest.fixture
def house() -> House:
    return build_house()


@pytest.fixture
def user(role: str, house: House, support: User) -> User:
    return {"administrator": house.administrator, "member": house.member, "support": support}[role]


def address(route: Route, house: House) -> str:
    return route.address(route.values_of(house))


def is_admins(route: Route) -> bool:
    return route.template.startswith("admin/")


def of_interest(of: list[Route], role: str) -> list[Route]:
    """All of them; but of Django admin, which is shut to all but support, others are shown samples."""
    return of if role == "support" else samples(of)


def is_call(route: Route) -> bool:
    return route.is_api and route.name not in PUBLIC


def test_without_a_login_every_route_leads_to_the_login_page(house: House) -> None:
    doors = {resolve_url(settings.LOGIN_URL), reverse("admin:login")}
    closed = [route for route in routes() if route.name not in PUBLIC and not route.is_api]

    answers = {str(route): Client().get(address(route, house)) for route in closed}

    assert {name: response.status_code for name, response in answers.items() if response.status_code != 302} == {}
    assert {name: response["Location"] for name, response in answers.items() if path(response) not in doors} == {}


def path(response: HttpResponse) -> str:
    return response["Location"].partition("?")[0]


def test_the_public_list_is_what_the_views_say() -> None:
    opened = {
        route.name for route in routes() if not getattr(route.view, "login_required", True) and not is_call(route)
    }

    assert {name for name in opened if name and not name.startswith("admin:")} == PUBLIC.keys()


@pytest.mark.parametrize("role", ["administrator", "member"])
def test_django_admin_is_shut_to_everybody_but_support(house: House, user: User, client_of: ClientOf) -> None:
    client = client_of(user)

    seen = {str(route): client.get(address(route, house)).status_code for route in routes() if is_admins(route)}

    assert {name for name, status in seen.items() if status not in (302, 403, 404)} == {"admin/logout/"}


@pytest.mark.parametrize("role", ["administrator", "support"])
def test_nothing_unsafe_is_done_without_a_token(role: str, house: House, user: User, client_of: ClientOf) -> None:
    forms = [route for route in of_interest(routes(), role) if not route.is_api]
    addresses = {route: address(route, house) for route in forms if role != "support" or is_admins(route)}
    client = Client(enforce_csrf_checks=True)
    client.cookies[settings.SESSION_COOKIE_NAME] = client_of(user).cookies[settings.SESSION_COOKIE_NAME].value
    before = all_rows()

    answers = {
        f"{method} {route}": client.generic(method, addresses[route]).status_code
        for method, route in by_each(UNSAFE, addresses)
    }

    assert {asked: status for asked, status in answers.items() if status != 403} == {}
    assert all_rows() == before


@pytest.mark.parametrize("role", ["", "administrator", "support"])
def test_without_an_api_token_every_call_is_refused_whoever_is_logged_in(
    role: str, house: House, support: User, client_of: ClientOf
) -> None:
    users = {"administrator": house.administrator, "support": support}
    client = client_of(users[role]) if role else Client()
    calls = {route: address(route, house) for route in routes() if is_call(route)}
    before = all_rows()

    answers = {
        f"{method} {route}": client.generic(method, at, "{}", "application/json")
        for route, at in calls.items()
        for method in (*LOOKING, *UNSAFE)
    }

    assert calls
    assert {response.status_code for response in answers.values()} == {401, 405}
    assert {response["Content-Type"] for response in answers.values()} == {"application/problem+json"}
    assert all(response["WWW-Authenticate"] for response in answers.values() if response.status_code == 401)
    assert all_rows() == before


@pytest.mark.parametrize("role", ["administrator", "member", "support"])
def test_looking_changes_nothing(role: str, house: House, user: User, client_of: ClientOf) -> None:
    looked_at = [route for route in of_interest(routes(), role) if route.name not in NEEDS_A_DEVICE]
    addresses = {route: address(route, house) for route in looked_at}
    client = client_of(user)
    before = all_rows()

    answers = {
        f"{method} {route}": client.generic(method, addresses[route]).status_code
        for method, route in by_each(LOOKING, addresses)
    }

    assert {asked: status for asked, status in answers.items() if status >= 500} == {}
    assert all_rows() == before

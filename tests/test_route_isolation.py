"""Whatever is asked, however: a thing of another tenant answers as one that never was, and stays as it is."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from django.http import HttpResponse
from django.test import Client

from licences.middleware import VISIT
from licences.models import ApiToken, User
from licences.services.api_tokens import make_token
from tests.conftest import ClientOf
from tests.factories import scope_of
from tests.proof import PROOF
from tests.routes import House, Route, build_house, passkey_of, routes, rows_of, samples

pytestmark = pytest.mark.django_db

OURS = ("licences:", "metering:", "notifications:")
ROLES = ("administrator", "member", "visit", "anonymous")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PARTS = [{"HX-Request": "true", "HX-Target": target} for target in ("panel", "list", "detail", "holders")]
FRESH = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")\w+|(?<=nonce=")[\w-]+|(?<=nonce-)[\w-]+|[0-9a-f-]{36}')
NEW_EACH_TIME = {"Date", "Expires", "X-Request-ID", "Content-Length"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str


def ask(client: Client, method: str, address: str, headers: dict[str, str], body: Any = None) -> Answer:
    """What one answer can be told from another by: all of it but for what is new in each, and the address itself."""

    def common(text: str) -> str:
        return FRESH.sub("", text.replace(quote(address, safe=""), "…").replace(address, "…"))

    sent = () if body is None else (json.dumps(body), "application/json")
    response: HttpResponse = client.generic(method, address, *sent, headers=headers)
    return Answer(
        response.status_code,
        {name: common(value) for name, value in response.items() if name not in NEW_EACH_TIME},
        common((b"".join(response.streaming_content) if response.streaming else response.content).decode()),
    )


@pytest.fixture
def ours() -> House:
    return build_house()


@pytest.fixture
def theirs() -> House:
    return build_house()


@pytest.fixture
def client(role: str, ours: House, support: User, client_of: ClientOf) -> Client:
    """Somebody who should see nothing of the other tenant, with a login that is seconds old."""
    if role == "anonymous":
        return Client()
    client = client_of({"administrator": ours.administrator, "member": ours.member, "visit": support}[role])
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session[VISIT] = ours.tenant.pk
    session.save()
    return client


def with_parameters(*names: str) -> list[Route]:
    return [route for route in routes() if route.parameters and route.name.startswith(names)]


def asked(route: Route, role: str) -> Iterator[tuple[str, dict[str, str]]]:
    """How this role asks: with full counts by every method and for every part. Django admin is support's, who may see
    every tenant; to others it is one closed door."""
    if route.template.startswith("admin/"):
        yield from ((method, {}) for method in ("GET", "POST") if role != "visit")
        return
    is_asked_closely = PROOF or role == "administrator"
    yield from ((method, {}) for method in (METHODS if is_asked_closely else ("GET", "POST")))
    yield from (("GET", headers) for headers in (PARTS if PROOF else PARTS[: 2 if is_asked_closely else 1]))


@pytest.mark.parametrize("role", ROLES)
def test_a_thing_of_another_tenant_answers_as_one_that_never_was(role: str, client: Client, theirs: House) -> None:
    passkey_of(theirs.administrator)
    before = rows_of(theirs.tenant)
    told_apart = []

    for route in samples(with_parameters("")):
        known, unknown = route.address(route.values_of(theirs)), route.address(route.values_of_nothing())
        for method, headers in asked(route, role):
            for_theirs, for_nothing = (ask(client, method, address, headers) for address in (known, unknown))
            if for_theirs != for_nothing or for_theirs.status >= 500:
                told_apart.append((str(route), method, headers, for_theirs, for_nothing))

    assert told_apart == []
    assert rows_of(theirs.tenant) == before


BODIES = {
    "api:hold": {"reason": "12 open requests"},
    "api:system_event": {"status": "running"},
    "api:consume": {"quantity": 1},
    "api:release": {"quantity": 1},
    "api:restriction": {"used": 1, "observed_at": "2026-01-05T09:00:00Z"},
    "api:producer_totals": {"mailing-emails": "1"},
}
"""What a call of the API must be sent to get as far as looking for the thing."""
MAKES = {("api:system_event", "PUT"): 201, ("api:producer_totals", "PUT"): 200}
"""Calls that make a thing of one's own under the name in the address, whoever else has one of that name."""


def test_to_a_back_end_a_thing_of_another_tenant_answers_as_one_that_never_was(ours: House, theirs: House) -> None:
    with scope_of(ours.tenant):
        shown = make_token(ours.tenant, source="crm", scopes=ApiToken.Scope.values, by=None).clear
    headers = {"Authorization": f"Bearer {shown}"}
    before = rows_of(theirs.tenant)

    answers = {
        (str(route), method, whose): ask(Client(), method, route.address(values), headers, BODIES.get(route.name))
        for route in with_parameters("api:")
        for method in METHODS
        for whose, values in (("theirs", route.values_of(theirs)), ("nobody's", route.values_of_nothing()))
        if (route.name, method) not in MAKES
    }
    made = {
        (name, method): ask(Client(), method, route.address(values), headers, BODIES[name]).status
        for route in with_parameters("api:")
        for name, method in MAKES
        if route.name == name
        for values in (route.values_of(theirs), route.values_of_nothing())
    }

    assert {answer.status for answer in answers.values()} == {404, 405}
    assert made == MAKES
    assert [asked for asked, answer in answers.items() if answer != answers[(*asked[:2], "nobody's")]] == []
    assert rows_of(theirs.tenant) == before


ONLY_DONE = {
    "licences:activate": "a button of the page of what waits",
    "notifications:import_run": "a button of the import that is checked",
    "notifications:import_discard": "a button of the import",
    "notifications:notice_end": "a button of the notice",
    "notifications:retry": "a button below the list of events",
}
"""What can be posted and not be looked at, and where one posts it from."""


def looked_at() -> list[Route]:
    return [route for route in with_parameters(*OURS) if route.name not in ONLY_DONE]


@pytest.mark.parametrize("role", ["administrator", "visit"])
def test_what_is_only_done_is_not_looked_at(role: str, client: Client, ours: House) -> None:
    done = [route for route in with_parameters(*OURS) if route.name in ONLY_DONE]

    assert {client.get(route.address(route.values_of(ours))).status_code for route in done} == {405}


NOBODYS = {"metering:service", "metering:days_csv", "metering:history_csv", "metering:events_csv"}
"""A metered service is the price list's, and not to be seen on CRM Suite, where the houses are."""


@pytest.mark.parametrize("role", ["administrator", "visit"])
def test_the_samples_are_things_that_their_own_tenant_sees(role: str, client: Client, ours: House) -> None:
    seen = [route for route in looked_at() if route.name not in NOBODYS]
    statuses = {str(route): client.get(route.address(route.values_of(ours))).status_code for route in seen}

    assert statuses == dict.fromkeys(statuses, 200)


@pytest.mark.parametrize("role", ["administrator", "member", "visit"])
def test_what_never_was_is_a_designed_404(role: str, client: Client) -> None:
    """But for members, to whom administrators' pages say that they are not for them, whatever is asked there."""
    answers = [client.get(route.address(route.values_of_nothing())) for route in looked_at()]

    assert {response.status_code for response in answers} - ({403} if role == "member" else set()) == {404}
    assert all(
        f"{response.status_code}.html" in {template.name for template in response.templates} for response in answers
    )

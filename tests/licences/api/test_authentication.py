"""Who is let in to the API: whoever shows a token that works, in the one place where it belongs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.tenancy.scopes import identity_scope
from licences.models import ApiToken, Tenant, User
from licences.services.api_tokens import find_token, make_token, mark_use, revoke_token
from tests.conftest import ClientOf
from tests.factories import scope_of
from tests.licences.api.conftest import BackEnd, BackEndOf, problem
from tests.threads import at_once

pytestmark = pytest.mark.django_db

LICENCES = "/api/v1/licences"


@contextmanager
def statements() -> Iterator[list[str]]:
    found: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    found += [query["sql"] for query in captured if not query["sql"].startswith(("BEGIN", "SAVEPOINT", "RELEASE"))]


def test_a_token_lets_in(back_end: BackEnd) -> None:
    response = back_end.get(LICENCES)

    assert response.status_code == 200
    assert response.json() == {"results": [], "next": None}
    assert {"no-store", "private"} <= set(response["Cache-Control"].split(", "))


def test_without_a_token_nobody_is_let_in_and_is_told_how(db: None) -> None:
    response = Client().get(LICENCES)

    assert (response.status_code, problem(response)) == (401, "no-token")
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer ", "Token lic_1", "bearer\t"])
def test_what_is_no_bearer_token_is_none(header: str) -> None:
    response = Client().get(LICENCES, headers={"Authorization": header})

    assert (response.status_code, problem(response)) == (401, "no-token")


def test_unknown_revoked_and_expired_tokens_are_refused_with_one_answer(
    tenant: Tenant, back_end: BackEnd, back_end_of: BackEndOf
) -> None:
    with scope_of(tenant):
        soon = timezone.now() + timedelta(minutes=5)
        expired = make_token(tenant, source="x", scopes=["licences:read"], expires_at=soon, by=None)
    revoked = back_end_of(tenant)
    with scope_of(tenant):
        revoke_token(revoked.made, by=None)
    shown = ["lic_" + "0" * 64, "nonsense", back_end.token.upper(), back_end.token[:-1], revoked.token, expired.clear]

    with time_machine.travel(soon, tick=False):
        answers = [Client().get(LICENCES, headers={"Authorization": f"Bearer {token}"}) for token in shown]

    assert {(answer.status_code, answer.content) for answer in answers} == {(401, answers[0].content)}
    assert {problem(answer) for answer in answers} == {"invalid-token"}
    assert {answer["WWW-Authenticate"] for answer in answers} == {'Bearer realm="api", error="invalid_token"'}


def test_a_token_works_until_the_moment_it_expires(tenant: Tenant) -> None:
    end = timezone.now() + timedelta(minutes=5)
    with scope_of(tenant):
        made = make_token(tenant, source="x", scopes=["licences:read"], expires_at=end, by=None)
    headers = {"Authorization": f"Bearer {made.clear}"}

    with time_machine.travel(end - timedelta(seconds=1), tick=False):
        assert Client().get(LICENCES, headers=headers).status_code == 200
    with time_machine.travel(end, tick=False):
        assert Client().get(LICENCES, headers=headers).status_code == 401


def test_a_revoked_token_is_refused_at_once(back_end: BackEnd) -> None:
    assert back_end.get(LICENCES).status_code == 200

    with scope_of(back_end.tenant):
        revoke_token(back_end.made, by=None)

    assert back_end.get(LICENCES).status_code == 401


def test_refused_tokens_cost_the_same_statements_whatever_they_are(back_end: BackEnd) -> None:
    with scope_of(back_end.tenant):
        revoke_token(back_end.made, by=None)

    with statements() as for_revoked:
        back_end.get(LICENCES)
    with statements() as for_unknown:
        Client().get(LICENCES, headers={"Authorization": f"Bearer lic_{'0' * 64}"})

    hashes = re.compile("[0-9a-f]{64}|'[0-9-]+ [0-9:.+]+'")
    assert [hashes.sub("", sql) for sql in for_revoked] == [hashes.sub("", sql) for sql in for_unknown]
    assert all("apitoken" not in sql or " = '" in sql for sql in for_revoked)


@pytest.mark.parametrize("name", ["access_token", "token", "api_token"])
def test_a_token_in_the_address_is_refused_even_beside_a_good_one(name: str, back_end: BackEnd) -> None:
    address = f"{LICENCES}?{name}={back_end.token}"

    answers = [Client().get(address), back_end.get(address)]

    assert {(answer.status_code, problem(answer)) for answer in answers} == {(401, "token-in-address")}
    assert back_end.token not in answers[1].content.decode()


def test_a_login_lets_nobody_in(administrator: User, support: User, client_of: ClientOf) -> None:
    for user in (administrator, support):
        response = client_of(user).get(LICENCES)

        assert (response.status_code, problem(response)) == (401, "no-token")


def test_a_token_counts_and_not_whoever_is_logged_in_beside_it(
    back_end: BackEnd, outsider: User, client_of: ClientOf
) -> None:
    address = f"/api/v1/users/{outsider.login_id}/entitlements"

    response = client_of(outsider).get(address, headers={"Authorization": f"Bearer {back_end.token}"})

    assert response.status_code == 404


def test_a_token_lets_nobody_in_to_the_pages(back_end: BackEnd) -> None:
    response = back_end.get("/licences/superoffice/")

    assert response.status_code == 302


def test_each_scope_is_asked_for(tenant: Tenant, back_end_of: BackEndOf) -> None:
    others = back_end_of(tenant, *(scope for scope in ApiToken.Scope.values if scope != "licences:read"))

    response = others.get(LICENCES)

    assert (response.status_code, problem(response)) == (403, "missing-scope")
    assert response["WWW-Authenticate"] == 'Bearer realm="api", error="insufficient_scope", scope="licences:read"'
    assert "licences:read" in response.json()["detail"]


def test_the_last_use_is_remembered_once_a_minute(back_end: BackEnd) -> None:
    start = timezone.now()
    seen = []

    for seconds in (0, 59, 60, 61):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            back_end.get(LICENCES)
        with scope_of(back_end.tenant):
            back_end.made.refresh_from_db()
        seen.append(round((back_end.made.last_used_at - start).total_seconds()))

    assert seen == [0, 0, 60, 60]


def test_a_refused_call_is_a_use_too(tenant: Tenant, back_end_of: BackEndOf) -> None:
    weak = back_end_of(tenant, "usage:read")

    weak.get(LICENCES)

    with scope_of(tenant):
        weak.made.refresh_from_db()
        assert weak.made.last_used_at is not None


def test_tokens_are_found_by_hash_before_anyone_is_known(back_end: BackEnd) -> None:
    with identity_scope():
        found = find_token(back_end.token)

    assert found == back_end.made
    assert found.tenant == back_end.tenant


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_whoever_marks_the_use_already(back_end: BackEnd) -> None:
    with scope_of(back_end.tenant):
        mark_use(back_end.made)

        assert at_once([lambda: back_end.get(LICENCES).status_code] * 3) == [200] * 3

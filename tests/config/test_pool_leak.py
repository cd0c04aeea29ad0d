"""Requests of many tenants share a few connections; some crash, are cancelled or leave a mark: no tenant leaks."""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier

import pytest
from django.conf import settings as django_settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import RequestFactory
from pytest_django import Settings

from config.tenancy.roles import TENANT_ROLE
from config.tenancy.scopes import support_scope
from licences.models import User, UserGroup
from tests.config.straying_urls import NEVER_KEPT, Cancelled
from tests.conftest import ClientOf
from tests.factories import SeatFactory
from tests.proof import PROOF

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*StreamingHttpResponse.*:Warning"),
]

REQUESTS = 2_000 if PROOF else 200
TENANTS = 8
THREADS = 6
KINDS = {
    "/stray/seen/": 30,
    "/licences/superoffice/": 10,
    "/stray/anyone/": 10,
    "/stray/streamed/": 15,
    "/stray/crash/": 10,
    "/stray/cancel/": 10,
    "/stray/tenant/": 8,
    "/stray/role/": 7,
}
"""How many of a hundred requests ask for what."""

Outcome = tuple[str, int, str]
"""What was asked for, by which tenant's user, and how it went: `fine`, or what was wrong."""


@pytest.fixture
def users(settings: Settings) -> list[User]:
    settings.ROOT_URLCONF = "tests.config.straying_urls"
    return [SeatFactory(licence__type__plan=True, user__administrator=True).user for _ in range(TENANTS)]


def test_no_request_sees_another_tenant_whatever_the_one_before_it_did(users: list[User], client_of: ClientOf) -> None:
    sessions = {user.tenant_id: client_of(user).cookies[django_settings.SESSION_COOKIE_NAME].value for user in users}
    application, chance = get_wsgi_application(), Random(20261123)
    asked = [
        (kind, tenant_id, sessions[tenant_id], chance.random() < 0.1)
        for kind in chance.choices(list(KINDS), list(KINDS.values()), k=REQUESTS)
        for tenant_id in [chance.choice(list(sessions))]
    ]

    def serve(request: tuple[str, int, str, bool]) -> Outcome:
        """As a server does: call, read to the end unless the browser went away, close."""
        path, tenant_id, session, goes_away = request
        environ = RequestFactory().get(path).environ
        if path != "/stray/anyone/":
            environ["HTTP_COOKIE"] = f"{django_settings.SESSION_COOKIE_NAME}={session}"
        try:
            response = application(environ, lambda status, headers: None)
        except Cancelled:
            return path, tenant_id, "fine" if path == "/stray/cancel/" else "cancelled"
        body = b"" if goes_away else b"".join(response)
        response.close()
        return path, tenant_id, judge(path, tenant_id, response.status_code, body)

    with ThreadPoolExecutor(THREADS) as threads:
        outcomes = Counter(threads.map(serve, asked))
        all_here = Barrier(THREADS)
        list(threads.map(lambda _: (all_here.wait(), connection.close()), range(THREADS)))

    assert sum(outcomes.values()) == REQUESTS
    assert {outcome: times for outcome, times in outcomes.items() if outcome[2] != "fine"} == {}
    assert {path for path, _, _ in outcomes} == KINDS.keys()
    assert set(marks_left()) == {(TENANT_ROLE, "")}
    with support_scope("a test looks for what was never to be kept"):
        assert not UserGroup.objects.filter(name=NEVER_KEPT).exists()


def judge(path: str, tenant_id: int, status: int, body: bytes) -> str:
    if status != (500 if path == "/stray/crash/" else 200):
        return f"status {status}"
    if path in ("/stray/crash/", "/stray/role/", "/licences/superoffice/") or not body:
        return "fine"
    allowed = [tenant_id] if path in ("/stray/seen/", "/stray/tenant/") else []
    tenants = json.loads(body)["tenants"]
    return "fine" if tenants == allowed else f"saw {tenants}"


def marks_left() -> Iterator[tuple[str, str]]:
    """The role and the tenant on each connection that the pool lends, one after the other."""
    for _ in range(4 * connection.pool.max_size):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user, coalesce(current_setting('app.tenant_id', true), '')")
            yield cursor.fetchone()
        connection.close()

"""Many who watch the same list share its answer for a second; nobody gets what is another's."""

from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from licences.models import User
from notifications.models import SystemEvent
from tests.conftest import ClientOf
from tests.factories import SystemEventFactory, scope_of

pytestmark = pytest.mark.django_db

LIST = "/licences/notifications/"


def poll(client: Client, tag: str = "", address: str = LIST) -> Any:
    asks = {"HX-Request": "true", "HX-Target": "events", "HX-Trigger": "events-poll"}
    return client.get(address, headers=asks | ({"If-None-Match": tag} if tag else {}))


@pytest.fixture
def event(administrator: User) -> SystemEvent:
    return SystemEventFactory(tenant=administrator.tenant, name="Nightly sync", percent=10, done=1, total=10)


def go_on(event: SystemEvent, percent: int) -> None:
    with scope_of(event.tenant):
        SystemEvent.objects.filter(pk=event.pk).update(percent=percent, done=percent // 10, heartbeat_at=timezone.now())


def test_the_second_who_asks_reads_no_list(event: SystemEvent, administrator: User, client_of: ClientOf) -> None:
    first, second = client_of(administrator), client_of(administrator)
    counts = []

    for client in (first, second):
        with CaptureQueriesContext(connection) as captured:
            answer = poll(client)
        counts.append(sum("notifications_systemevent" in query["sql"] for query in captured))
        assert "10 %" in answer.content.decode()

    assert counts[1] == 1 < counts[0]


def test_who_was_let_in_a_moment_ago_costs_no_statement(
    event: SystemEvent, administrator: User, client_of: ClientOf
) -> None:
    client = client_of(administrator)
    tag = poll(client)["ETag"]

    with CaptureQueriesContext(connection) as captured:
        again, unknown = poll(client, tag), poll(client)

    assert [query["sql"] for query in captured] == []
    assert (again.status_code, unknown.status_code) == (304, 200)
    assert again["Cache-Control"] == unknown["Cache-Control"] == "no-store, private"
    assert "10 %" in unknown.content.decode()


def test_whoever_logs_out_is_let_in_no_longer_than_for_what_was_shared(
    event: SystemEvent, administrator: User, client_of: ClientOf
) -> None:
    client = client_of(administrator)
    poll(client)
    old = dict(client.cookies)
    client.post("/logout/")

    for cookie in old.values():
        client.cookies[cookie.key] = cookie.value
    within = poll(client)
    caches["moment"].clear()  # as after a second
    after = poll(client)

    assert within.status_code == 200
    assert (after.status_code, after["HX-Redirect"]) == (200, "/login/")
    assert after.content == b""


def test_support_that_goes_on_to_another_tenant_is_shown_nothing_of_the_first(
    event: SystemEvent, outsider: User, support: User, client_of: ClientOf, settings: Settings
) -> None:
    settings.SUPPORT_MFA_OPTIONAL = True
    support_client = client_of(support)
    for tenant in (event.tenant, outsider.tenant):
        support_client.post(reverse("admin:licences_tenant_visit", args=[tenant.pk]), {"reason": "Case 4711"})
        seen = poll(support_client).content.decode()

    assert "Nightly sync" not in seen


def test_another_session_another_list_and_what_posts_are_looked_at(
    event: SystemEvent, administrator: User, client: Client, client_of: ClientOf
) -> None:
    known = client_of(administrator)
    poll(known)
    asks = {"HX-Request": "true", "HX-Target": "events", "HX-Trigger": "events-poll"}

    nobody = poll(client)
    posted = known.post(LIST, headers=asks)
    failed = poll(known, address=f"{LIST}?show=failed")

    assert nobody["HX-Redirect"].startswith("/login/")
    assert posted.status_code == 405
    assert "10 %" not in failed.content.decode()


def test_after_a_second_it_is_read_again(event: SystemEvent, administrator: User, client_of: ClientOf) -> None:
    client = client_of(administrator)
    tag = poll(client)["ETag"]

    go_on(event, 20)
    within = poll(client, tag)
    caches["moment"].clear()  # as after a second
    after = poll(client, tag)

    assert (within.status_code, after.status_code) == (304, 200)
    assert "20 %" in after.content.decode()


def test_whoever_opens_the_page_sees_it_as_it_is(event: SystemEvent, administrator: User, client_of: ClientOf) -> None:
    client = client_of(administrator)
    poll(client)

    go_on(event, 20)

    assert "20 %" in client.get(LIST).content.decode()


def test_a_304_is_nobodys_answer_but_the_askers(event: SystemEvent, administrator: User, client_of: ClientOf) -> None:
    tag = poll(client_of(administrator))["ETag"]
    caches["moment"].clear()

    knows, does_not = poll(client_of(administrator), tag), poll(client_of(administrator))

    assert (knows.status_code, does_not.status_code) == (304, 200)


def test_rights_tenants_and_own_jobs_are_told_apart(
    event: SystemEvent, administrator: User, member: User, outsider: User, client_of: ClientOf
) -> None:
    SystemEventFactory(tenant=member.tenant, name="Own export", activated_by=member)
    seen = {user: poll(client_of(user)).content.decode() for user in (administrator, member, outsider)}
    mine = {
        user: poll(client_of(user), address=f"{LIST}?show=mine").content.decode() for user in (administrator, member)
    }

    assert "Nightly sync" in seen[administrator]
    assert "Nightly sync" in seen[member]
    assert "Nightly sync" not in seen[outsider]
    assert "Own export" in mine[member]
    assert "Own export" not in mine[administrator]


@pytest.mark.parametrize(
    "headers",
    [{"HX-Request": "true", "HX-Boosted": "true"}, {}, {"HX-Request": "true", "HX-History-Restore-Request": "true"}],
    ids=["boosted", "no HTMX", "history"],
)
def test_a_whole_page_is_never_shared(
    headers: dict[str, str], event: SystemEvent, administrator: User, client_of: ClientOf
) -> None:
    asked = headers | {"HX-Target": "events", "HX-Trigger": "events-poll"}
    page = client_of(administrator).get(LIST, headers=asked).content.decode()

    part = poll(client_of(administrator)).content.decode()

    assert "<!doctype html>" in page
    assert "<!doctype html>" not in part
    assert "csrfmiddlewaretoken" not in part

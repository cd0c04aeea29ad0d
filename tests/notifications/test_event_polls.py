"""Asking again: only while something moves, at the price of a few queries, and of nothing while nothing changes."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from licences.models import Tenant, User
from notifications.event_kinds import Notice
from notifications.models import SystemEvent
from tests.conftest import ClientOf
from tests.factories import JobFactory, SystemEventFactory, UserFactory, scope_of
from tests.pages import element, fetch_part, walk

pytestmark = pytest.mark.django_db

TAB = reverse("notifications:events")
NOW = datetime(2026, 7, 14, 8, 30, tzinfo=UTC)


@pytest.fixture
def tenant(administrator: User) -> Tenant:
    return administrator.tenant


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


def address(event: SystemEvent) -> str:
    return reverse("notifications:event", args=[event.pk])


def asks(client: Client, where: str, part: str = "panel") -> set[str]:
    """What asks again by itself."""
    triggers = {dict(thing.attributes).get("hx-trigger", "") for thing in walk(element(client.get(where), part))}
    return {trigger for trigger in triggers if trigger.startswith("every")}


def test_a_notice_only_stands_there(client: Client, tenant: Tenant) -> None:
    notice = SystemEventFactory(tenant=tenant, key=Notice.NO_TRAVEL, activated_at=NOW)

    assert asks(client, TAB) == asks(client, address(notice)) == set()


def test_the_list_follows_what_is_selected_though_it_stands_on_another_page(client: Client, tenant: Tenant) -> None:
    running = SystemEventFactory(tenant=tenant, name="Recount")

    assert asks(client, f"{address(running)}?show=failed", "events") == {"every 2s"}


def test_when_nothing_moves_a_look_at_the_window_asks_once(client: Client, tenant: Tenant) -> None:
    SystemEventFactory(tenant=tenant, ended=True)

    poll = dict(element(client.get(TAB), "events-poll").attributes)

    assert (poll["hx-trigger"], poll["hx-get"]) == ("focus from:window", TAB)


@pytest.mark.parametrize("part", ["events", "described"])
def test_time_that_only_passes_changes_the_answer_once_a_minute(client: Client, tenant: Tenant, part: str) -> None:
    def part_at(seconds: int, **headers: str) -> object:
        with time_machine.travel(NOW + timedelta(seconds=seconds), tick=False):
            return fetch_part(client, address(event), part, **headers)

    event = SystemEventFactory(
        tenant=tenant,
        percent=42,
        done=42,
        total=100,
        activated_at=NOW,
        started_at=NOW,
        heartbeat_at=NOW,
        expected_at=NOW + timedelta(minutes=3),
    )
    tag = part_at(2)["ETag"]

    statuses = [part_at(seconds, **{"If-None-Match": tag}).status_code for seconds in (4, 30, 59, 61)]

    assert statuses == [304, 304, 304, 200]


@pytest.mark.parametrize("part", ["events", "described"])
def test_one_poll_costs_few_queries(client: Client, tenant: Tenant, part: str) -> None:
    job = JobFactory(tenant=tenant)
    fetch_part(client, address(job.event), part)

    with CaptureQueriesContext(connection) as asked:
        fetch_part(client, address(job.event), part)

    reads = [query["sql"] for query in asked if query["sql"].startswith("SELECT") and "FROM" in query["sql"]]
    assert len(reads) <= 6, reads


def title(client: Client, where: str) -> str:
    return dict(element(client.get(where), "events").attributes)["data-title"]


def test_the_title_tells_the_progress_of_what_is_selected(client: Client, tenant: Tenant) -> None:
    event = SystemEventFactory(tenant=tenant, name="Recount", percent=43, done=43, total=100)

    assert title(client, address(event)) == "43 % · Recount"
    assert "<title>43 % · Recount · Licences console</title>" in client.get(address(event)).content.decode()


def test_the_title_tells_the_progress_of_the_only_own_job(client: Client, tenant: Tenant, administrator: User) -> None:
    SystemEventFactory(tenant=tenant, percent=10, activated_by=UserFactory(tenant=tenant))
    own = SystemEventFactory(tenant=tenant, name="Import of users", percent=43, activated_by=administrator)
    assert title(client, TAB) == "43 % · Import of users"

    SystemEventFactory(tenant=tenant, percent=10, activated_by=administrator)
    assert title(client, TAB) == "System notifications"

    assert title(client, address(own)) == "43 % · Import of users"


def test_in_the_end_the_title_is_as_it_was(client: Client, tenant: Tenant, administrator: User) -> None:
    event = SystemEventFactory(tenant=tenant, name="Recount", percent=99, activated_by=administrator)
    with scope_of(event):
        SystemEvent.objects.update(status="succeeded", percent=100, finished_at=NOW)

    assert title(client, TAB) == "System notifications"
    assert title(client, address(event)) == "Recount"

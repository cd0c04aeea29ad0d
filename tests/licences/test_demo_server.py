"""The demo's licence server, asked as the console asks it; its offers do to the demo tenants what they are for."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import LicenceSet, ServerAnswer, Tenant
from licences.reports.licence_changes import licence_changes
from licences.services.fetching import due_tenants, fetch_licences
from tests.invariants import assert_invariants

pytestmark = pytest.mark.django_db

Status = ServerAnswer.Status


@pytest.fixture
def development(settings: Settings) -> None:
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["*"]
    settings.LICENCE_VENDOR_KEY, settings.LICENCE_DEMO_KEY = "", "a secret of this checkout"


@pytest.fixture(scope="module")
def web_server() -> Iterator[LiveServer]:
    """It answers out of what is committed: the demo tenants as they were loaded."""
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture
def own_server(development: None, demo: None, web_server: LiveServer, settings: Settings) -> None:
    """The demo tenants, and a console that is its own licence server."""
    settings.LICENCE_SERVER_URL = f"{web_server}{reverse('licences:demo_licence_server')}"


def fetched(serial_number: str) -> tuple[ServerAnswer, Tenant]:
    with support_scope("a test looks"):
        tenant = Tenant.objects.get(serial_number=serial_number)
    with tenant_scope(tenant.pk):
        return fetch_licences(tenant, by=None), tenant


def test_the_first_tenant_is_offered_less_of_what_it_uses_and_more_of_the_rest(own_server: None) -> None:
    said, tenant = fetched("1000000001")

    with tenant_scope(tenant.pk):
        vendors = LicenceSet.objects.filter(tenant=tenant, owner__is_vendor=True)
        changes = {each.code: each for each in licence_changes(vendors.active().get(), vendors.pending().get())}
    numbers = {code: (each.total, each.new_total) for code, each in changes.items() if each.is_altered}
    assert (said.status, said.message) == (Status.NEW_LICENCE, "")
    assert (numbers["ten-sales"], numbers["ten-service"], numbers["ms-teams"]) == ((21, 19), (15, 20), (None, 1))
    assert numbers["user"] == (63, 66)
    assert [(each.code, each.to_remove) for each in changes.values() if each.is_short] == [("ten-sales", 2)]


def test_the_second_tenant_is_offered_nothing(own_server: None) -> None:
    assert fetched("1000000002")[0].status == Status.OK


def test_the_third_tenant_gets_more_seats_by_themselves(own_server: None) -> None:
    said, tenant = fetched("1000000003")

    with tenant_scope(tenant.pk):
        active = LicenceSet.objects.active().get(tenant=tenant, owner__is_vendor=True)
        seats = active.licences.get(type__code="plus")
    assert (said.status, active.issue_number, seats.total) == (Status.ACTIVATED, 2, 50)
    assert_invariants()


def test_nothing_is_offered_twice(own_server: None) -> None:
    first = [fetched(number)[0].status for number in ("1000000001", "1000000003")]

    second = [fetched(number)[0].status for number in ("1000000001", "1000000003")]

    assert (first, second) == ([Status.NEW_LICENCE, Status.ACTIVATED], [Status.NEW_LICENCE, Status.OK])


def test_the_demo_is_not_asked_for_by_itself_until_a_day_has_passed(own_server: None) -> None:
    assert due_tenants() == []


def test_a_stranger_is_a_problem(development: None, client: Client) -> None:
    answer = client.get(
        reverse("licences:demo_licence_server"), {"serial_number": "9", "issue": "superoffice:99999999999"}
    )

    assert answer.json()["status"] == Status.PROBLEM


def test_outside_development_there_is_no_such_server(client: Client) -> None:
    assert client.get(reverse("licences:demo_licence_server"), {"serial_number": "1000000001"}).status_code == 404

"""The page that answers "what if": asked by POST, wrong numbers are refused, and nothing is changed by asking."""

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.tenancy.scopes import tenant_scope
from licences.models import Licence, LicenceSet, User
from tests.conftest import ClientOf
from tests.factories import (
    HoldFactory,
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceTypeFactory,
    PlanLimitFactory,
    RestrictionFactory,
    SeatFactory,
    SuitePlanFactory,
    TenantFactory,
    UserFactory,
    scope_of,
)
from tests.licences.waiting import receive
from tests.pages import element, links, table, text
from tests.routes import rows_of

pytestmark = pytest.mark.django_db

ADDRESS = "/licences/what-if/"


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


@pytest.fixture
def plan(administrator: User) -> Licence:
    """The plan of the administrator, with two more holders."""
    with scope_of(administrator):
        licence = Licence.objects.select_related("type__owner", "tenant").get()
    for name in ("Ada Lie", "Bo Dahl"):
        SeatFactory(licence=licence, user=UserFactory(tenant=licence.tenant, full_name=name))
    return licence


def said(response: HttpResponse, identity: str = "main") -> str:
    return text(element(response, identity))


def field(licence: Licence) -> str:
    return f"total-{licence.type.code}"


def test_the_form_begins_with_the_present_numbers(client: Client, plan: Licence) -> None:
    LicenceFactory(tenant=plan.tenant, unrestricted=True)
    LicenceFactory(tenant=plan.tenant, type__hidden=True)

    response = client.get(ADDRESS)

    assert [row[:3] for row in table(response, "main")] == [[plan.name, "3", "10"]]
    assert f'name="{field(plan)}" value="10"' in response.content.decode()


def test_looking_asks_nothing(client: Client, plan: Licence) -> None:
    waiting = receive(plan.tenant, {plan.type: 1})
    before = rows_of(plan.tenant)

    response = client.get(ADDRESS, {"set": "pending"})

    assert "What would happen" not in said(response)
    assert waiting.owner.name in said(response)
    assert {**rows_of(plan.tenant), "licences_user": ""} == {**before, "licences_user": ""}


def test_short_rows_people_and_what_they_lose_are_shown_and_nothing_is_changed(client: Client, plan: Licence) -> None:
    client.get(ADDRESS)  # the first request of a session writes down when it began
    before = rows_of(plan.tenant)

    response = client.post(ADDRESS, {field(plan): "1"})

    assert response.status_code == 200
    assert rows_of(plan.tenant) == before
    name = plan.type.owner.code
    assert table(response, f"outcome-{name}") == [[plan.name, "3", "-9", "1", "-2", "2 seats short"]]
    assert "It would wait until seats are given back." in said(response, f"outcome-{name}")
    assert {row[0].rsplit(" ", 1)[0] for row in table(response, "freed")} == {"Ada Lie", "Bo Dahl"}
    assert [row[3] for row in table(response, "freed")] == ["Everything: no plan is left"] * 2
    assert "2 users would lose everything" in said(response, "lost")


def test_who_cannot_give_a_seat_back_is_named_with_the_reason(client: Client, plan: Licence) -> None:
    with tenant_scope(plan.tenant_id):
        ada = User.objects.select_related("tenant").get(full_name="Ada Lie")
    HoldFactory(user=ada, reason="12 open requests")

    response = client.post(ADDRESS, {field(plan): "1"})

    assert [row[2] for row in table(response, "stuck") if row[0].startswith("Ada Lie")] == [
        "Has open work: 12 open requests"
    ]
    assert "It could not be activated" in said(response)
    assert links(response, "stuck")["Ada Lie"] == f"/licences/users/{ada.pk}/"


def test_present_numbers_change_nothing_and_say_so(client: Client, plan: Licence) -> None:
    assert "Nothing would change" in said(client.post(ADDRESS, {field(plan): "10"}))


@pytest.mark.parametrize("typed", ["", "-1", "many", "1.5", "1000001", "9" * 400])
def test_what_is_no_number_is_refused(typed: str, client: Client, plan: Licence) -> None:
    response = client.post(ADDRESS, {field(plan): typed})

    assert response.status_code == 422
    assert "Type a whole number, from 0 to 1,000,000." in said(response)
    assert "What would happen" not in said(response)


def test_a_set_with_nothing_left_in_it_is_refused(client: Client, plan: Licence) -> None:
    response = client.post(ADDRESS, {field(plan): "0"})

    assert response.status_code == 422
    assert "does not hold together" in said(response)


def test_a_suite_plan_that_there_is_not_is_refused(client_of: ClientOf) -> None:
    boss, seats = suite_administrator()

    response = client_of(boss).post(ADDRESS, {"plan": "gold", field(seats): "5"})

    assert response.status_code == 422


def test_on_suite_another_plan_can_be_chosen(client_of: ClientOf) -> None:
    boss, seats = suite_administrator()
    lower = SuitePlanFactory(code="lower")
    limited = RestrictionFactory(tenant=boss.tenant, used=97, type__name="Active projects")
    PlanLimitFactory(suite_plan=boss.tenant.suite_plan, restriction=limited.type, limit=100)
    PlanLimitFactory(suite_plan=lower, restriction=limited.type, limit=50)

    response = client_of(boss).post(ADDRESS, {"plan": "lower", field(seats): "10"})

    assert "97 of 100 active projects : close to the limit" in said(response, "limits")
    assert "97 of 50 active projects : limit reached" in said(response, "limits")


def suite_administrator() -> tuple[User, Licence]:
    tenant = TenantFactory(suite=True)
    seats = LicenceFactory(tenant=tenant, type=tenant.suite_plan.seat_licence)
    return SeatFactory(licence=seats, user=UserFactory(tenant=tenant, administrator=True)).user, seats


@pytest.mark.parametrize("which", ["pending", "owner"])
def test_a_set_that_waits_is_asked_about(which: str, client: Client, plan: Licence) -> None:
    waiting = receive(plan.tenant, {plan.type: 1})
    address = f"{ADDRESS}?set={waiting.owner.code if which == 'owner' else which}"
    before = rows_of(plan.tenant)

    response = client.post(address)

    assert "2 seats short" in said(response)
    assert rows_of(plan.tenant)["licences_licenceset"] == before["licences_licenceset"]
    with scope_of(plan):
        assert LicenceSet.objects.pending().filter(pk=waiting.pk).exists()


def test_where_no_set_waits_it_says_so(client: Client, plan: Licence) -> None:
    asked = client.get(ADDRESS, {"set": "pending"}), client.get(ADDRESS, {"set": "no-such-owner\x00"})

    assert all("No licence waits now." in said(response) for response in asked)


def test_members_do_not_ask(member: User, client_of: ClientOf) -> None:
    client = client_of(member)

    assert [client.get(ADDRESS).status_code, client.post(ADDRESS).status_code] == [403, 403]


def test_a_stranger_is_led_to_the_login_page() -> None:
    assert Client().get(ADDRESS)["Location"].startswith("/login/")


def test_nobody_asks_about_what_another_tenant_has(client: Client, plan: Licence) -> None:
    theirs = LicenceFactory(type=LicenceTypeFactory(owner=LicenceOwnerFactory()))
    receive(theirs.tenant, {theirs.type: 1})

    response = client.post(ADDRESS, {f"total-{theirs.type.owner.code}.{theirs.type.code}": "1", field(plan): "10"})

    assert "Nothing would change" in said(response)
    assert "No licence waits now." in said(client.get(ADDRESS, {"set": theirs.type.owner.code}))


def test_what_is_asked_of_the_database_does_not_grow_with_the_people(client: Client, plan: Licence) -> None:
    def count(total: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.post(ADDRESS, {field(plan): str(total)}).status_code == 200
        return len(queries)

    client.get(ADDRESS)
    few = count(2)
    with scope_of(plan):
        Licence.objects.filter(pk=plan.pk).update(total=40)
    for _ in range(30):
        SeatFactory(licence=plan)

    assert count(3) == few

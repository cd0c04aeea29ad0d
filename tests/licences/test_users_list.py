"""The list of users: who is on it, in which order, and what the address may ask of it."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from licences.middleware import VISIT
from licences.models import Licence, Tenant, User
from tests.conftest import ClientOf
from tests.factories import (
    LicenceFactory,
    LicenceOwnerFactory,
    PlanInclusionFactory,
    SeatFactory,
    UserFactory,
    UserGroupFactory,
)
from tests.pages import element, links, named, table, text

pytestmark = pytest.mark.django_db

LIST = reverse("licences:users")


@pytest.fixture
def tenant(administrator: User) -> Tenant:
    return administrator.tenant


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


@pytest.fixture
def sales(tenant: Tenant) -> Licence:
    return LicenceFactory(tenant=tenant, name="Sales Premium", type__plan=True, tier=1)


@pytest.fixture
def people(tenant: Tenant, sales: Licence) -> dict[str, User]:
    """Three beside the administrator: Ada holds a plan, Bo none, Cy has left."""
    group = UserGroupFactory(tenant=tenant, name="Fish market")
    ada = UserFactory(tenant=tenant, full_name="Ada Lie", login_id="zz1", primary_group=group, email="ada@x.example")
    bo = UserFactory(tenant=tenant, full_name="Bo Moe", login_id="mm2", can_log_in=False)
    cy = UserFactory(
        tenant=tenant, full_name="Cy Nes", login_id="aa3", can_log_in=False, left_at=datetime(2026, 3, 1, tzinfo=UTC)
    )
    SeatFactory(licence=sales, user=ada)
    return {"Ada": ada, "Bo": bo, "Cy": cy}


def listed(client: Client, **query: str) -> list[str]:
    """First names of those on the list, without the administrator."""
    rows = table(client.get(LIST, query_params=query), "list")
    return [name for row in rows if (name := row[1].split()[-2]) in {"Ada", "Bo", "Cy"}]


def test_each_row_says_who_it_is_what_they_hold_and_whether_they_can_log_in(
    client: Client, people: dict[str, User], tenant: Tenant, sales: Licence
) -> None:
    other = LicenceFactory(tenant=tenant, name="Service Premium", type__plan=True)
    SeatFactory(licence=other, user=people["Ada"])
    SeatFactory(licence=LicenceFactory(tenant=tenant, name="Loose"), user=people["Ada"])

    rows = {row[2]: row for row in table(client.get(LIST), "list")}

    assert rows["zz1"][1:] == [
        "AL Ada Lie", "zz1", "User", "Fish market", "Sales Premium · Service Premium", "Yes", "Never",
    ]  # fmt: skip
    assert rows["mm2"][5:] == ["(No selection)", "No", "Never"]
    assert rows["aa3"][5:] == ["(No selection)", "Former employee", "Never"]


def test_the_last_use_is_the_day_where_the_tenant_is(client: Client, tenant: Tenant) -> None:
    UserFactory(tenant=tenant, login_id="late", last_used_at=datetime(2026, 5, 3, 22, 30, tzinfo=UTC))

    rows = {row[2]: row for row in table(client.get(LIST), "list")}

    assert rows["late"][7] == "4 May 2026"


def test_a_seat_that_was_given_back_is_no_plan(client: Client, people: dict[str, User], tenant: Tenant) -> None:
    gone = LicenceFactory(tenant=tenant, type__plan=True, name="Gone")
    SeatFactory(licence=gone, user=people["Bo"], released_at="2026-05-04T09:00Z")

    assert "Gone" not in text(element(client.get(LIST), "bulk")).split("Ticked")[-1]


@pytest.mark.parametrize(
    ("search", "found"),
    [("ada", ["Ada"]), ("MM2", ["Bo"]), ("@x.example", ["Ada"]), (" moe ", ["Bo"]), ("%", []), ("_", []), ("\\", [])],
)
def test_names_user_ids_and_addresses_are_searched_for_the_very_letters(
    client: Client, people: dict[str, User], search: str, found: list[str]
) -> None:
    assert listed(client, q=search) == found


@pytest.mark.parametrize(
    ("show", "found"),
    [("all", ["Ada", "Bo", "Cy"]), ("yes", ["Ada"]), ("no", ["Bo"]), ("former", ["Cy"]), ("else", ["Ada", "Bo", "Cy"])],
)
def test_who_can_log_in_who_cannot_and_who_has_left(
    client: Client, people: dict[str, User], show: str, found: list[str]
) -> None:
    assert listed(client, show=show) == found


def test_the_holders_of_a_plan_and_those_without_one(client: Client, people: dict[str, User], sales: Licence) -> None:
    assert listed(client, licence=sales.type.code) == ["Ada"]
    assert listed(client, licence="no-plan") == ["Bo", "Cy"]
    assert listed(client, licence="never-was") == ["Ada", "Bo", "Cy"]


def test_those_to_whom_a_licence_could_be_given(client: Client, people: dict[str, User], sales: Licence) -> None:
    assert listed(client, without=sales.type.code) == ["Bo"]


def test_the_holders_of_a_third_partys_licence(client: Client, people: dict[str, User], tenant: Tenant) -> None:
    maps = LicenceFactory(tenant=tenant, type__owner=LicenceOwnerFactory(code="tindekart"), type__code="maps")
    SeatFactory(licence=maps, user=people["Bo"])

    assert listed(client, licence="tindekart.maps") == ["Bo"]
    assert listed(client, licence="maps") == ["Ada", "Bo", "Cy"]


def test_those_who_may_use_a_feature(client: Client, people: dict[str, User], sales: Licence) -> None:
    feature = PlanInclusionFactory(plan=sales.type, tier=1, feature__name="Boards").feature

    response = client.get(LIST, query_params={"feature": feature.code})

    assert listed(client, feature=feature.code) == ["Ada"]
    assert "Only who may use Boards" in text(element(response, "list"))
    assert listed(client, feature="never-was") == ["Ada", "Bo", "Cy"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("name", ["Ada", "Bo", "Cy"]),
        ("-name", ["Cy", "Bo", "Ada"]),
        ("user_id", ["Cy", "Bo", "Ada"]),
        ("-user_id", ["Ada", "Bo", "Cy"]),
        ("group", ["Ada", "Bo", "Cy"]),
        ("-group", ["Ada", "Bo", "Cy"]),  # who has none comes last both ways
        ("password", ["Ada", "Bo", "Cy"]),
    ],
)
def test_each_column_sorts_both_ways(client: Client, people: dict[str, User], sort: str, order: list[str]) -> None:
    assert listed(client, sort=sort) == order


def test_by_last_use_who_never_was_here_comes_last(client: Client, tenant: Tenant, people: dict[str, User]) -> None:
    UserFactory(tenant=tenant, full_name="Ada Nye", last_used_at=datetime(2026, 5, 3, tzinfo=UTC))
    UserFactory(tenant=tenant, full_name="Bo Nye", last_used_at=datetime(2026, 6, 3, tzinfo=UTC))

    assert listed(client, sort="last_use")[:2] == ["Ada", "Bo"]
    assert listed(client, sort="-last_use")[:2] == ["Bo", "Ada"]


def test_a_long_list_has_pages_that_keep_filter_and_order(client: Client, tenant: Tenant) -> None:
    for number in range(52):
        UserFactory(tenant=tenant, full_name=f"Many {number:02}")
    query = {"q": "many", "show": "yes", "sort": "-name"}

    first = client.get(LIST, query_params=query)
    second = client.get(LIST + links(first, "list")["Next"])

    assert len(table(first, "list")) == 50
    assert [row[1].split()[-1] for row in table(second, "list")] == ["01", "00"]
    assert "All 52 users on this list" in text(element(first, "list"))
    assert len(table(client.get(LIST, query_params=query | {"page": "999"}), "list")) == 2


def test_nobody_fits(client: Client) -> None:
    response = client.get(LIST, query_params={"q": "nobody like this"})

    assert "Nobody fits" in text(element(response, "list"))
    assert links(response, "list")["Show all users"] == LIST


@pytest.mark.parametrize(
    "query", [{"q": "\x00"}, {"feature": "\x00"}, {"licence": "\x00"}, {"page": "9" * 5000}, {"sort": "-"}], ids=str
)
def test_nonsense_in_the_address_is_never_an_error(client: Client, query: dict[str, str]) -> None:
    assert client.get(LIST, query_params=query).status_code == 200


def test_support_looks_and_finds_nothing_to_tick(support: User, tenant: Tenant, client_of: ClientOf) -> None:
    client = client_of(support)
    session = client.session
    session[VISIT] = tenant.pk
    session.save()

    response = client.get(LIST)

    boxes = [box for box in named(element(response, "list"), "input") if dict(box.attributes)["type"] == "checkbox"]
    assert response.status_code == 200
    assert boxes == []
    assert named(element(response, "list"), "button") == []


def test_user_licences_lead_to_their_holders(client: Client, people: dict[str, User], sales: Licence) -> None:
    response = client.get(reverse("licences:users_licences"))

    rows = {row[0]: row[3:] for row in table(response, "list")}
    holders = client.get(links(response, "list")["Sales Premium (1)"])

    assert rows["Sales Premium (1)"] == ["1", "10", "9"]
    assert [row[2] for row in table(holders, "list")] == ["zz1"]


def test_a_licence_leads_to_its_holders_and_to_whom_it_could_be_given(
    client: Client, people: dict[str, User], sales: Licence
) -> None:
    led = links(client.get(reverse("licences:superoffice_licence", args=[sales.type.code])), "detail")

    assert [row[2] for row in table(client.get(led["See holders"]), "list")] == ["zz1"]
    assert "mm2" in [row[2] for row in table(client.get(led["Assign to users"]), "list")]
    assert led["Ada Lie"] == reverse("licences:user", args=[people["Ada"].pk])


def test_a_full_or_third_partys_licence_leads_to_its_holders_too(client: Client, tenant: Tenant) -> None:
    maps = LicenceFactory(tenant=tenant, type__owner=LicenceOwnerFactory(code="tindekart"), type__code="maps", total=1)
    SeatFactory(licence=maps, user__login_id="holder")

    led = links(client.get(reverse("licences:owner_licence", args=["tindekart", "maps"])), "detail")

    assert [row[2] for row in table(client.get(led["See holders"]), "list")] == ["holder"]
    assert "Assign to users" not in led


def test_a_user_licence_without_end_has_no_total(client: Client, tenant: Tenant) -> None:
    LicenceFactory(tenant=tenant, name="Free", unrestricted=True)

    rows = {row[0]: row[3:] for row in table(client.get(reverse("licences:users_licences")), "list")}

    assert rows["Free (0)"] == ["0", "", "Unlimited"]


def test_what_is_hidden_superseded_or_the_companys_is_no_user_licence(client: Client, tenant: Tenant) -> None:
    LicenceFactory(tenant=tenant, name="Hidden one", type__hidden=True)
    LicenceFactory(tenant=tenant, name="Company one", type__system=True)

    shown = text(element(client.get(reverse("licences:users_licences")), "list"))

    assert "Hidden one" not in shown
    assert "Company one" not in shown

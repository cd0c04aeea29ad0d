"""One licence beside the list: what it is, what it enables, and for administrators who holds it."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from licences.models import LicenceSet, Tenant, User
from tests.conftest import ClientOf
from tests.factories import (
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceTypeFactory,
    PlanInclusionFactory,
    SeatFactory,
    UserFactory,
    scope_of,
)
from tests.pages import element, facts, fetch_part, links, names, text

pytestmark = pytest.mark.django_db


def address(code: str, **query: str) -> str:
    return reverse("licences:superoffice_licence", args=[code], query=query)


@pytest.fixture
def tenant(administrator: User) -> Tenant:
    return administrator.tenant


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


def test_the_detail_says_what_the_licence_is_and_enables(client: Client, tenant: Tenant) -> None:
    LicenceFactory(
        tenant=tenant,
        name="Sales Premium",
        type__code="sales",
        type__tooltip="Sells",
        type__enables="Quotes and targets.",
        type__prerequisite=LicenceTypeFactory(name="Web client"),
        total=20,
        in_use=17,
    )

    response = client.get(address("sales"))

    detail = text(element(response, "detail"))
    assert all(said in detail for said in ("Sales Premium", "Sells", "Quotes and targets."))
    said = facts(response, "detail")
    assert (said["Kind"], said["In use"], said["Needs"]) == ("User licence", "17 of 20", "Web client")


def test_the_dates_are_those_of_the_set(client: Client, tenant: Tenant) -> None:
    LicenceFactory(tenant=tenant, type__code="sales")
    with scope_of(tenant):
        LicenceSet.objects.filter(tenant=tenant).update(
            warn_from_on=date(2099, 2, 27),
            expires_on=date(2099, 3, 27),
            grace_until_on=date(2099, 4, 8),
            maintenance_until_on=date(2099, 2, 28),
        )

    said = facts(client.get(address("sales")), "detail")

    assert "27 Mar 2099" in said["Expires on"]
    assert "28 Feb 2099" in said["Maintenance until"]


def test_a_plan_shows_the_features_of_its_tier_and_no_other(client: Client, tenant: Tenant) -> None:
    plan = LicenceTypeFactory(plan=True, code="sales")
    PlanInclusionFactory(plan=plan, tier=1, feature__name="Reports")
    PlanInclusionFactory(plan=plan, tier=2, feature__name="Targets")
    LicenceFactory(tenant=tenant, type=plan, tier=2)

    detail = text(element(client.get(address("sales")), "detail"))

    assert "Targets" in detail
    assert "Reports" not in detail


def test_administrators_see_the_holders_by_name(client: Client, tenant: Tenant) -> None:
    licence = LicenceFactory(tenant=tenant, type__code="sales")
    for name in ("Yngvild Tveitnes", "Astrid Bjerkli"):
        SeatFactory(licence=licence, user__full_name=name)
    SeatFactory(licence=licence, user__full_name="Gone Away", released_at="2026-05-04T09:00Z")

    holders = text(element(client.get(address("sales")), "holders"))

    assert holders.index("Astrid Bjerkli") < holders.index("Yngvild Tveitnes")
    assert "Gone Away" not in holders


def test_a_licence_that_nobody_holds_says_so(client: Client, tenant: Tenant) -> None:
    LicenceFactory(tenant=tenant, type__code="sales")

    assert text(element(client.get(address("sales")), "holders")) == "Nobody holds it yet."


def test_a_system_licence_has_no_holders(client: Client, tenant: Tenant) -> None:
    LicenceFactory(tenant=tenant, type__code="web", type__system=True)

    assert "Holders" not in text(element(client.get(address("web")), "detail"))


@pytest.mark.parametrize("search", ["tveitnes", "YNGVILD", "yv2"])
def test_holders_are_found_by_name_and_user_id(client: Client, tenant: Tenant, search: str) -> None:
    licence = LicenceFactory(tenant=tenant, type__code="sales")
    SeatFactory(licence=licence, user__full_name="Yngvild Tveitnes", user__login_id="yv2")
    SeatFactory(licence=licence, user__full_name="Astrid Bjerkli", user__login_id="ab1")

    holders = text(element(client.get(address("sales", holder=search)), "holders"))

    assert "Yngvild" in holders
    assert "Astrid" not in holders


def test_long_lists_of_holders_have_pages_that_keep_the_search(client: Client, tenant: Tenant) -> None:
    licence = LicenceFactory(tenant=tenant, type__code="sales", total=50)
    for number in range(21):
        SeatFactory(licence=licence, user=UserFactory(tenant=tenant, full_name=f"Ask Berg {number:02}"))

    first = client.get(address("sales", holder="berg"))
    second = client.get(address("sales") + links(first, "holders")["Next"])

    assert "Ask Berg 19" in text(element(first, "holders"))
    assert "Ask Berg 20" not in text(element(first, "holders"))
    assert "Ask Berg 20" in text(element(second, "holders"))
    assert "holder=berg" in links(second, "holders")["Previous"]


@pytest.mark.parametrize("page", ["0", "-1", "999", "abc", "1.5", "", "9" * 5000])
def test_a_page_of_holders_that_is_not_there_is_the_nearest(client: Client, tenant: Tenant, page: str) -> None:
    SeatFactory(licence=LicenceFactory(tenant=tenant, type__code="sales"), user__full_name="Astrid Bjerkli")

    response = client.get(address("sales", holders=page))

    assert "Astrid" in text(element(response, "holders"))


@pytest.mark.parametrize("code", ["missing", "MISSING", "x" * 300, "0", "-", "_"])
def test_a_code_that_is_not_there_is_a_404(client: Client, code: str) -> None:
    response = client.get(address(code))

    assert response.status_code == 404
    assert "There is nothing here" in text(element(response, "main"))


@pytest.mark.parametrize("path", ["licences/superoffice/%00/", "licences/superoffice/😀/", "licences/superoffice/a b/"])
def test_a_code_that_is_none_is_a_404(client: Client, path: str) -> None:
    assert client.get(f"/{path}").status_code == 404


def test_a_hidden_licence_cannot_be_reached(client: Client, tenant: Tenant) -> None:
    LicenceFactory(tenant=tenant, type__code="inner", type__hidden=True)

    assert client.get(address("inner")).status_code == 404


def test_a_licence_that_the_tenant_does_not_own_cannot_be_reached(client: Client) -> None:
    LicenceTypeFactory(code="not-bought")

    assert client.get(address("not-bought")).status_code == 404


def test_a_licence_stands_only_at_its_own_owner(client: Client, tenant: Tenant) -> None:
    owner = LicenceOwnerFactory()
    LicenceFactory(tenant=tenant, type__owner=owner, type__code="map")

    assert client.get(reverse("licences:owner_licence", args=[owner.code, "map"])).status_code == 200
    assert client.get(address("map")).status_code == 404


def test_the_list_stands_beside_with_the_selected_row_marked(client: Client, tenant: Tenant) -> None:
    LicenceFactory(tenant=tenant, type__code="sales", name="Sales")

    response = client.get(address("sales"))

    assert "Sales" in names(response)
    assert dict(element(response, "licence-sales").attributes)["aria-current"] == "true"


@pytest.mark.parametrize("part", ["", "panel", "list", "detail", "holders"])
def test_members_meet_no_holder_and_no_number_anywhere(
    tenant: Tenant, member: User, client_of: ClientOf, part: str
) -> None:
    licence = LicenceFactory(tenant=tenant, type__code="sales", total=47_110)
    SeatFactory(licence=licence, user__full_name="Yngvild Tveitnes", user__login_id="yv2")
    client = client_of(member)

    response = fetch_part(client, address("sales", holder="yng"), part) if part else client.get(address("sales"))

    said = response.content.decode()
    assert response.status_code == 200
    assert not [word for word in ("Yngvild", "yv2", "47,110", "47110", "47,109") if word in said]


@pytest.mark.parametrize(("held", "said"), [(True, "You hold this licence"), (False, "You do not hold this licence")])
def test_members_read_whether_a_licence_is_theirs(
    tenant: Tenant, member: User, client_of: ClientOf, held: bool, said: str
) -> None:
    licence = LicenceFactory(tenant=tenant, type__code="sales")
    if held:
        SeatFactory(licence=licence, user=member)

    assert facts(client_of(member).get(address("sales")), "detail")["Yours"] == said

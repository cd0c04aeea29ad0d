"""The tab of one owner: its information, its dates and its licences in groups."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from licences.models import LicenceSet, Tenant, User
from tests.conftest import ClientOf
from tests.factories import LicenceFactory, LicenceOwnerFactory, LicenceSetFactory, SeatFactory, scope_of
from tests.pages import element, facts, fetch_part, links, named, names, table, text

pytestmark = pytest.mark.django_db

TAB = reverse("licences:superoffice")


@pytest.fixture
def tenant(administrator: User) -> Tenant:
    return administrator.tenant


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


def put_dates(tenant: Tenant, *, expires_in: int) -> date:
    """Give the vendor's set its dates, warning 28 days before and grace 12 days after expiry."""
    expires_on = tenant.today + timedelta(days=expires_in)
    with scope_of(tenant):
        LicenceSet.objects.filter(tenant=tenant).update(
            warn_from_on=expires_on - timedelta(days=28),
            expires_on=expires_on,
            grace_until_on=expires_on + timedelta(days=12),
        )
    return expires_on


def test_the_owner_information_names_company_and_serial_number(client: Client, tenant: Tenant) -> None:
    said = facts(client.get(TAB))

    assert said["Company name"] == tenant.company_name
    assert said["Serial number"] == tenant.serial_number


@pytest.mark.parametrize(
    ("days", "said"),
    [(385, "(385 days left)"), (1, "(1 day left)"), (0, "(0 days left)"), (-1, "(-1 day"), (-250, "(-250 days left)")],
)
def test_the_expiry_stands_under_the_serial_number(client: Client, tenant: Tenant, days: int, said: str) -> None:
    put_dates(tenant, expires_in=days)

    under_serial_number = facts(client.get(TAB))["Serial number"]

    assert said in under_serial_number


def test_a_licence_without_end_says_nothing_of_expiry(client: Client) -> None:
    assert "expires" not in text(element(client.get(TAB), "panel"))


@pytest.mark.parametrize(
    ("days", "standing"), [(29, "ok"), (28, "warning"), (0, "warning"), (-1, "expired"), (-12, "expired")]
)
def test_the_status_line_stands_where_the_dates_do(client: Client, tenant: Tenant, days: int, standing: str) -> None:
    put_dates(tenant, expires_in=days)

    assert str(LicenceSet.Standing(standing).label) in text(element(client.get(TAB), "panel"))


def test_administrators_are_still_told_when_the_grace_period_is_over(client: Client, tenant: Tenant) -> None:
    put_dates(tenant, expires_in=-13)

    assert str(LicenceSet.Standing.STOPPED.label) in text(element(client.get(TAB), "panel"))


@pytest.mark.parametrize(("days", "standing"), [(5, "ok"), (-1, "expired")])
def test_members_are_not_warned_but_told_of_an_expired_licence(
    tenant: Tenant, member: User, client_of: ClientOf, days: int, standing: str
) -> None:
    put_dates(tenant, expires_in=days)

    panel = element(client_of(member).get(TAB), "panel")

    assert str(LicenceSet.Standing(standing).label) in text(panel)


def test_system_licences_come_first_with_a_tick_and_no_numbers(client: Client, tenant: Tenant) -> None:
    LicenceFactory(tenant=tenant, type__system=True, name="Web services", total=4711)

    response = client.get(TAB)

    heads = named(element(response, "list"), "th")
    assert [text(head) for head in heads if ("scope", "rowgroup") in head.attributes] == [
        "System licences",
        "User licences",
    ]
    assert table(response, "list")[0] == ["Web services", "", "In use", "", ""]


def test_user_licences_show_in_use_total_and_available(client: Client, tenant: Tenant) -> None:
    LicenceFactory(tenant=tenant, name="Sales", total=1500, in_use=1234)

    (row,) = [row for row in table(client.get(TAB), "list") if row[0] == "Sales"]

    assert row[2:] == ["1,234", "1,500", "266"]


def test_an_unrestricted_licence_shows_no_total(client: Client, tenant: Tenant) -> None:
    LicenceFactory(tenant=tenant, name="Reader", total=4711, in_use=3, unrestricted=True)

    response = client.get(TAB)

    (row,) = [row for row in table(response, "list") if row[0] == "Reader"]
    assert row[2:] == ["3", "", "Unlimited"]
    assert "4,711" not in response.content.decode()


def test_hidden_licences_are_not_listed(client: Client, tenant: Tenant) -> None:
    LicenceFactory(tenant=tenant, name="Inner working", type__hidden=True)

    assert "Inner working" not in client.get(TAB).content.decode()


def test_each_name_leads_to_what_the_licence_is(client: Client, tenant: Tenant) -> None:
    LicenceFactory(tenant=tenant, name="Sales", type__code="sales", type__tooltip="Sells")

    response = client.get(TAB)

    assert links(response, "list")["Sales"] == reverse("licences:superoffice_licence", args=["sales"])
    assert dict(element(response, "licence-sales").attributes)["title"] == "Sells"


def test_the_tab_that_is_open_is_marked_and_only_that(client: Client) -> None:
    tabs = {name: dict(element(client.get(TAB), f"tab-{name}").attributes) for name in ("superoffice", "status")}

    assert tabs["superoffice"]["aria-current"] == "page"
    assert "aria-current" not in tabs["status"]


def test_a_third_party_has_a_tab_only_where_its_licence_is(
    client: Client, tenant: Tenant, outsider: User, client_of: ClientOf
) -> None:
    owner = LicenceOwnerFactory(name="Tindekart")
    LicenceSetFactory(tenant=tenant, owner=owner)
    address = reverse("licences:owner", args=[owner.code])

    assert links(client.get(TAB), "panel")["Tindekart"] == address
    assert "Tindekart" not in links(client_of(outsider).get(TAB), "panel")
    assert client_of(outsider).get(address).status_code == 404


def test_a_superseded_set_is_not_shown(client: Client, tenant: Tenant) -> None:
    owner = LicenceOwnerFactory(name="Tindekart")
    LicenceSetFactory(tenant=tenant, owner=owner, state=LicenceSet.State.SUPERSEDED)

    assert "Tindekart" not in links(client.get(TAB), "panel")
    assert client.get(reverse("licences:owner", args=[owner.code])).status_code == 404


def test_the_vendor_has_no_second_address_among_the_owners(client: Client) -> None:
    assert client.get(reverse("licences:owner", args=["superoffice"])).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/licences/nonsense/", "/licences/owners/nobody/", "/licences/owners/%00/", "/licences/owners/😀/", "/licences/."],
)
def test_a_tab_that_is_not_there_is_a_404(client: Client, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 404
    assert "There is nothing here" in text(element(response, "main"))


def test_each_owner_lists_its_own_licences(client: Client, tenant: Tenant) -> None:
    owner = LicenceOwnerFactory()
    LicenceFactory(tenant=tenant, type__owner=owner, name="Map")
    LicenceFactory(tenant=tenant, name="Sales")

    assert names(client.get(reverse("licences:owner", args=[owner.code]))) == ["Map"]
    assert "Map" not in names(client.get(TAB))


@pytest.mark.parametrize("part", ["", "panel", "list", "detail", "holders"])
def test_members_meet_no_total_anywhere(tenant: Tenant, member: User, client_of: ClientOf, part: str) -> None:
    LicenceFactory(tenant=tenant, name="Sales", total=47_110, in_use=8_150)
    client = client_of(member)

    response = fetch_part(client, TAB, part) if part else client.get(TAB)

    said = response.content.decode()
    numbers = ("47,110", "47110", "8,150", "8150", "38,960", "38960")
    assert not [word for word in (*numbers, "Total", "Available") if word in said]


def test_members_see_a_tick_at_what_is_theirs(tenant: Tenant, member: User, client_of: ClientOf) -> None:
    SeatFactory(user=member, licence__name="Sales")
    SeatFactory(user=member, licence__name="Given back", released_at="2026-05-04T09:00Z")
    LicenceFactory(tenant=tenant, name="Service")
    LicenceFactory(tenant=tenant, name="Web services", type__system=True)

    rows = dict(table(client_of(member).get(TAB), "list"))

    assert rows["Sales"] == rows["Web services"] == "Yours"
    assert rows["Service"] == rows["Given back"] == ""

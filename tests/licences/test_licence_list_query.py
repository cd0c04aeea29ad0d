"""What the address may ask of the licence list: search, filter, order, page; nonsense is the default."""

import pytest
from django.test import Client
from django.urls import reverse

from licences.models import Tenant, User
from tests.conftest import ClientOf
from tests.factories import LicenceFactory, LicenceTypeFactory
from tests.pages import element, links, names, text

pytestmark = pytest.mark.django_db

TAB = reverse("licences:superoffice")


@pytest.fixture
def tenant(administrator: User) -> Tenant:
    """Owns, beside the administrator's plan, these four in this order."""
    tenant = administrator.tenant
    LicenceFactory(tenant=tenant, name="Beta", total=20, in_use=20, type__tooltip="Draws maps")
    LicenceFactory(tenant=tenant, name="Alpha", total=30, in_use=0)
    LicenceFactory(tenant=tenant, name="Delta", total=20, in_use=5)
    LicenceFactory(tenant=tenant, name="Gamma", total=1, in_use=7, unrestricted=True)
    return tenant


@pytest.fixture
def client(tenant: Tenant, administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


def listed(client: Client, **query: str) -> list[str]:
    """The names on the list, without the administrator's own plan."""
    found = names(client.get(TAB, query_params=query))
    return [name for name in found if name in {"Alpha", "Beta", "Gamma", "Delta"}]


def test_the_order_is_the_catalogues(client: Client) -> None:
    assert listed(client) == ["Beta", "Alpha", "Delta", "Gamma"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("name", ["Alpha", "Beta", "Delta", "Gamma"]),
        ("-name", ["Gamma", "Delta", "Beta", "Alpha"]),
        ("in_use", ["Alpha", "Delta", "Gamma", "Beta"]),
        ("-in_use", ["Beta", "Gamma", "Delta", "Alpha"]),
        # What has no end is more than any number; equal numbers keep the catalogue's order, both ways.
        ("total", ["Beta", "Delta", "Alpha", "Gamma"]),
        ("-total", ["Gamma", "Alpha", "Beta", "Delta"]),
        ("available", ["Beta", "Delta", "Alpha", "Gamma"]),
        ("-available", ["Gamma", "Alpha", "Delta", "Beta"]),
        ("-order", ["Gamma", "Delta", "Alpha", "Beta"]),
    ],
)
def test_each_column_sorts_both_ways(client: Client, sort: str, order: list[str]) -> None:
    assert listed(client, sort=sort) == order


def test_groups_stay_together_however_the_list_is_sorted(client: Client, tenant: Tenant) -> None:
    LicenceFactory(tenant=tenant, name="Zulu", type__system=True)

    for sort in ("name", "-name", "total", "-available"):
        assert names(client.get(TAB, query_params={"sort": sort}))[0] == "Zulu"


@pytest.mark.parametrize(
    ("show", "found"),
    [
        ("all", ["Beta", "Alpha", "Delta", "Gamma"]),
        ("free", ["Alpha", "Delta", "Gamma"]),
        ("full", ["Beta"]),
        ("unused", ["Alpha"]),
    ],
)
def test_each_filter_shows_what_it_says(client: Client, show: str, found: list[str]) -> None:
    assert listed(client, show=show) == found


@pytest.mark.parametrize(
    ("search", "found"),
    [("alp", ["Alpha"]), ("DELTA", ["Delta"]), ("  maps ", ["Beta"]), ("100%", []), ("_", []), ("\\", [])],
)
def test_names_and_tooltips_are_searched_for_the_very_letters(client: Client, search: str, found: list[str]) -> None:
    assert listed(client, q=search) == found


def test_nothing_found_says_how_to_see_all_again(client: Client) -> None:
    response = client.get(TAB, query_params={"q": "nothing like it"})

    assert "No licence fits" in text(element(response, "list"))
    assert links(response, "list")["Show all licences"] == TAB


@pytest.mark.parametrize(
    "query",
    [
        {"q": "\x00"},
        {"q": "😀 الترخيص ʹ"},
        {"q": "x" * 100_000},
        {"q": "' OR 1=1 --"},
        {"q": "<script>alert(1)</script>"},
        {"show": "everything"},
        {"show": "\x00"},
        {"sort": "user__password"},
        {"sort": "--name"},
        {"sort": "-"},
        {"sort": "tenant__serial_number"},
        {"holder": "\x00", "holders": "\x00"},
        {"no-such": "thing"},
    ],
    ids=str,
)
def test_nonsense_in_the_address_is_never_an_error(client: Client, query: dict[str, str]) -> None:
    response = client.get(TAB, query_params=query)

    assert response.status_code == 200
    assert element(response, "list")


@pytest.mark.parametrize("query", [{"sort": "user__password"}, {"show": "everything"}, {"q": "\x00"}])
def test_nonsense_is_as_if_it_were_not_there(client: Client, query: dict[str, str]) -> None:
    assert listed(client, **query) == listed(client)


def test_an_overlong_search_is_cut_to_what_the_field_takes(client: Client) -> None:
    response = client.get(TAB, query_params={"q": "x" * 5000})

    assert dict(element(response, "search").attributes)["value"] == "x" * 100


def fill(tenant: Tenant, *, to: int) -> None:
    for number in range(to):
        LicenceFactory(tenant=tenant, type=LicenceTypeFactory(name=f"Numbered {number:02}"))


PAGES = {"0": 50, "-1": 50, "2": 2, "3": 2, "999": 2, "abc": 50, "1.5": 50, "": 50, "9" * 5000: 50}


def test_a_long_list_has_pages_that_keep_search_filter_and_order(client: Client, tenant: Tenant) -> None:
    fill(tenant, to=51)
    query = {"q": "numbered", "show": "free", "sort": "-name"}

    first = client.get(TAB, query_params=query)
    second = client.get(TAB + links(first, "list")["Next"])

    assert len(names(first)) == 50
    assert names(first)[0] == "Numbered 50"
    assert names(second) == ["Numbered 00"]
    previous = links(second, "list")["Previous"]
    assert all(part in previous for part in ("q=numbered", "show=free", "sort=-name", "page=1"))


def test_a_page_that_is_not_there_is_the_nearest(client: Client, tenant: Tenant) -> None:
    fill(tenant, to=52)

    shown = {page: len(names(client.get(TAB, query_params={"q": "numbered", "page": page}))) for page in PAGES}

    assert shown == PAGES


def test_a_licence_opens_with_the_list_as_it_was(client: Client) -> None:
    response = client.get(TAB, query_params={"q": "alp", "sort": "-name"})

    opened = client.get(links(response, "list")["Alpha"])

    assert names(opened) == ["Alpha"]
    assert "q=alp" in links(opened, "detail")["All licences"]


def test_sorting_starts_again_at_the_first_page_and_keeps_the_search(client: Client) -> None:
    response = client.get(TAB, query_params={"q": "a", "page": "7"})

    assert links(response, "list")["Total"] == "?q=a&sort=total"


@pytest.mark.parametrize("query", [{"show": "full"}, {"show": "unused"}, {"sort": "in_use"}, {"sort": "-available"}])
def test_members_learn_no_number_by_filtering_or_sorting(
    tenant: Tenant, member: User, client_of: ClientOf, query: dict[str, str]
) -> None:
    client = client_of(member)

    assert listed(client, **query) == listed(client)

"""What the address may ask of the list of events; nonsense is the default, newest first."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from licences.models import Tenant, User
from tests.conftest import ClientOf
from tests.factories import SystemEventFactory, UserFactory
from tests.pages import element, links, names, text

pytestmark = pytest.mark.django_db

TAB = reverse("notifications:events")
AT = datetime(2026, 7, 14, 8, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def tenant(administrator: User) -> Tenant:
    """Has, from the oldest to the newest, these four events."""
    tenant = administrator.tenant
    ada, bo = (UserFactory(tenant=tenant, login_id=name) for name in ("ada", "bo"))
    values: list[dict[str, object]] = [
        {
            "name": "Import",
            "activated_by": bo,
            "message": "12 rows",
            "status": "succeeded",
            "finished_at": AT + 4 * HOUR,
        },
        {"name": "Delta", "activated_by": ada, "message": "", "status": "failed", "finished_at": AT + 3 * HOUR},
        {"name": "Recount", "activated_by": None, "message": "Busy", "scope": "user", "expected_at": AT + 9 * HOUR},
        {"name": "Alpha", "activated_by": ada, "message": "", "status": "queued", "scope": "database"},
    ]
    for place, event in enumerate(values):
        SystemEventFactory(tenant=tenant, activated_at=AT + place * HOUR, **event)
    return tenant


@pytest.fixture
def client(tenant: Tenant, administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


def listed(client: Client, **query: str) -> list[str]:
    return names(client.get(TAB, query_params=query), "events")


NEWEST_FIRST = ["Alpha", "Recount", "Delta", "Import"]


def test_the_newest_comes_first(client: Client) -> None:
    assert listed(client) == NEWEST_FIRST


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("event", ["Alpha", "Delta", "Import", "Recount"]),
        ("status", ["Delta", "Alpha", "Recount", "Import"]),
        ("activated", ["Import", "Delta", "Recount", "Alpha"]),
        ("-activated", NEWEST_FIRST),
        # Equal rows stand in the direction of the column; what is unknown stands last, both ways.
        ("message", ["Delta", "Alpha", "Import", "Recount"]),
        ("-message", ["Recount", "Import", "Alpha", "Delta"]),
        ("by", ["Delta", "Alpha", "Import", "Recount"]),
        ("-by", ["Import", "Alpha", "Delta", "Recount"]),
        ("finished", ["Delta", "Import", "Recount", "Alpha"]),
        ("-finished", ["Recount", "Import", "Delta", "Alpha"]),
        ("type", ["Alpha", "Import", "Delta", "Recount"]),
    ],
)
def test_each_column_sorts_both_ways(client: Client, sort: str, order: list[str]) -> None:
    assert listed(client, sort=sort) == order


@pytest.mark.parametrize(
    ("show", "found"),
    [("all", NEWEST_FIRST), ("active", ["Alpha", "Recount"]), ("failed", ["Delta"])],
)
def test_each_filter_shows_what_it_says(client: Client, show: str, found: list[str]) -> None:
    assert listed(client, show=show) == found


def test_mine_is_what_the_viewer_has_started(client: Client, administrator: User, tenant: Tenant) -> None:
    SystemEventFactory(tenant=tenant, name="Own", activated_by=administrator)

    assert listed(client, show="mine") == ["Own"]


KEYS = {
    "imports": ["ImportUsers", "ImportCheck"],
    "indexing": ["FreetextRebuild"],
    "counters": ["ROURebuild"],
    "custom-fields": ["UDefRebuild", "UDefRebuildContact"],
    "travel": ["PrototypeRebuild"],
    "notices": ["NoLogin", "NoFreetext", "NoTravel", "MessageOfTheDay"],
    "other": ["MonthClose", "importusers"],
}


@pytest.mark.parametrize("kind", [*KEYS, "", "nonsense"])
def test_each_kind_shows_its_events(administrator: User, client_of: ClientOf, kind: str) -> None:
    every_key = [key for keys in KEYS.values() for key in keys]
    for key in every_key:
        SystemEventFactory(tenant=administrator.tenant, key=key, name=key, activated_at=AT)

    found = listed(client_of(administrator), kind=kind)

    assert sorted(found) == sorted(KEYS.get(kind, every_key))


def test_kind_filter_and_search_hold_together(client: Client, tenant: Tenant) -> None:
    for key, name, status in (("UDefRebuild", "Fields", "failed"), ("UDefRebuild2", "Fields", "running")):
        SystemEventFactory(
            tenant=tenant, key=key, name=name, status=status, finished_at=AT if status == "failed" else None
        )

    assert listed(client, kind="custom-fields", show="failed", q="field") == ["Fields"]
    assert listed(client, kind="travel", show="failed", q="field") == []


@pytest.mark.parametrize(
    ("search", "found"), [("ALPH", ["Alpha"]), (" rows ", ["Import"]), ("%", []), ("_", []), ("nothing", [])]
)
def test_names_and_messages_are_searched_for_the_very_letters(client: Client, search: str, found: list[str]) -> None:
    assert listed(client, q=search) == found


def test_nothing_found_says_how_to_see_all_again(client: Client) -> None:
    response = client.get(TAB, query_params={"q": "nothing like it"})

    assert "No event fits" in text(element(response, "events"))
    assert links(response, "events")["Show all events"] == TAB


@pytest.mark.parametrize(
    "query",
    [
        {"q": "\x00"},
        {"show": "everything"},
        {"show": "\x00"},
        {"kind": "everything"},
        {"sort": "activated_by__password"},
        {"sort": "--event"},
        {"page": "abc"},
        {"page": "-1"},
        {"page": "0"},
        {"page": "999"},
        {"page": "\x00"},
    ],
    ids=str,
)
def test_nonsense_is_as_if_it_were_not_there(client: Client, query: dict[str, str]) -> None:
    assert listed(client, **query) == NEWEST_FIRST


@pytest.mark.parametrize("search", ["😀 ﷽", "x" * 100_000, "' OR 1=1 --", "<script>alert(1)</script>"])
def test_odd_searches_find_nothing_and_break_nothing(client: Client, search: str) -> None:
    assert listed(client, q=search) == []


def test_a_long_list_has_pages_that_keep_search_filter_and_order(client: Client, tenant: Tenant) -> None:
    for number in range(26):
        SystemEventFactory(tenant=tenant, name=f"Numbered {number:02}", activated_at=AT)

    first = client.get(TAB, query_params={"q": "numbered", "show": "active", "kind": "other", "sort": "event"})
    second = client.get(TAB + links(first, "events")["Next"])

    assert len(names(first, "events")) == 25
    assert names(second, "events") == ["Numbered 25"]
    assert all(
        part in links(second, "events")["Previous"]
        for part in ("q=numbered", "show=active", "kind=other", "sort=event")
    )


def test_an_event_opens_with_the_list_as_it_was(client: Client) -> None:
    response = client.get(TAB, query_params={"show": "active", "sort": "event"})

    opened = client.get(links(response, "events")["Alpha"])

    assert names(opened, "events") == ["Alpha", "Recount"]

"""The System notifications tab: the list of events and the description of the one that is selected."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from licences.models import Tenant, User
from notifications.event_kinds import Notice
from notifications.models import SystemEvent
from notifications.models.system_events import STALLED_AFTER
from tests.conftest import ClientOf
from tests.factories import SystemEventFactory, scope_of
from tests.pages import element, fetch_part, links, named, table, text, walk

pytestmark = pytest.mark.django_db

TAB = reverse("notifications:events")
AT = datetime(2026, 7, 14, 8, 30, tzinfo=UTC)


@pytest.fixture
def tenant(administrator: User) -> Tenant:
    return administrator.tenant


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


def polls(client: Client, address: str = TAB) -> bool:
    """Whether the list asks for itself again and again."""
    things = walk(element(client.get(address), "events"))
    return any(dict(thing.attributes).get("hx-trigger", "").startswith("every") for thing in things)


def test_the_seven_columns_are_in_their_order(client: Client, tenant: Tenant) -> None:
    SystemEventFactory(tenant=tenant)

    heads = [text(head) for head in named(named(element(client.get(TAB), "events"), "thead")[0], "th")]

    assert heads == [
        "Event",
        "Status",
        "Message",
        "Activated",
        "Activated by",
        "Finished (expected)",
        "Type (for whom)",
    ]


def test_a_row_says_what_who_when_and_for_whom(client: Client, tenant: Tenant, administrator: User) -> None:
    SystemEventFactory(
        tenant=tenant,
        name="Recount",
        message="All were right.",
        activated_at=AT,
        activated_by=administrator,
        finished_at=AT + timedelta(minutes=5),
        status=SystemEvent.Status.SUCCEEDED,
        scope=SystemEvent.Scope.GROUP,
        owner="Sales",
    )

    (row,) = table(client.get(TAB), "events")

    assert row == [
        "Recount",
        "Succeeded",
        "All were right.",
        "14 Jul 2026 10:30",
        f"{administrator.initials} {administrator.login_id}",
        "14 Jul 2026 10:35",
        "Group Sales",
    ]


def test_what_nobody_started_was_the_systems(client: Client, tenant: Tenant) -> None:
    SystemEventFactory(tenant=tenant, activated_by=None)

    assert table(client.get(TAB), "events")[0][4] == "The system"


def test_what_runs_shows_its_progress_and_its_expected_end(client: Client, tenant: Tenant) -> None:
    SystemEventFactory(
        tenant=tenant, percent=42, done=42, total=100, expected_at=AT, activated_at=AT, heartbeat_at=timezone.now()
    )

    (row,) = table(client.get(TAB), "events")
    (progress,) = named(element(client.get(TAB), "events"), "progress")

    assert row[1] == "Running 42 %"
    assert dict(progress.attributes)["value"] == "42"
    assert row[5] == "about 14 Jul 2026 10:30"


@pytest.mark.parametrize(
    ("silent_for", "said"), [(STALLED_AFTER - timedelta(seconds=5), "Running"), (STALLED_AFTER, "Stalled")]
)
def test_what_gives_no_sign_of_life_is_stalled(
    client: Client, tenant: Tenant, silent_for: timedelta, said: str
) -> None:
    SystemEventFactory(tenant=tenant, heartbeat_at=timezone.now() - silent_for)

    assert table(client.get(TAB), "events")[0][1] == said


def test_the_list_asks_again_only_while_something_runs(client: Client, tenant: Tenant) -> None:
    SystemEventFactory(tenant=tenant, ended=True)
    assert not polls(client)

    SystemEventFactory(tenant=tenant, status=SystemEvent.Status.QUEUED)
    assert polls(client)


def test_asking_again_keeps_the_filters_and_the_selection(client: Client, tenant: Tenant) -> None:
    event = SystemEventFactory(tenant=tenant, name="Recount")
    address = reverse("notifications:event", args=[event.pk], query={"q": "rec", "sort": "-status"})

    part = element(fetch_part(client, address, "events"), "events-poll")

    assert dict(part.attributes)["hx-get"] == address
    assert dict(part.attributes)["hx-target"] == "#events"


@pytest.mark.parametrize("part", ["events", "described"])
def test_asking_again_costs_nothing_while_nothing_changes(client: Client, tenant: Tenant, part: str) -> None:
    event = SystemEventFactory(tenant=tenant)
    address = reverse("notifications:event", args=[event.pk])
    tag = fetch_part(client, address, part)["ETag"]

    again = fetch_part(client, address, part, **{"If-None-Match": tag})
    with scope_of(event):
        SystemEvent.objects.update(percent=42, description="Half of it")
    changed = fetch_part(client, address, part, **{"If-None-Match": tag})

    assert (again.status_code, again.content) == (304, b"")
    assert changed.status_code == 200


def test_a_whole_page_is_always_sent(client: Client, tenant: Tenant) -> None:
    assert "ETag" not in client.get(TAB)


def test_the_description_of_what_runs_asks_again_too(client: Client, tenant: Tenant) -> None:
    running, ended = SystemEventFactory(tenant=tenant), SystemEventFactory(tenant=tenant, ended=True)

    details = [
        element(client.get(reverse("notifications:event", args=[event.pk])), "detail") for event in (running, ended)
    ]

    assert [any(("id", "detail-poll") in thing.attributes for thing in walk(detail)) for detail in details] == [
        True,
        False,
    ]


def test_the_selected_row_is_described_below(client: Client, tenant: Tenant) -> None:
    event = SystemEventFactory(tenant=tenant, name="Recount", description="Sales: 3 stored, 2 counted\nService: …")

    response = client.get(reverse("notifications:event", args=[event.pk]))

    assert "Sales: 3 stored, 2 counted" in text(element(response, "detail"))
    assert dict(element(response, f"event-{event.pk}").attributes)["aria-current"] == "true"


def test_a_description_is_text_and_nothing_else(client: Client, tenant: Tenant) -> None:
    event = SystemEventFactory(tenant=tenant, description="<img src=x onerror=alert(1)>")

    response = client.get(reverse("notifications:event", args=[event.pk]))

    assert not named(element(response, "detail"), "img")


def test_each_row_leads_to_its_own_address(client: Client, tenant: Tenant) -> None:
    event = SystemEventFactory(tenant=tenant, name="Recount")

    assert links(client.get(TAB), "events")["Recount"] == reverse("notifications:event", args=[event.pk])


def test_before_anything_has_happened_the_list_says_what_will_be_there(client: Client) -> None:
    assert "Nothing has happened yet" in text(element(client.get(TAB), "events"))


@pytest.mark.parametrize("number", ["0", "1", "999999999", "9223372036854775808", "9" * 60])
def test_an_event_that_is_not_there_is_a_404(client: Client, tenant: Tenant, number: str) -> None:
    SystemEventFactory(tenant=tenant)

    response = client.get(f"/notifications/{number}/")

    assert response.status_code == 404
    assert "There is nothing here" in text(element(response, "main"))


@pytest.mark.parametrize("path", ["-1", "abc", "1.5", "%00", "😀", "1/2"])
def test_a_number_that_is_none_is_a_404(client: Client, path: str) -> None:
    assert client.get(f"/notifications/{path}/").status_code == 404


def test_other_tenants_events_are_not_listed(client: Client, outsider: User) -> None:
    SystemEventFactory(tenant=outsider.tenant, name="Theirs")

    assert "Theirs" not in client.get(TAB).content.decode()


def test_what_can_be_started_is_in_a_menu_of_links_and_forms(client: Client) -> None:
    (menu,) = named(element(client.get(TAB), "panel"), "details")

    assert [text(thing) for thing in named(menu, "a", "button")] == [
        "Import users",
        "Import usage",
        "Add notice",
        "Regenerate counters",
        "Rebuild the search index",
    ]


@pytest.mark.parametrize(("asker", "may"), [("administrator", True), ("member", False)])
def test_only_administrators_are_offered_to_start_something(
    request: pytest.FixtureRequest, client_of: ClientOf, asker: str, may: bool
) -> None:
    panel = element(client_of(request.getfixturevalue(asker)).get(TAB), "panel")

    assert ("Regenerate counters" in text(panel)) == may


def test_a_notice_says_in_plain_words_what_its_name_means(client: Client, tenant: Tenant) -> None:
    for key in Notice:
        SystemEventFactory(tenant=tenant, key=key, name=key.label, message="Until noon.")

    said = {row[0]: row[2] for row in table(client.get(TAB), "events")}

    assert said == {
        "No login": "Only administrators can log in. Until noon.",
        "No freetext": "The search is switched off. Until noon.",
        "No Travel": "Please do not work offline with Travel. Until noon.",
        "Message of the day": "Until noon.",
    }

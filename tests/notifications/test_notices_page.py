"""Administrators set, change and end notices in the browser."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from config.tenancy.scopes import tenant_scope
from licences.middleware import VISIT
from licences.models import LoginHold, User
from notifications.models import SystemEvent
from tests.conftest import ClientOf
from tests.factories import NoticeFactory, SystemEventFactory, UserFactory, UserGroupFactory, scope_of
from tests.pages import element, links, text, walk

pytestmark = pytest.mark.django_db

NEW = "/notifications/notices/new/"
TYPED = {"notice": "MessageOfTheDay", "scope": "system", "group": "", "user": "", "text": "Hello.", "expected_at": ""}
MORNING = datetime(2026, 11, 26, 8, tzinfo=UTC)


@pytest.fixture
def client(client_of: ClientOf, administrator: User) -> Client:
    return client_of(administrator)


def send(client: Client, **typed: str) -> HttpResponse:
    return client.post(NEW, TYPED | typed)


def errors(response: HttpResponse) -> list[str]:
    assert response.status_code == 422
    lists = [thing for thing in walk(element(response, "main")) if dict(thing.attributes).get("class") == "errorlist"]
    return [text(each) for each in lists]


def events_of(user: User) -> list[SystemEvent]:
    with tenant_scope(user.tenant_id):
        return list(SystemEvent.objects.order_by("pk"))


def test_the_tab_leads_to_it(client: Client) -> None:
    assert links(client.get("/licences/notifications/"))["Add notice"] == NEW


def test_it_explains_what_each_notice_means(client: Client) -> None:
    said = text(element(client.get(NEW), "main"))

    assert "No login Only administrators can log in, for example during an upgrade or planned maintenance." in said
    assert "Message of the day Everybody reads it at login" in said


def test_one_is_set_for_everybody_and_said_at_once(client: Client, administrator: User) -> None:
    with time_machine.travel(MORNING, tick=False):
        response = send(client, text="The canteen is closed.", expected_at="2026-11-26T14:30")
        page = client.get(response["Location"])

    (event,) = events_of(administrator)
    assert response["Location"] == reverse("notifications:event", args=[event.pk])
    assert (event.description, event.activated_by_id) == ("The canteen is closed.", administrator.pk)
    assert event.expected_at == datetime(2026, 11, 26, 13, 30, tzinfo=UTC)
    assert "Message of the day is active." in text(element(page, "messages"))
    assert text(element(page, "now")) == "The canteen is closed. Until about 26 Nov 2026 14:30."


def test_one_is_set_for_a_group_and_one_for_a_user(client: Client, administrator: User) -> None:
    UserGroupFactory(tenant=administrator.tenant, name="Sales")
    UserFactory(tenant=administrator.tenant, login_id="ask.berg")

    send(client, scope="group", group="Sales")
    send(client, scope="user", user=" Ask.Berg ", group="Sales")

    assert [(event.scope, event.owner) for event in events_of(administrator)] == [
        ("group", "Sales"),
        ("user", "ask.berg"),
    ]


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"text": " \n"}, "Write the message."),
        ({"text": "x" * 1001}, "Ensure this value has at most 1000 characters (it has 1001)."),
        ({"text": "a\x00b"}, "Null characters are not allowed."),
        ({"notice": ""}, "Choose a notice."),
        ({"notice": "Recount"}, "Choose a notice."),
        ({"scope": "database"}, "Choose for whom."),
        ({"scope": "group"}, "Choose the group."),
        ({"scope": "group", "group": "Their group"}, "There is no such group any more."),
        ({"scope": "group", "group": "a\x00b"}, "There is no such group any more."),
        ({"scope": "user"}, "Write the user's ID."),
        ({"scope": "user", "user": "nobody"}, "There is no user with this ID."),
        ({"scope": "user", "user": "a\x00b"}, "Null characters are not allowed."),
        ({"expected_at": "2026-11-26T09:00"}, "This time is past already."),
        ({"expected_at": "2028-01-01T00:00"}, "That is more than a year away."),
        ({"expected_at": "9999-12-31T23:59"}, "That is more than a year away."),
        ({"expected_at": "tomorrow"}, "Enter a valid date/time."),
        ({"expected_at": "2027-03-28T02:30"}, "couldn’t be interpreted in time zone Europe/Oslo"),
    ],
)
def test_what_cannot_be_is_said_beside_it(
    typed: dict[str, str], error: str, client: Client, administrator: User, outsider: User
) -> None:
    UserGroupFactory(tenant=outsider.tenant, name="Their group")

    with time_machine.travel(MORNING, tick=False):
        (said,) = errors(send(client, **typed))

    assert error in said
    assert events_of(administrator) == []


def test_a_user_of_another_tenant_is_nobody(client: Client, outsider: User) -> None:
    assert errors(send(client, scope="user", user=outsider.login_id)) == ["There is no user with this ID."]


def test_a_second_one_for_the_same_people_is_refused(client: Client, administrator: User) -> None:
    send(client)

    response = send(client, text="Another one.")

    assert response.status_code == 422
    assert "The same notice is active for them already." in text(element(response, "main"))
    assert len(events_of(administrator)) == 1


def test_no_login_asks_once_more_and_says_how_many_it_keeps_out(client: Client, administrator: User) -> None:
    UserFactory.create_batch(2, tenant=administrator.tenant)
    UserFactory(tenant=administrator.tenant, can_log_in=False)

    asked = send(client, notice="NoLogin")
    before = events_of(administrator)
    send(client, notice="NoLogin", sure="on")

    assert errors(asked)[0].startswith("2 users are kept out until the notice is ended.")
    assert element(asked, "id_sure")
    assert before == []
    with scope_of(administrator):
        assert LoginHold.objects.get().reason == "Hello."


@pytest.mark.parametrize(
    ("scope", "owner", "said"),
    [
        ("group", {"group": "Sales"}, "1 user is kept out"),
        ("user", {"user": "ask.berg"}, "1 user is kept out"),
        ("user", {"user": "boss"}, "Nobody is kept out by this: system administrators can always log in."),
    ],
)
def test_no_login_counts_those_of_its_scope(
    scope: str, owner: dict[str, str], said: str, client: Client, administrator: User
) -> None:
    tenant = administrator.tenant
    UserFactory(tenant=tenant, login_id="ask.berg", primary_group=UserGroupFactory(tenant=tenant, name="Sales"))
    UserFactory(tenant=tenant, login_id="boss", administrator=True)
    UserFactory(tenant=tenant)

    (error,) = errors(send(client, notice="NoLogin", scope=scope, **owner))

    assert error.startswith(said)


def test_one_is_changed_and_ended(client: Client, administrator: User) -> None:
    event = NoticeFactory(tenant=administrator.tenant, expected_at=MORNING - timedelta(days=1))
    address = reverse("notifications:notice", args=[event.pk])

    with time_machine.travel(MORNING, tick=False):
        page = client.get(address)
        same_end = client.post(address, {"text": "It is open.", "expected_at": "2026-11-25T09:00"})
        past_end = client.post(address, {"text": "It is open.", "expected_at": "2026-11-25T10:00"})
        empty = client.post(address, {"text": "", "expected_at": ""})
        ended = client.post(reverse("notifications:notice_end", args=[event.pk]))
        shown = client.get(ended["Location"])

    assert "This notice is past its expected end." in text(element(page, "main"))
    assert same_end["Location"] == ended["Location"] == reverse("notifications:event", args=[event.pk])
    assert errors(past_end) == ["This time is past already."]
    assert errors(empty) == ["Write the message."]
    (changed,) = events_of(administrator)
    assert (changed.description, changed.status, changed.expected_at) == ("It is open.", "succeeded", event.expected_at)
    assert "Message of the day is ended." in text(element(shown, "messages"))


def test_the_event_leads_to_its_change_while_it_is_active(client: Client, administrator: User) -> None:
    active, ended = NoticeFactory(tenant=administrator.tenant), NoticeFactory(tenant=administrator.tenant, ended=True)

    pages = [client.get(reverse("notifications:event", args=[event.pk])) for event in (active, ended)]

    assert links(pages[0], "described")["Change or end"] == reverse("notifications:notice", args=[active.pk])
    assert "Change or end" not in links(pages[1], "described")
    assert "Everybody reads it at login" in text(element(pages[1], "described"))


def test_one_that_has_ended_is_only_read(client: Client, administrator: User) -> None:
    event = NoticeFactory(tenant=administrator.tenant, ended=True)
    address = reverse("notifications:notice", args=[event.pk])

    looked, changed = client.get(address), client.post(address, {"text": "Again.", "expected_at": ""})
    ended = client.post(reverse("notifications:notice_end", args=[event.pk]))

    assert {looked["Location"], changed["Location"], ended["Location"]} == {f"/notifications/{event.pk}/"}
    assert events_of(administrator)[0].description == event.description


@pytest.mark.parametrize("name", ["notice", "notice_end"])
def test_what_is_no_notice_of_ones_own_is_not_there(
    name: str, client: Client, administrator: User, outsider: User
) -> None:
    events = [SystemEventFactory(tenant=administrator.tenant), NoticeFactory(tenant=outsider.tenant)]

    answers = {client.post(reverse(f"notifications:{name}", args=[event.pk])).status_code for event in events}

    assert answers == {404}
    assert [event.status for event in events_of(outsider)] == ["running"]


def test_members_read_notices_and_change_none(client_of: ClientOf, member: User) -> None:
    event = NoticeFactory(tenant=member.tenant)
    client = client_of(member)

    refused = [
        client.get(NEW),
        send(client),
        client.post(reverse("notifications:notice", args=[event.pk]), {"text": "x"}),
        client.post(reverse("notifications:notice_end", args=[event.pk])),
    ]

    assert {response.status_code for response in refused} == {403}
    assert event.name in client.get("/licences/notifications/").content.decode()
    assert "Add notice" not in client.get("/licences/notifications/").content.decode()


def test_a_visit_only_looks(client_of: ClientOf, support: User, member: User, settings: Settings) -> None:
    settings.SUPPORT_MFA_OPTIONAL = True
    client = client_of(support)
    session = client.session
    session[VISIT] = member.tenant_id
    session.save()

    page = client.get(NEW)

    assert "Set the notice" not in text(element(page, "main"))
    assert send(client).status_code == 403


def test_a_text_is_text_on_every_page(client: Client, administrator: User) -> None:
    payload = "</textarea><script>alert(1)</script>"

    event = events_of(administrator)[0] if send(client, text=payload).status_code == 302 else None
    pages = [client.get(reverse(f"notifications:{name}", args=[event.pk])) for name in ("event", "notice")]
    pages += [client.get("/licences/notifications/"), send(client, text=payload)]

    assert [page.status_code for page in pages] == [200, 200, 200, 422]
    assert not any("<script>alert" in page.content.decode() for page in pages)

"""What is said on every page: active notices to those whom they are for, and own jobs that end, once."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from config.tenancy.scopes import support_scope
from licences.middleware import VISIT
from licences.models import User
from notifications.event_kinds import Notice
from notifications.models import PlatformNotice, SystemEvent
from notifications.services.notices import change_notice, end_notice
from tests.conftest import ClientOf
from tests.factories import (
    PASSWORD,
    JobFactory,
    NoticeFactory,
    PlatformNoticeFactory,
    SystemEventFactory,
    UserFactory,
    UserGroupFactory,
    scope_of,
)
from tests.pages import element, fetch_part, named, text, tree, walk

pytestmark = pytest.mark.django_db

NOW = "/notifications/now/"
STATUS = "/licences/status/"
NOON = datetime(2026, 11, 26, 11, tzinfo=UTC)


@pytest.fixture
def client(client_of: ClientOf, member: User) -> Client:
    return client_of(member)


def said(response: HttpResponse) -> str:
    return text(element(response, "now"))


def poll_of(response: HttpResponse) -> dict[str, str]:
    return dict(element(response, "now-poll").attributes)


def asked(client: Client, address: str = NOW, **more: str) -> HttpResponse:
    return fetch_part(client, address, "now", **{"HX-Trigger": "now-poll"} | more)


def toasts(response: HttpResponse) -> list[str]:
    """What pops up."""
    start = response.content.find(b"<div hx-swap-oob")
    part = HttpResponse(b"<div>" + response.content[start:] + b"</div>" if start >= 0 else b"<div></div>")
    return [text(thing) for thing in walk(tree(part)) if dict(thing.attributes).get("id", "").startswith("toast-")]


def test_a_message_of_the_day_is_on_the_first_page_after_the_login_and_on_each_one(member: User) -> None:
    NoticeFactory(tenant=member.tenant, description="The canteen is closed.")
    client = Client()

    first = client.post("/login/", {"login": member.login_id, "password": PASSWORD}, follow=True)

    assert said(first) == "The canteen is closed."
    assert said(client.get("/account/")) == "The canteen is closed."
    assert said(client.get("/licences/no/such/page/")) == "The canteen is closed."


@pytest.mark.parametrize(
    ("scope", "owner", "is_said"),
    [
        ("system", "", True),
        ("group", "Sales", True),
        ("group", "Service", False),
        ("user", "berg", True),
        ("user", "sales", False),
        ("database", "", False),
    ],
)
def test_it_is_said_to_those_of_its_scope(
    scope: str, owner: str, is_said: bool, member: User, client_of: ClientOf
) -> None:
    member.login_id, member.primary_group = "berg", UserGroupFactory(tenant=member.tenant, name="Sales")
    with scope_of(member):
        member.save(update_fields=["login_id", "primary_group"])
    NoticeFactory(tenant=member.tenant, scope=scope, owner=owner)

    assert bool(said(client_of(member).get(STATUS))) == is_said


def test_another_tenants_notice_one_that_ended_and_a_job_are_not_said(
    client: Client, member: User, outsider: User
) -> None:
    NoticeFactory(tenant=outsider.tenant)
    NoticeFactory(tenant=member.tenant, ended=True)
    SystemEventFactory(tenant=member.tenant)
    SystemEventFactory(tenant=member.tenant, key=Notice.NO_TRAVEL, source="https://crm.example")

    assert said(client.get(STATUS)) == ""


def test_each_kind_says_what_it_means_and_until_when(member: User, client_of: ClientOf, administrator: User) -> None:
    for notice in Notice:
        NoticeFactory(tenant=member.tenant, key=notice, description="Because.", expected_at=NOON)

    with time_machine.travel(NOON.replace(hour=1), tick=False):
        before = said(client_of(administrator).get(STATUS))
    with time_machine.travel(NOON.replace(hour=20), tick=False):
        after = said(client_of(administrator).get(STATUS))

    assert before == (
        "No login: only system administrators can log in for now. Because. Until about 26 Nov 2026 12:00. "
        "Because. Until about 26 Nov 2026 12:00. "
        "No freetext: the search is switched off for now. Because. Until about 26 Nov 2026 12:00. "
        "No Travel: please do not use Travel for now. Because. Until about 26 Nov 2026 12:00."
    )
    assert "Until about" not in after


@pytest.mark.parametrize("payload", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7|add:7 }}"])
def test_a_text_is_text_and_nothing_else(payload: str, client: Client, member: User) -> None:
    NoticeFactory(tenant=member.tenant, description=payload)
    PlatformNoticeFactory(text=payload)

    for response in (client.get(STATUS), asked(client), client.get(NOW), Client().get("/login/")):
        now = element(response, "now")
        assert payload.encode() not in response.content or payload.startswith("{{")
        assert not named(now, "script", "img")
    assert "{{ 7|add:7 }}" in text(now) or not payload.startswith("{{")


def test_what_the_vendor_says_to_everybody_is_on_the_login_page_and_on_every_other(client: Client) -> None:
    notice = PlatformNoticeFactory(text="We update on Saturday.", expected_at=NOON)

    with time_machine.travel(NOON.replace(hour=1), tick=False):
        at_login, inside = said(Client().get("/login/")), said(client.get("/account/"))
        with support_scope("a test"):
            PlatformNotice.objects.filter(pk=notice.pk).update(ended_at=NOON)
        afterwards = [said(Client().get("/login/")), said(client.get("/account/"))]

    assert at_login == "We update on Saturday. Until about 26 Nov 2026 11:00 UTC."
    assert inside == "We update on Saturday. Until about 26 Nov 2026 12:00."
    assert afterwards == ["", ""]


def test_a_tenants_own_notices_are_not_on_the_login_page(member: User) -> None:
    NoticeFactory(tenant=member.tenant)

    response = Client().get("/login/")

    assert said(response) == ""
    assert b"now-poll" not in response.content


def test_support_reads_what_is_said_to_everybody_with_their_own_login_and_closes_nothing(
    support: User, client_of: ClientOf, settings: Settings, member: User
) -> None:
    settings.SUPPORT_MFA_OPTIONAL = True
    PlatformNoticeFactory(text="We update on Saturday.")
    NoticeFactory(tenant=member.tenant, description="The canteen is closed.")
    client = client_of(support)

    own = client.get("/account/second-step/")
    session = client.session
    session[VISIT] = member.tenant_id
    session.save()
    visiting = client.get(STATUS)

    assert said(own) == "We update on Saturday."
    assert said(visiting) == "We update on Saturday. The canteen is closed."
    assert not named(element(own, "now"), "form")
    assert not named(element(visiting, "now"), "form")


def close(client: Client, response: HttpResponse, **more: str) -> HttpResponse:
    """Press the first button that closes a notice."""
    form = named(element(response, "now"), "form")[0]
    typed = {dict(field.attributes)["name"]: dict(field.attributes).get("value", "") for field in named(form, "input")}
    return client.post(dict(form.attributes)["action"], typed | more)


def test_closing_one_hides_it_for_this_session_and_leads_back(
    client: Client, member: User, client_of: ClientOf
) -> None:
    NoticeFactory(tenant=member.tenant, description="The canteen is closed.")
    NoticeFactory(tenant=member.tenant, key=Notice.NO_TRAVEL, description="")

    response = close(client, client.get(f"{STATUS}?x=1"))

    assert response["Location"] == f"{STATUS}?x=1"
    assert said(client.get(STATUS)) == "No Travel: please do not use Travel for now."
    assert "The canteen is closed." in text(element(client.get(NOW), "main"))
    assert "The canteen is closed." in said(client_of(member).get(STATUS))


def test_what_was_closed_is_said_again_once_it_says_something_else(client: Client, member: User) -> None:
    event = NoticeFactory(tenant=member.tenant)
    close(client, client.get(STATUS))

    with scope_of(event):
        change_notice(event, text="The canteen is open again.", expected_at=None, by=member)

    assert said(client.get(STATUS)) == "The canteen is open again."


def test_only_what_is_said_is_remembered_as_closed(client: Client, member: User) -> None:
    event = NoticeFactory(tenant=member.tenant)
    close(client, client.get(STATUS))
    remembered = client.session["closed_notices"]
    with scope_of(event):
        end_notice(event, by=member)

    client.post(f"{NOW}close/", {"name": "x" * 10_000})

    assert len(remembered) == 1
    assert client.session["closed_notices"] == []


@pytest.mark.parametrize("typed", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", ""])
def test_closing_leads_nowhere_else(typed: str, client: Client, member: User) -> None:
    NoticeFactory(tenant=member.tenant)

    assert close(client, client.get(STATUS), next=typed)["Location"] == "/"


def test_nothing_is_closed_by_looking(client: Client) -> None:
    assert client.get(f"{NOW}close/").status_code == 405


def test_those_who_are_in_ask_within_a_minute_and_unchanged_news_cost_nothing(client: Client, member: User) -> None:
    poll = poll_of(client.get(STATUS))
    tag = asked(client)["ETag"]

    again = asked(client, **{"If-None-Match": tag})
    NoticeFactory(tenant=member.tenant, description="The canteen is closed.")
    news = asked(client, **{"If-None-Match": tag})

    assert (poll["hx-get"], poll["hx-target"], poll["hx-trigger"]) == (NOW, "#now", "every 45s, ask")
    assert (again.status_code, again.content) == (304, b"")
    assert said(news) == "The canteen is closed."


def test_while_an_own_job_is_under_way_it_is_asked_often_and_by_name(
    member: User, outsider: User, client: Client
) -> None:
    mine = [
        SystemEventFactory(tenant=member.tenant, activated_by=member, status=status) for status in ("queued", "running")
    ]
    SystemEventFactory(tenant=member.tenant, activated_by=UserFactory(tenant=member.tenant))
    SystemEventFactory(tenant=member.tenant, activated_by=member, source="https://crm.example")
    SystemEventFactory(tenant=member.tenant, activated_by=member, ended=True)
    NoticeFactory(tenant=member.tenant, activated_by=member)

    poll = poll_of(client.get(STATUS))

    assert poll["data-watch"] == f"{mine[0].pk},{mine[1].pk}"
    assert poll["hx-get"] == reverse("notifications:now", query={"watch": poll["data-watch"]})
    assert poll["hx-trigger"] == "every 3s, ask"


@pytest.mark.parametrize(
    ("status", "kind", "word"),
    [("succeeded", "success", "Succeeded"), ("failed", "error", "Failed"), ("cancelled", "info", "Cancelled")],
)
def test_an_own_job_that_ended_pops_up_with_its_outcome_and_the_way_to_it(
    status: str, kind: str, word: str, client: Client, member: User
) -> None:
    job = JobFactory(tenant=member.tenant, ended=True, event__activated_by=member, event__status=status)
    with scope_of(job):
        SystemEvent.objects.filter(pk=job.event_id).update(message="<b>All</b> right.")

    response = asked(client, f"{NOW}?watch={job.event_id}")

    assert toasts(response) == [f"Recount {word} <b>All</b> right."]
    assert b"<b>All" not in response.content
    assert f'data-kind="{kind}"' in response.content.decode()
    assert f'href="/notifications/{job.event_id}/"' in response.content.decode()
    assert poll_of_part(response)["data-watch"] == ""


def poll_of_part(response: HttpResponse) -> dict[str, str]:
    start = response.content.find(b"<div hx-swap-oob")
    return poll_of(HttpResponse(response.content[:start]))


def test_it_pops_up_until_the_browser_has_heard_it_and_then_no_more(client: Client, member: User) -> None:
    job = SystemEventFactory(tenant=member.tenant, activated_by=member)
    watching = poll_of(client.get(STATUS))["hx-get"]
    before = asked(client, watching)
    with scope_of(job):
        SystemEvent.objects.filter(pk=job.pk).update(status="succeeded", finished_at=NOON)

    told, told_again = asked(client, watching, **{"If-None-Match": before["ETag"]}), asked(client, watching)

    assert (toasts(before), len(toasts(told)), len(toasts(told_again))) == ([], 1, 1)
    assert poll_of_part(told)["hx-get"] == NOW
    assert toasts(asked(client)) == []


def test_jobs_of_others_what_runs_still_and_notices_do_not_pop_up(client: Client, member: User, outsider: User) -> None:
    events = [
        SystemEventFactory(tenant=member.tenant, ended=True, activated_by=UserFactory(tenant=member.tenant)),
        SystemEventFactory(tenant=member.tenant, ended=True),
        SystemEventFactory(tenant=member.tenant, activated_by=member),
        SystemEventFactory(tenant=outsider.tenant, ended=True, activated_by=outsider),
        SystemEventFactory(tenant=member.tenant, ended=True, activated_by=member, source="https://crm.example"),
        NoticeFactory(tenant=member.tenant, ended=True, activated_by=member),
    ]

    response = asked(client, f"{NOW}?watch={','.join(str(event.pk) for event in events)}")

    assert toasts(response) == []


def test_the_page_of_the_very_event_needs_no_toast(client: Client, member: User) -> None:
    event = SystemEventFactory(tenant=member.tenant, ended=True, activated_by=member)
    own = f"http://testserver/notifications/{event.pk}/?show=mine"

    response = asked(client, f"{NOW}?watch={event.pk}", **{"HX-Current-URL": own})

    assert toasts(response) == []


def test_the_page_of_the_import_needs_no_toast_of_its_jobs(client: Client, member: User) -> None:
    job = JobFactory(
        tenant=member.tenant,
        ended=True,
        event__key="ImportCheck",
        event__activated_by=member,
        kind="import_check",
        subject=7,
    )
    own, other = (f"http://testserver/notifications/imports/{pk}/" for pk in (7, 8))

    on_its_page = asked(client, f"{NOW}?watch={job.event_id}", **{"HX-Current-URL": own})
    elsewhere = asked(client, f"{NOW}?watch={job.event_id}", **{"HX-Current-URL": other})

    assert (toasts(on_its_page), len(toasts(elsewhere))) == ([], 1)


@pytest.mark.parametrize("typed", ["", "x", "-1", "1.5", "9" * 60, "%00", "²", "1,,2", ",", "1&watch=2"])
def test_what_is_no_number_is_not_watched(typed: str, client: Client) -> None:
    assert asked(client, f"{NOW}?watch={typed}").status_code == 200


def test_of_very_many_the_newest_are_watched(client: Client, member: User) -> None:
    events = [SystemEventFactory(tenant=member.tenant, ended=True, activated_by=member) for _ in range(25)]

    response = asked(client, f"{NOW}?watch={','.join(str(event.pk) for event in events)}")

    assert len(toasts(response)) == 20


def test_all_of_it_is_one_query_and_a_part_of_a_page_asks_none(client: Client, member: User) -> None:
    for _ in range(3):
        SystemEventFactory(tenant=member.tenant, activated_by=member)
        PlatformNoticeFactory()
    NoticeFactory(tenant=member.tenant)
    client.get(STATUS)

    def asked_of_notices(address: str, **headers: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address, headers=headers).status_code == 200
        return sum("notifications_platformnotice" in query["sql"] for query in queries)

    assert asked_of_notices(STATUS) == asked_of_notices("/account/") == asked_of_notices(NOW) == 1
    assert asked_of_notices(STATUS, **{"HX-Request": "true", "HX-Target": "panel"}) == 0


def test_asking_writes_nothing(client: Client, member: User) -> None:
    event = SystemEventFactory(tenant=member.tenant, ended=True, activated_by=member)
    client.get(STATUS)

    with CaptureQueriesContext(connection) as queries:
        asked(client, f"{NOW}?watch={event.pk}")

    assert not [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]

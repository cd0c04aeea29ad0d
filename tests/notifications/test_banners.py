"""Active notices stand on every page, for those whom they are for."""

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from config.tenancy.scopes import support_scope
from licences.middleware import VISIT
from licences.models import User
from notifications.event_kinds import Notice
from notifications.models import PlatformNotice
from tests.conftest import ClientOf
from tests.factories import (
    PASSWORD,
    NoticeFactory,
    PlatformNoticeFactory,
    SystemEventFactory,
    UserGroupFactory,
    scope_of,
)
from tests.notifications.now import NOON, NOW, STATUS, asked, said
from tests.pages import element, named, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_of: ClientOf, member: User) -> Client:
    return client_of(member)


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

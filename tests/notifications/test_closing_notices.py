"""A notice is closed for one session, until it says something else."""

import pytest
from django.http import HttpResponse
from django.test import Client

from licences.models import User
from notifications.event_kinds import Notice
from notifications.services.notices import change_notice, end_notice
from tests.conftest import ClientOf
from tests.factories import (
    NoticeFactory,
    scope_of,
)
from tests.notifications.now import NOW, STATUS, said
from tests.pages import element, named, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_of: ClientOf, member: User) -> Client:
    return client_of(member)


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

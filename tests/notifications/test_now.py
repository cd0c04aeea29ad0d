"""What every page asks for by itself: how often, by what name, and at what price."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from licences.models import User
from tests.conftest import ClientOf
from tests.factories import (
    NoticeFactory,
    PlatformNoticeFactory,
    SystemEventFactory,
    UserFactory,
)
from tests.notifications.now import NOW, STATUS, asked, poll_of, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_of: ClientOf, member: User) -> Client:
    return client_of(member)


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


@pytest.mark.parametrize("typed", ["", "x", "-1", "1.5", "9" * 60, "%00", "²", "1,,2", ",", "1&watch=2"])
def test_what_is_no_number_is_not_watched(typed: str, client: Client) -> None:
    assert asked(client, f"{NOW}?watch={typed}").status_code == 200


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

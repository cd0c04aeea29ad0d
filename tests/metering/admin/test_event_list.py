"""The list of usage events: any number of them, a page at a time."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from licences.models import Tenant, User
from metering.events import key_of
from metering.models import MeteredService
from metering.partitions import months, name_of
from metering.periods import Month
from tests.conftest import ClientOf
from tests.factories import (
    ApiTokenFactory,
    EventKeyFactory,
    MeteredServiceFactory,
    UsageEventFactory,
    UsageMonthFactory,
)
from tests.metering.admin.plans import plan_of

LIST = "admin:metering_usageevent_changelist"
PAGE = 50


@pytest.fixture
def support_client(client_of: ClientOf, support: User) -> Client:
    return client_of(support)


@pytest.fixture
def many(metered: Tenant) -> list[int]:
    """120 events of two services in turn, the newest first."""
    services = [MeteredServiceFactory(), MeteredServiceFactory()]
    made = [UsageEventFactory(tenant=metered, service=services[number % 2]) for number in range(120)]
    return [event.pk for event in reversed(made)]


def shown(client: Client, query: str = "") -> tuple[list[int], str, str]:
    """The events of a page, and where the newer and the older ones are."""
    changes = client.get(reverse(LIST) + query).context["cl"]
    return [event.pk for event in changes.result_list], changes.newer, changes.older


def test_pages_follow_each_other_without_gaps_in_both_directions(support_client: Client, many: list[int]) -> None:
    first, newer, older = shown(support_client)
    assert (first, newer) == (many[:PAGE], "")
    second, newer, older = shown(support_client, older)
    assert second == many[PAGE : 2 * PAGE]
    third, newer, older = shown(support_client, older)
    assert (third, older) == (many[2 * PAGE :], "")

    back, newer, older = shown(support_client, newer)
    assert back == second
    back, newer, older = shown(support_client, newer)
    assert (back, newer) == (first, "")


def test_pages_keep_the_filter(support_client: Client, many: list[int]) -> None:
    service = MeteredService.objects.order_by("pk").last()
    assert service is not None
    first, _newer, older = shown(support_client, f"?service__id__exact={service.pk}")

    assert first == many[::2][:PAGE]
    assert shown(support_client, older)[0] == many[::2][PAGE:]


def test_nothing_is_counted_skipped_or_sorted_otherwise(support_client: Client, many: list[int]) -> None:
    address = reverse(LIST)
    support_client.get(address)

    with CaptureQueriesContext(connection) as captured:
        assert support_client.get(address, {"o": "3", "p": "2", "all": "", "_facets": "True"}).status_code == 200

    asked = [query["sql"].upper() for query in captured if "METERING_USAGEEVENT" in query["sql"].upper()]
    assert len(asked) == 1
    assert "COUNT(" not in asked[0]
    assert "OFFSET" not in asked[0]
    assert 'ORDER BY "METERING_USAGEEVENT"."ID" DESC LIMIT 51' in asked[0]


def test_of_a_tenant_only_the_months_in_which_it_has_events_are_looked_through(
    support_client: Client, many: list[int], outsider: User
) -> None:
    first, second, empty, _now = months(timezone.now().date(), before=3, after=0)
    one = UsageEventFactory(tenant=outsider.tenant, service=MeteredServiceFactory(), day=Month(second).last)
    for month, events in ((first, 1), (second, 1), (empty, 0)):
        UsageMonthFactory(tenant=outsider.tenant, service=one.service, month=month, events=events)

    with CaptureQueriesContext(connection) as captured:
        found, _newer, _older = shown(support_client, f"?tenant__id__exact={outsider.tenant.pk}")

    assert found == [one.pk]
    (asked,) = [query["sql"] for query in captured if 'FROM "metering_usageevent"' in query["sql"]]
    assert {node["Relation Name"] for node in plan_of(asked) if "usageevent" in node.get("Relation Name", "")} == {
        name_of(first),
        name_of(second),
    }


@pytest.mark.parametrize("query", ["?before=x", "?after=", "?before=-1", "?after=" + "9" * 30, "?before=%00"])
def test_a_place_that_is_none_is_the_beginning(query: str, support_client: Client, many: list[int]) -> None:
    assert shown(support_client, query)[0] == many[:PAGE]


def test_an_event_is_found_by_its_id_and_of_one_tenant_only_that_tenants(
    support_client: Client, metered: Tenant, outsider: User
) -> None:
    service = MeteredServiceFactory()
    found = {}
    for tenant in (metered, outsider.tenant):
        source = ApiTokenFactory(tenant=tenant).source
        event = UsageEventFactory(
            tenant=tenant, service=service, event_id="a-17", source=source, key=key_of(source, "a-17")
        )
        EventKeyFactory(tenant=tenant, service=service, key=event.key, day=event.day, time=event.time)
        found[tenant.pk] = event.pk

    assert set(shown(support_client, "?q=a-17")[0]) == set(found.values())
    assert shown(support_client, f"?q=a-17&tenant__id__exact={metered.pk}")[0] == [found[metered.pk]]
    assert shown(support_client, "?q=a-1")[0] == []

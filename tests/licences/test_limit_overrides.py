"""Support agrees with a tenant on another limit than the plan's, with dates and a reason, and ends it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from licences.models import HistoryEntry, LimitOverride, Restriction, User
from tests.conftest import ClientOf
from tests.factories import LimitOverrideFactory, RestrictionFactory, TenantFactory, scope_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)
"""Tomorrow already, in Oslo."""


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def row() -> Restriction:
    return RestrictionFactory(limit=100, used=97, type__name="Active projects", tenant=TenantFactory(suite=True))


def page_of(row: Restriction) -> str:
    return reverse("admin:licences_restriction_override", args=[row.pk])


def known(row: Restriction) -> Restriction:
    with scope_of(row):
        return Restriction.objects.get(pk=row.pk)


def overrides(row: Restriction) -> list[LimitOverride]:
    with scope_of(row):
        return list(LimitOverride.objects.all())


def test_the_limits_page_leads_there(row: Restriction, support_client: Client) -> None:
    page = support_client.get(reverse("admin:licences_restriction_change", args=[row.pk]))

    assert page_of(row) in page.text


def test_another_limit_is_in_force_at_once(row: Restriction, support_client: Client, support: User) -> None:
    response = support_client.post(page_of(row), {"limit": "150", "reason": "Case 4711"}, follow=True)

    assert "Another limit of Active projects was agreed." in response.text
    assert (known(row).limit, known(row).limit_until) == (150, None)
    with scope_of(row):
        entry = HistoryEntry.objects.get()
    assert (entry.action, entry.before, entry.after, entry.why) == (
        "limit_set",
        {"limit": 100},
        {"limit": 150},
        "Case 4711",
    )


def test_days_are_the_tenants(row: Restriction, support_client: Client) -> None:
    typed = {"no_limit": "on", "first": "2026-11-28", "last": "2026-11-30", "reason": "Case 4711"}

    support_client.post(page_of(row), typed)

    (override,) = overrides(row)
    assert override.limit is None
    assert override.starts_at == datetime(2026, 11, 27, 23, 0, tzinfo=UTC)
    assert override.ends_at == datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
    assert (known(row).limit, known(row).limit_until) == (100, override.starts_at)


def test_today_is_from_now_on_to_its_end(row: Restriction, support_client: Client) -> None:
    typed = {"limit": "0", "first": "2026-11-27", "last": "2026-11-27", "reason": "Case 4711"}

    support_client.post(page_of(row), typed)

    (override,) = overrides(row)
    assert (override.starts_at, override.ends_at) == (NOW, datetime(2026, 11, 27, 23, 0, tzinfo=UTC))
    assert known(row).limit == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"limit": "150"}, "This field is required."),
        ({"reason": "x"}, "Type the new limit, or tick that there is none."),
        ({"limit": "1", "no_limit": "on", "reason": "x"}, "Type the new limit, or tick that there is none."),
        ({"limit": "-1", "reason": "x"}, "greater than or equal to 0"),
        ({"limit": "9999999999", "reason": "x"}, "less than or equal to 1000000"),
        ({"limit": "1", "first": "2026-11-26", "reason": "x"}, "That day is over where the customer is."),
        ({"limit": "1", "last": "2026-11-26", "reason": "x"}, "It ends before it begins."),
        ({"limit": "1", "first": "2026-11-29", "last": "2026-11-28", "reason": "x"}, "It ends before it begins."),
        ({"limit": "1", "first": "2026-11-26", "last": "2026-11-28", "reason": "x"}, "That day is over"),
        ({"limit": "1", "first": "2036-11-29", "reason": "x"}, "That is more than ten years ahead."),
        ({"limit": "1", "first": "9999-12-31", "reason": "x"}, "That is more than ten years ahead."),
        ({"limit": "1", "last": "2036-11-29", "reason": "x"}, "Leave it empty for ever."),
        ({"limit": "1", "last": "9999-12-31", "reason": "x"}, "Leave it empty for ever."),
    ],
)
def test_what_makes_no_sense_is_refused(
    typed: dict[str, str], said: str, row: Restriction, support_client: Client
) -> None:
    response = support_client.post(page_of(row), typed)

    assert response.status_code == 422
    assert said in response.text
    assert overrides(row) == []


def test_what_was_agreed_is_ended(row: Restriction, support_client: Client) -> None:
    support_client.post(page_of(row), {"limit": "150", "reason": "Case 4711"})
    (override,) = overrides(row)
    address = reverse("admin:licences_limitoverride_end", args=[override.pk])
    assert address in support_client.get(page_of(row)).text

    response = support_client.post(address, follow=True)

    assert "What was agreed of Active projects has ended." in response.text
    assert known(row).limit == 100
    assert address not in response.text


def test_nobody_but_support_gets_there(row: Restriction, administrator: User, client_of: ClientOf) -> None:
    override = LimitOverrideFactory(tenant=row.tenant, restriction=row)
    client = client_of(administrator)

    answers = [
        client.get(page_of(row), follow=True),
        client.post(page_of(row), {"limit": "150", "reason": "x"}, follow=True),
        client.post(reverse("admin:licences_limitoverride_end", args=[override.pk]), follow=True),
    ]

    assert {each.status_code for each in answers} == {403}
    assert len(overrides(row)) == 1


def test_an_unknown_limit_is_none(support_client: Client) -> None:
    assert support_client.get(reverse("admin:licences_restriction_override", args=[999_999_999])).status_code == 404
    assert support_client.post(reverse("admin:licences_limitoverride_end", args=[999_999_999])).status_code == 404

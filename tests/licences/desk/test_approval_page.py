"""The page on which the support desk approves an upgrade: what it gives, and what it says when that cannot be."""

from typing import Any

import pytest
from django.test import Client

from config.tenancy.scopes import support_scope
from licences.models import CustomerRequest, LicenceSet, LimitOverride, User
from licences.services.customer_requests import take, withdraw
from tests.factories import scope_of
from tests.licences.desk.asking import (
    SUITE,
    approval,
    ask,
    for_seats,
    limit_of,
    logged,
    now_of,
    page_of,
    story_of,
    tenant_of,
)
from tests.pages import element, text
from tests.routes import rows_of

pytestmark = pytest.mark.usefixtures("demo")


def test_the_approval_is_filled_in_with_the_wish_and_shows_what_it_changes(
    support_client: Client, asked: CustomerRequest
) -> None:
    before = rows_of(asked.tenant)

    response = support_client.get(page_of(asked, "approve"))

    (limit,) = response.context["preview"].limits
    assert (limit.before.limit, limit.after.limit, str(limit.after.state)) == (100, 150, "black")
    assert "97 of 150 active projects" in text(element(response, "preview"))
    assert rows_of(asked.tenant) == before


def test_approving_raises_the_limit_and_tells_the_customer(support_client: Client, asked: CustomerRequest) -> None:
    response = support_client.post(page_of(asked, "approve"), approval(asked))

    assert response.status_code == 302
    assert limit_of(asked.tenant).limit == 150
    assert story_of(asked) == ["submitted", "approved", "fulfilled"]
    assert logged() == ["Approved and fulfilled."]


@pytest.mark.parametrize("total", [10, 25])
def test_the_page_says_that_the_customer_has_to_activate_only_what_waits(total: int, support_client: Client) -> None:
    asked = for_seats(tenant_of(SUITE), "core", 5)
    with scope_of(asked):
        issue = LicenceSet.objects.latest("issue_number").issue_number
    given = {"licence": "core", "total": total, "looked_at": issue, "approve": "1"}

    page = support_client.post(page_of(asked, "approve"), given, follow=True)

    assert now_of(asked).state == "approved"
    assert ("The customer has to activate the licence set." in page.text) == (total == 10)


def test_approving_twice_gives_once(support_client: Client, asked: CustomerRequest) -> None:
    answers = [support_client.post(page_of(asked, "approve"), approval(asked)).status_code for _ in range(2)]

    with scope_of(asked):
        assert LimitOverride.objects.filter(tenant=asked.tenant).count() == 1
    assert answers == [302, 409]


@pytest.mark.parametrize(
    "typed",
    [
        {"limit": ""},
        {"limit": 150, "no_limit": "on"},
        {"limit": 0},
        {"until": "2020-01-01"},
        {"until": "9999-12-31"},
        {"restriction": "no-such-limit"},
        {"looked_at": 120},
        {"text": "x" * 4001},
    ],
)
def test_an_approval_that_does_not_do_gives_nothing(
    typed: dict[str, Any], support_client: Client, asked: CustomerRequest
) -> None:
    before = rows_of(asked.tenant)

    response = support_client.post(page_of(asked, "approve"), approval(asked, **typed))

    assert response.status_code == 422
    assert rows_of(asked.tenant) == before


def test_a_limit_for_a_time_ends_with_its_last_day_where_the_customer_is(
    support_client: Client, asked: CustomerRequest
) -> None:
    year = asked.tenant.today.year + 9

    support_client.post(page_of(asked, "approve"), approval(asked, until=f"{year}-12-31", limit="", no_limit="on"))

    now = limit_of(asked.tenant)
    assert now.limit is None
    assert now.limit_until is not None
    assert now.limit_until.astimezone(asked.tenant.zone).isoformat() == f"{year + 1}-01-01T00:00:00+01:00"


def test_a_last_day_that_is_too_far_is_said_beside_its_field(support_client: Client, asked: CustomerRequest) -> None:
    response = support_client.post(page_of(asked, "approve"), approval(asked, until="9999-12-31"))

    assert "That is more than ten years ahead. Leave it empty for ever." in response.text


def test_something_else_than_was_asked_can_be_given(support_client: Client, asked: CustomerRequest) -> None:
    page = page_of(asked, "approve") + "?gives=plan"
    growth = {"suite_plan": "growth", "total": 20}

    preview = support_client.post(page, growth | {"preview": "1"})
    looked_at = preview.context["preview"].gift.looked_at
    support_client.post(page, growth | {"approve": "1", "fulfil_too": "on", "looked_at": looked_at})

    after = tenant_of(SUITE)
    assert preview.status_code == 200
    assert after.suite_plan is not None
    assert (after.suite_plan.code, now_of(asked).state) == ("growth", "fulfilled")


def test_a_set_that_is_refused_is_an_error_of_the_form(support_client: Client) -> None:
    asked = for_seats(tenant_of(SUITE), "core", 5)
    before = rows_of(asked.tenant)
    seats = {"licence": "core", "total": 25, "looked_at": 99, "approve": "1"}

    response = support_client.post(page_of(asked, "approve"), seats)

    assert response.status_code == 422
    assert "Another licence set has come in meanwhile." in response.text
    assert rows_of(asked.tenant) == before


def test_a_set_that_waits_is_an_error_of_the_form(support_client: Client) -> None:
    tenant = tenant_of(SUITE)
    first, asked = for_seats(tenant, "core", 5), for_seats(tenant, "core", 5)
    with scope_of(tenant):
        issue = LicenceSet.objects.latest("issue_number").issue_number
    less = {"licence": "core", "total": 10, "looked_at": issue, "approve": "1"}
    support_client.post(page_of(first, "approve"), less)
    before = rows_of(tenant)

    answers = [
        support_client.get(page_of(asked, "approve")),
        support_client.post(page_of(asked, "approve"), less | {"total": 25, "looked_at": issue + 1}),
    ]

    assert [answer.status_code for answer in answers] == [200, 422]
    assert all(f"Issue {issue + 1} waits to be activated." in answer.text for answer in answers)
    assert rows_of(tenant) == before


@pytest.mark.parametrize("state", ["taken", "withdrawn"])
def test_the_page_of_an_approval_is_there_while_nothing_is_decided(
    state: str, support_client: Client, support: User, asked: CustomerRequest
) -> None:
    with support_scope("a test decides"):
        if state == "taken":
            take(asked, by=support)
        else:
            withdraw(asked, by=support)

    assert support_client.get(page_of(asked, "approve")).status_code == (200 if state == "taken" else 409)


def test_support_is_solved_not_approved(support_client: Client) -> None:
    asked = ask(tenant_of(SUITE))

    assert support_client.get(page_of(asked, "approve")).status_code == 404

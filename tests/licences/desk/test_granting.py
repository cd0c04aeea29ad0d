"""What support gives: a limit, a plan, seats, an add-on; all of it with the approval, or nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from config.tenancy.scopes import support_scope
from licences.indicator import Indicator
from licences.models import (
    AddOn,
    CustomerRequest,
    HistoryEntry,
    Licence,
    LicenceSet,
    LimitOverride,
    SuitePlan,
    Tenant,
    User,
)
from licences.reports.gift_preview import Preview, preview_of
from licences.reports.restriction_list import row_of
from licences.services.customer_requests import MovedOn, withdraw
from licences.services.granting import (
    Gift,
    Gives,
    LimitMovedOn,
    NothingChanges,
    SetWaits,
    approve_with,
    looked_at,
)
from licences.services.issuing import OvertakenByAnother
from licences.services.licence_sets import SetRefused
from tests.factories import scope_of
from tests.licences.desk.asking import (
    MODULES,
    SUITE,
    for_add_on,
    for_more,
    for_plan,
    for_seats,
    licence_of,
    limit_of,
    now_of,
    story_of,
    tenant_of,
)
from tests.licences.issuing import filled_in, page_of
from tests.routes import rows_of

pytestmark = pytest.mark.usefixtures("demo")


def measured(tenant: Tenant, gift: Gift) -> Gift:
    with support_scope("a test looks"):
        return gift.measured_against(looked_at(tenant, gift))


def more_projects(tenant: Tenant, limit: int | None = 150, **more: Any) -> Gift:
    return measured(tenant, Gift(Gives.LIMIT, restriction=limit_of(tenant), limit=limit, **more))


def plan(tenant: Tenant, code: str, total: int) -> Gift:
    seat = licence_of(tenant, tenant.suite_plan.code)
    return measured(tenant, Gift(Gives.PLAN, suite_plan=SuitePlan.objects.get(code=code), licence=seat, total=total))


def seats(tenant: Tenant, code: str, total: int) -> Gift:
    return measured(tenant, Gift(Gives.SEATS, licence=licence_of(tenant, code), total=total))


def add_on(tenant: Tenant, code: str) -> Gift:
    return measured(tenant, Gift(Gives.ADD_ON, add_on=AddOn.objects.get(code=code)))


def give(asked: CustomerRequest, gift: Gift, by: User, **more: Any) -> CustomerRequest:
    with support_scope("a test approves"):
        return approve_with(asked, gift, **{"text": "Here you are."} | more, by=by)


def preview(tenant: Tenant, gift: Gift) -> Preview:
    with support_scope("a test looks"):
        return preview_of(tenant, gift, timezone.now())


def newest_set(tenant: Tenant) -> LicenceSet:
    with scope_of(tenant):
        return LicenceSet.objects.select_related("suite_plan").order_by("-pk")[0]


def totals_of(licence_set: LicenceSet) -> dict[str, int]:
    with scope_of(licence_set):
        return dict(Licence.objects.filter(licence_set=licence_set).values_list("type__code", "total"))


def whys(tenant: Tenant) -> set[str]:
    """Why the last two changes of the history were made."""
    with scope_of(tenant):
        return set(HistoryEntry.objects.order_by("-number").values_list("why", flat=True)[:1])


def test_more_of_a_limit_is_in_force_at_once_and_the_request_is_fulfilled(support: User) -> None:
    tenant = tenant_of(SUITE)
    asked = for_more(tenant)

    fulfilled = give(asked, more_projects(tenant), support)

    with scope_of(tenant):
        override = LimitOverride.objects.get(tenant=tenant)
    row = row_of(limit_of(tenant))
    assert (row.used, row.limit, row.state) == (97, 150, Indicator.BLACK)
    assert override.reason == f"{asked.number} We need more"
    assert (fulfilled.state, fulfilled.closed_at is not None) == ("fulfilled", True)
    assert story_of(asked) == ["submitted", "approved", "fulfilled"]
    assert whys(tenant) == {override.reason}
    assert fulfilled.granted == {
        "gives": "limit",
        "code": "active-projects",
        "name": limit_of(tenant).type.name,
        "before": 100,
        "after": 150,
        "until": None,
    }


def test_what_is_left_to_do_by_hand_stays_approved(support: User) -> None:
    tenant = tenant_of(SUITE)

    approved = give(for_more(tenant), more_projects(tenant), support, fulfil_too=False)

    assert (approved.state, limit_of(tenant).limit) == ("approved", 150)


def test_a_limit_for_a_time_says_until_when_and_no_limit_is_none(support: User) -> None:
    tenant = tenant_of(SUITE)
    ends_at = timezone.now() + timedelta(days=30)

    given = give(for_more(tenant), more_projects(tenant, None, ends_at=ends_at), support)

    now = limit_of(tenant)
    assert (now.limit, now.limit_until) == (None, ends_at)
    assert (given.granted["after"], given.granted["until"]) == (None, ends_at.isoformat())


def test_a_bigger_plan_comes_as_a_licence_set_with_all_that_it_brings(support: User) -> None:
    tenant = tenant_of(SUITE)
    asked = for_plan(tenant, "growth")

    fulfilled = give(asked, plan(tenant, "growth", 25), support)

    issued, after = newest_set(tenant), tenant_of(SUITE)
    totals = totals_of(issued)
    assert after.suite_plan is not None
    assert (after.suite_plan.code, limit_of(tenant).limit, limit_of(tenant, "custom-objects").limit) == (
        "growth",
        None,
        15,
    )
    assert (issued.state, totals["growth"], "core" in totals) == ("active", 25, False)
    assert (fulfilled.state, fulfilled.granted["issue"]) == ("fulfilled", issued.issue_number)
    assert (fulfilled.granted["name"], fulfilled.granted["before"], fulfilled.granted["seats"]) == (
        "Growth",
        "Core",
        25,
    )
    assert whys(tenant) == {f"{asked.number} We need more"}


def test_more_seats_of_a_suite_plan(support: User) -> None:
    tenant = tenant_of(SUITE)

    fulfilled = give(for_seats(tenant, "core", 5), seats(tenant, "core", 25), support)

    assert (licence_of(tenant, "core").total, licence_of(tenant, "user").total) == (25, 25)
    assert (fulfilled.state, fulfilled.granted["before"], fulfilled.granted["after"]) == ("fulfilled", 20, 25)


def test_more_seats_of_a_user_plan_bring_their_features(support: User) -> None:
    tenant = tenant_of(MODULES)
    clients = licence_of(tenant, "ej-client").total

    give(for_seats(tenant, "ten-service", 5), seats(tenant, "ten-service", 20), support)

    assert (licence_of(tenant, "ten-service").total, licence_of(tenant, "ej-client").total) == (20, clients + 5)


def test_an_add_on_comes_with_its_licences_and_everything_else_stays(support_client: Client, support: User) -> None:
    tenant, kept = tenant_of(MODULES), ["ai", "expander-services", "calendar-synchronisation"]
    support_client.post(page_of(tenant), filled_in(support_client, page_of(tenant)) | {"add_ons": kept})
    before = totals_of(newest_set(tenant))
    new = AddOn.objects.get(code="customer-engagement-platform")

    fulfilled = give(for_add_on(tenant, new.code), add_on(tenant, new.code), support)

    totals = totals_of(newest_set(tenant))
    assert totals.keys() - before.keys() == _codes(new) - before.keys() != set()
    assert {code: totals[code] for code in before} == before
    assert (fulfilled.state, fulfilled.granted["name"]) == ("fulfilled", new.name)


def _codes(of: AddOn) -> set[str]:
    return set(of.brings.values_list("code", flat=True))


def test_a_set_that_waits_for_the_tenant_leaves_the_request_approved(support: User) -> None:
    tenant = tenant_of(SUITE)
    gift = seats(tenant, "core", 10)
    before = preview(tenant, gift)

    approved = give(for_seats(tenant, "core", 5), gift, support)

    assert (approved.state, newest_set(tenant).state) == ("approved", "pending")
    assert before.waits
    assert approved.granted["waits"]


def test_a_set_in_force_does_not_wait_though_the_request_is_left_approved(support: User) -> None:
    tenant = tenant_of(SUITE)

    approved = give(for_seats(tenant, "core", 5), seats(tenant, "core", 25), support, fulfil_too=False)

    assert (approved.state, newest_set(tenant).state, approved.granted["waits"]) == ("approved", "active", False)
    with scope_of(tenant):
        assert approved.events.get(kind="approved").data == approved.granted


@pytest.mark.parametrize(
    "gift_of", [lambda tenant: plan(tenant, "growth", 25), lambda tenant: seats(tenant, "core", 25)]
)
def test_a_set_that_waits_is_not_overtaken_by_one_that_knows_nothing_of_it(gift_of: Any, support: User) -> None:
    """A renewal, say: what it brings would be gone."""
    tenant = tenant_of(SUITE)
    give(for_seats(tenant, "core", 5), seats(tenant, "core", 10), support)
    waiting, asked = newest_set(tenant), for_seats(tenant, "core", 5)
    gift, before = gift_of(tenant), rows_of(tenant)

    with pytest.raises(SetWaits, match=f"Issue {waiting.issue_number} waits to be activated"):
        give(asked, gift, support)
    with pytest.raises(SetWaits):
        preview(tenant, gift)

    assert rows_of(tenant) == before


def test_a_limit_is_given_whatever_waits(support: User) -> None:
    tenant = tenant_of(SUITE)
    give(for_seats(tenant, "core", 5), seats(tenant, "core", 10), support)

    assert give(for_more(tenant), more_projects(tenant), support).state == "fulfilled"


@pytest.mark.parametrize(
    ("gift_of", "refusal"),
    [
        (lambda tenant: seats(tenant, "core", 20), NothingChanges),
        (lambda tenant: seats(tenant, "core", 25).measured_against(0), OvertakenByAnother),
        (lambda tenant: more_projects(tenant).measured_against(120), LimitMovedOn),
        (lambda tenant: add_on(tenant, "ai"), SetRefused),
    ],
)
def test_what_is_refused_changes_nothing(gift_of: Any, refusal: type[Exception], support: User) -> None:
    tenant = tenant_of(SUITE)
    asked = for_more(tenant)
    gift, before = gift_of(tenant), rows_of(tenant)

    with pytest.raises(refusal):
        give(asked, gift, support)

    assert rows_of(tenant) == before


def test_seats_that_follow_from_plans_are_refused(support: User) -> None:
    tenant = tenant_of(MODULES)
    asked = for_seats(tenant, "ten-service", 5)

    with pytest.raises(SetRefused, match="The plans say how many"):
        give(asked, seats(tenant, "visible-for", 500), support)

    assert now_of(asked).state == "submitted"


def test_what_was_withdrawn_is_not_given(support: User) -> None:
    tenant = tenant_of(SUITE)
    asked = for_more(tenant)
    gift = more_projects(tenant)
    with scope_of(tenant):
        withdraw(asked, by=asked.submitted_by)
    before = rows_of(tenant)

    with pytest.raises(MovedOn):
        give(asked, gift, support)

    assert rows_of(tenant) == before


def test_a_preview_says_what_turns_black_or_red_and_changes_nothing() -> None:
    tenant = tenant_of(SUITE)
    before = rows_of(tenant)

    (limit,) = preview(tenant, more_projects(tenant)).limits
    starter = preview(tenant, plan(tenant, "starter", 20))
    growth = preview(tenant, plan(tenant, "growth", 20))

    assert (limit.before.state, limit.after.state) == (Indicator.YELLOW, Indicator.BLACK)
    turns = {change.after.code: str(change.after.state) for change in starter.limits}
    assert turns["active-projects"] == "not_in_plan"
    assert growth.plans is not None
    assert [each.code for each in growth.plans] == ["core", "growth"]
    assert not growth.waits
    assert any(change.current is None for change in growth.shown_rows)
    assert rows_of(tenant) == before


def test_an_override_outlives_another_plan_in_the_preview_too(support: User) -> None:
    tenant = tenant_of(SUITE)
    give(for_more(tenant), more_projects(tenant), support)

    found = preview(tenant, plan(tenant, "starter", 20))

    assert "active-projects" not in {change.after.code for change in found.limits}

"""Support issues sets of plans in Django admin, on the demo's tenants: what follows from plans is not typed."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from config.tenancy.scopes import support_scope
from licences.forms.issuing import DATES
from licences.models import HistoryEntry, Licence, LicenceSet, Tenant, User
from tests.factories import scope_of
from tests.invariants import assert_invariants
from tests.licences.issuing import filled_in, page_of
from tests.routes import rows_of

pytestmark = pytest.mark.usefixtures("demo")


def tenant_of(serial_number: str) -> Tenant:
    with support_scope("a test looks"):
        return Tenant.objects.select_related("suite_plan").get(serial_number=serial_number)


def totals_of(tenant: Tenant, state: str = "active") -> dict[str, int]:
    with scope_of(tenant):
        rows = Licence.objects.filter(licence_set__state=state, licence_set__owner__is_vendor=True)
        return dict(rows.values_list("type__code", "total"))


def test_what_is_shown_is_what_there_is(support_client: Client) -> None:
    tenant = tenant_of("1000000001")
    before = totals_of(tenant)
    page = page_of(tenant)

    response = support_client.post(page, filled_in(support_client, page))

    with scope_of(tenant):
        first, second = LicenceSet.objects.filter(owner__is_vendor=True).order_by("issue_number")
    assert response.status_code == 302
    assert totals_of(tenant) == before
    assert [getattr(second, name) for name in DATES] == [getattr(first, name) for name in DATES]


def test_dates_are_shown_as_browsers_read_them(support_client: Client) -> None:
    tenant = tenant_of("1000000001")
    with scope_of(tenant):
        present = LicenceSet.objects.active().get(owner__is_vendor=True)

    shown = support_client.get(page_of(tenant)).text

    assert f'name="expires_on" value="{present.expires_on:%Y-%m-%d}"' in shown


def test_the_features_follow_the_plans(support_client: Client) -> None:
    tenant = tenant_of("1000000001")
    page = page_of(tenant)

    changes = {"seats-ten-service": 30, "seats-ten-marketing": 0, "added-0": "ms-teams", "added-number-0": 1}
    response = support_client.post(page, filled_in(support_client, page) | changes)
    shown = support_client.get(response["Location"])

    waiting = totals_of(tenant, "pending")
    assert (waiting["ten-service"], waiting["user"], waiting["ej-client"]) == (30, 21 + 30 + 20, 30 + 20)
    assert (waiting["ms-teams"], "ten-marketing" in waiting) == (1, False)
    assert "It waits until the tenant has removed what is superfluous: Marketing Premium (−3)." in shown.text


def test_a_greater_set_is_active_at_once_and_everything_adds_up(support_client: Client, support: User) -> None:
    tenant = tenant_of("1000000001")
    page = page_of(tenant)

    sent = filled_in(support_client, page) | {"seats-ten-service": 30, "seats-ten-marketing": 9}
    response = support_client.post(page, sent)
    shown = support_client.get(response["Location"])

    totals = totals_of(tenant)
    with scope_of(tenant):
        entries = HistoryEntry.objects.filter(action__in=["set_received", "set_activated"], why="Contract 4711")
        assert [entry.by_name for entry in entries] == ["support0", "support0"] or len(entries) == 2
    with support_scope("a test looks"):
        logged = LogEntry.objects.get()
    assert (totals["ten-service"], totals["ej-client"], totals["user"]) == (30, 50, 80)
    assert "Issued licence set 2 of SuperOffice AS. It is active." in shown.text
    assert (logged.object_id, logged.change_message) == (str(tenant.pk), "Issued licence set 2 of SuperOffice AS.")
    assert_invariants()


def test_a_suite_tenant_gets_another_plan_with_all_that_it_brings(support_client: Client) -> None:
    tenant = tenant_of("1000000002")
    page = page_of(tenant)

    support_client.post(page, filled_in(support_client, page, suite_plan="growth", seats=25))

    totals, after = totals_of(tenant), tenant_of("1000000002")
    assert (totals["growth"], totals["quote-cal"], "core" in totals) == (25, 25, False)
    assert after.suite_plan is not None
    assert after.suite_plan.code == "growth"
    assert_invariants()


def test_what_plans_bring_is_not_typed(support_client: Client) -> None:
    tenant = tenant_of("1000000001")
    page = page_of(tenant)
    before = rows_of(tenant)

    sent = filled_in(support_client, page) | {"added-0": "visible-for", "added-number-0": 5}
    response = support_client.post(page, sent)

    assert response.status_code == 422
    assert "The plans say how many there are of: Confidential activities." in response.text
    assert rows_of(tenant) == before


def test_the_tenants_page_leads_to_the_form(support_client: Client) -> None:
    tenant = tenant_of("1000000001")

    page = support_client.get(reverse("admin:licences_tenant_change", args=[tenant.pk]))

    assert f'href="{page_of(tenant)}"' in page.text

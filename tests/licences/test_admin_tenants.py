import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from config.tenancy.scopes import support_scope
from licences.models import LicenceSet, Tenant
from tests import factories


def page_of(tenant: Tenant) -> str:
    return reverse("admin:licences_tenant_change", args=[tenant.pk])


@pytest.mark.parametrize("typed", ["{tenant.serial_number}", "{tenant.company_name}"])
def test_a_tenant_is_found_by_serial_number_and_by_company_name(typed: str, support_client: Client) -> None:
    tenant, _other = factories.TenantFactory(company_name="Skog og Hav"), factories.TenantFactory()

    response = support_client.get(reverse("admin:licences_tenant_changelist"), {"q": typed.format(tenant=tenant)})

    assert list(response.context["cl"].result_list) == [tenant]


def test_a_user_is_found_by_login_id(support_client: Client) -> None:
    user, _other = factories.UserFactory(login_id="ask.berg"), factories.UserFactory()

    response = support_client.get(reverse("admin:licences_user_changelist"), {"q": "ask.berg"})

    assert list(response.context["cl"].result_list) == [user]


def tenant_form(tenant: Tenant, **typed: str) -> dict[str, str]:
    no_rows = {"TOTAL_FORMS": "0", "INITIAL_FORMS": "0"}
    return {
        **{f"{prefix}-{name}": value for prefix in ("-1", "-2") for name, value in no_rows.items()},
        "product_version": tenant.product_version,
        "feature_labs": "",
        "time_zone": tenant.time_zone,
        **typed,
    }


def test_support_changes_what_a_tenants_system_runs_and_its_time_zone(support_client: Client) -> None:
    tenant = factories.TenantFactory()

    support_client.post(
        page_of(tenant),
        tenant_form(tenant, product_version="Console 12", feature_labs="boards,maps", time_zone="Europe/Lisbon"),
    )

    with support_scope("a test looks"):
        tenant.refresh_from_db()
        entry = LogEntry.objects.get()
    assert (tenant.product_version, tenant.feature_labs, tenant.time_zone) == (
        "Console 12",
        ["boards", "maps"],
        "Europe/Lisbon",
    )
    assert entry.object_id == str(tenant.pk)


def test_support_changes_nothing_else_about_a_tenant(support_client: Client) -> None:
    tenant = factories.TenantFactory()
    other = {
        "company_name": "Taken over",
        "serial_number": "9999999999",
        "subscription": "crm_suite",
        "currency": "NOK",
    }

    support_client.post(page_of(tenant), tenant_form(tenant, product_version="Console 12") | other)

    with support_scope("a test looks"):
        now = Tenant.objects.get(pk=tenant.pk)
    assert now.product_version == "Console 12"
    assert [getattr(now, field) for field in other] == [getattr(tenant, field) for field in other]


def test_no_row_is_slipped_in_with_a_tenant(support_client: Client) -> None:
    tenant, owner = factories.TenantFactory(), factories.LicenceOwnerFactory()
    row = {"owner": str(owner.pk), "state": "active", "activated_at_0": "2026-11-01", "activated_at_1": "09:00:00"}
    slipped_in = {"-1-TOTAL_FORMS": "1", **{f"-1-0-{name}": value for name, value in row.items()}}

    response = support_client.post(page_of(tenant), tenant_form(tenant, product_version="Console 12") | slipped_in)

    with support_scope("a test looks"):
        assert not LicenceSet.objects.exists()
    assert response.status_code == 302


def test_a_time_zone_that_is_none_is_refused(support_client: Client) -> None:
    tenant = factories.TenantFactory()

    response = support_client.post(page_of(tenant), tenant_form(tenant, time_zone="Europe/Atlantis"))

    with support_scope("a test looks"):
        assert Tenant.objects.get(pk=tenant.pk).time_zone == tenant.time_zone
    assert "is not a time zone" in response.text


def test_a_tenants_page_leads_to_its_users(support_client: Client) -> None:
    user, _other = factories.UserFactory(), factories.UserFactory()
    users = reverse("admin:licences_user_changelist", query={"tenant__id__exact": user.tenant.pk})

    page = support_client.get(page_of(user.tenant))
    listed = support_client.get(users)

    assert f'href="{users}"' in page.text
    assert list(listed.context["cl"].result_list) == [user]

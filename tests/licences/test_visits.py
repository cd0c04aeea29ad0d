import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from config.tenancy.scopes import support_scope
from licences.models import SupportVisit, Tenant, User
from notifications.models import Job, SystemEvent
from tests.conftest import ClientOf
from tests.factories import (
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceSetFactory,
    SeatFactory,
    SystemEventFactory,
    scope_of,
)

REASON = "Case 4711: the seats do not add up"


@pytest.fixture
def tenant(administrator: User) -> Tenant:
    assert administrator.tenant is not None
    return administrator.tenant


def visit(client: Client, tenant: Tenant) -> None:
    response = client.post(reverse("admin:licences_tenant_visit", args=[tenant.pk]), {"reason": REASON})
    assert response.status_code == 302


def pages_of(tenant: Tenant) -> Iterator[str]:
    """Every page of the tenant's screen."""
    event = SystemEventFactory(tenant=tenant)
    licence = LicenceFactory(tenant=tenant)
    third_party = LicenceSetFactory(tenant=tenant, owner=LicenceOwnerFactory())
    yield reverse("licences:superoffice")
    yield reverse("licences:superoffice_licence", args=[licence.type.code])
    yield reverse("licences:owner", args=[third_party.owner.code])
    yield reverse("licences:status")
    yield reverse("notifications:events")
    yield reverse("notifications:event", args=[event.pk])
    yield reverse("metering:dashboard")


def visits() -> list[SupportVisit]:
    with support_scope("a test looks"):
        return list(SupportVisit.objects.all())


def said(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """What our own code logged."""
    return [record.msg for record in caplog.records if isinstance(record.msg, dict)]


def test_the_page_of_a_tenant_leads_to_the_visit(support_client: Client, tenant: Tenant) -> None:
    page = support_client.get(reverse("admin:licences_tenant_change", args=[tenant.pk]))

    assert reverse("admin:licences_tenant_visit", args=[tenant.pk]) in page.text


def test_a_visit_shows_every_page_of_the_tenant_and_whose_screen_it_is(support_client: Client, tenant: Tenant) -> None:
    visit(support_client, tenant)

    for page in pages_of(tenant):
        response = support_client.get(page)

        assert response.status_code == 200, page
        assert f"<strong>{tenant.company_name}</strong>" in response.text, page
        assert reverse("admin:licences_tenant_leave") in response.text, page


def test_an_administrator_sees_no_banner(administrator: User, client_of: ClientOf) -> None:
    page = client_of(administrator).get(reverse("licences:status"))

    assert reverse("admin:licences_tenant_leave") not in page.text


def test_a_visit_is_written_down_for_the_tenant_for_support_and_in_the_log(
    support_client: Client, tenant: Tenant, support: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="licences"):
        visit(support_client, tenant)

    with scope_of(tenant):
        row = SupportVisit.objects.get()
    with support_scope("a test looks"):
        entry = LogEntry.objects.get()
    started = next(line for line in said(caplog) if line["event"] == "visit_started")
    assert (row.login_id, row.reason) == (support.login_id, REASON)
    assert (entry.user_id, entry.object_id) == (support.pk, str(tenant.pk))
    assert (started["tenant_id"], started["visit_id"], started["user_id"]) == (tenant.pk, row.pk, support.pk)


def test_each_page_of_a_visit_is_logged_with_who_looks_at_whom(
    support_client: Client, tenant: Tenant, support: User, caplog: pytest.LogCaptureFixture
) -> None:
    visit(support_client, tenant)
    caplog.clear()

    with caplog.at_level(logging.INFO, logger="config"):
        support_client.get(reverse("licences:status"))

    line = next(line for line in said(caplog) if line["event"] == "request")
    assert (line["user_id"], line["tenant_id"], line["visit"]) == (support.pk, tenant.pk, True)


def test_entering_django_admin_is_logged_with_the_number_of_the_user_and_the_path(
    support_client: Client, support: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="licences"):
        support_client.get(reverse("admin:licences_tenant_changelist"))

    lines = [line for line in said(caplog) if line["event"] == "support_scope_entered"]
    assert [(line["user_id"], line["path"]) for line in lines] == [(support.pk, "/admin/licences/tenant/")]


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_visit_without_a_reason_does_not_begin(reason: str, support_client: Client, tenant: Tenant) -> None:
    response = support_client.post(reverse("admin:licences_tenant_visit", args=[tenant.pk]), {"reason": reason})

    assert response.status_code == 422
    assert not visits()
    assert support_client.get(reverse("licences:status")).status_code == 302


def test_looking_at_the_form_is_no_visit(support_client: Client, tenant: Tenant) -> None:
    response = support_client.get(reverse("admin:licences_tenant_visit", args=[tenant.pk]))

    assert response.status_code == 200
    assert not visits()
    assert support_client.get(reverse("licences:status")).status_code == 302


def test_a_visit_sees_totals_and_holders_as_administrators_do(
    support_client: Client, tenant: Tenant, administrator: User, client_of: ClientOf
) -> None:
    licence = SeatFactory(user=administrator, licence__total=7_319).licence
    page = reverse("licences:superoffice_licence", args=[licence.type.code])
    visit(support_client, tenant)

    shown_to_support, shown_to_administrator = support_client.get(page), client_of(administrator).get(page)

    for response in (shown_to_support, shown_to_administrator):
        assert "7,319" in response.text
        assert administrator.full_name in response.context["holders"].object_list[0].user.full_name


def test_a_visit_is_offered_nothing_to_act_on(
    support_client: Client, tenant: Tenant, administrator: User, client_of: ClientOf
) -> None:
    visit(support_client, tenant)

    shown_to_support = support_client.get(reverse("notifications:events"))
    shown_to_administrator = client_of(administrator).get(reverse("notifications:events"))

    assert reverse("notifications:regenerate") in shown_to_administrator.text
    assert reverse("notifications:regenerate") not in shown_to_support.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_whatever_would_change_something_is_refused_during_a_visit(
    method: str, support_client: Client, tenant: Tenant
) -> None:
    addresses = [*pages_of(tenant), reverse("notifications:regenerate")]
    visit(support_client, tenant)
    before = rows_of(tenant)

    for address in addresses:
        response = support_client.generic(method, address)

        assert response.status_code == 403, address
        assert reverse("admin:licences_tenant_leave") in response.text, address
    assert rows_of(tenant) == before


def rows_of(tenant: Tenant) -> list[object]:
    with scope_of(tenant):
        return [
            list(SystemEvent.objects.order_by("pk").values()),
            list(Job.objects.order_by("pk").values()),
            list(User.objects.order_by("pk").values()),
        ]


def test_a_visit_sees_no_other_tenant(support_client: Client, tenant: Tenant) -> None:
    of_another = SystemEventFactory()
    visit(support_client, tenant)

    response = support_client.get(reverse("notifications:event", args=[of_another.pk]))

    assert response.status_code == 404


def test_leaving_ends_the_visit(support_client: Client, tenant: Tenant) -> None:
    visit(support_client, tenant)

    response = support_client.post(reverse("admin:licences_tenant_leave"))

    assert response["Location"] == reverse("admin:licences_tenant_change", args=[tenant.pk])
    assert support_client.get(reverse("licences:status"))["Location"] == reverse("admin:index")


def test_the_banner_of_a_refusal_can_be_left_by(
    support: User, tenant: Tenant, settings: Settings, client_of: ClientOf
) -> None:
    settings.SUPPORT_MFA_OPTIONAL = True
    client = Client(enforce_csrf_checks=True)
    client.cookies = client_of(support).cookies
    page = client.get(reverse("admin:licences_tenant_visit", args=[tenant.pk]))
    token = str(page.context["csrf_token"])
    client.post(page.request["PATH_INFO"], {"reason": REASON, "csrfmiddlewaretoken": token})

    refusal = client.post(reverse("notifications:regenerate"), {"csrfmiddlewaretoken": token})
    left = client.post(
        reverse("admin:licences_tenant_leave"), {"csrfmiddlewaretoken": str(refusal.context["csrf_token"])}
    )

    assert refusal.status_code == 403
    assert left.status_code == 302


def test_leaving_takes_a_post(support_client: Client, tenant: Tenant) -> None:
    visit(support_client, tenant)

    assert support_client.get(reverse("admin:licences_tenant_leave")).status_code == 405
    assert support_client.get(reverse("licences:status")).status_code == 200


def test_leaving_without_a_visit_does_no_harm(support_client: Client) -> None:
    assert support_client.post(reverse("admin:licences_tenant_leave"))["Location"] == reverse("admin:index")


def test_logging_out_ends_the_visit(support_client: Client, tenant: Tenant, support: User, client_of: ClientOf) -> None:
    visit(support_client, tenant)

    support_client.post(reverse("account_logout"))

    assert support_client.get(reverse("licences:status"))["Location"].startswith(reverse("account_login"))
    assert client_of(support).get(reverse("licences:status"))["Location"] == reverse("admin:index")


def test_another_visit_takes_the_place_of_the_first(support_client: Client, tenant: Tenant) -> None:
    other = LicenceSetFactory().tenant
    visit(support_client, tenant)

    visit(support_client, other)

    assert other.company_name in support_client.get(reverse("licences:superoffice")).text
    assert [row.tenant_id for row in visits()] == [other.pk, tenant.pk]


@pytest.mark.parametrize("number", [0, 999_999, 2**63, 10**30])
def test_a_tenant_that_does_not_exist_cannot_be_visited(number: int, support_client: Client) -> None:
    response = support_client.post(reverse("admin:licences_tenant_visit", args=[number]), {"reason": REASON})

    assert response.status_code == 404


@pytest.mark.parametrize("who", ["administrator", "member", "outsider"])
def test_only_support_visits(who: str, request: pytest.FixtureRequest, tenant: Tenant, client_of: ClientOf) -> None:
    user = request.getfixturevalue(who)
    client = client_of(user)

    response = client.post(reverse("admin:licences_tenant_visit", args=[tenant.pk]), {"reason": REASON}, follow=True)

    assert response.status_code == 403
    assert not visits()
    assert client.get(reverse("licences:status")).context["request"].tenant == user.tenant


def test_a_visit_in_the_session_of_a_tenants_user_means_nothing(
    administrator: User, outsider: User, client_of: ClientOf
) -> None:
    client = client_of(administrator)
    session = client.session
    session["visited_tenant_id"] = outsider.tenant_id
    session.save()

    response = client.get(reverse("licences:status"))

    assert response.context["request"].tenant == administrator.tenant
    assert not response.context["request"].is_visit

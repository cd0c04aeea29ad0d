"""`GET /usage` and `GET /alerts`: what a month comes to, and when it came close to its allowance."""

import pytest

from licences.models import ApiToken, Tenant
from metering.models import MeteredService
from tests.factories import MeteredServiceFactory, TenantFactory, UsageAlertFactory
from tests.licences.api.conftest import BackEnd, BackEndOf, problem
from tests.metering.billed import at, count, count_late, put_user

pytestmark = pytest.mark.django_db

USAGE, ALERTS = "/api/v1/usage", "/api/v1/alerts"


def test_this_month_is_told_service_by_service(tenant: Tenant, emails: MeteredService, back_end: BackEnd) -> None:
    put_user(tenant)
    count(tenant, ("a", at(12, 2), 600), ("b", at(12, 3), "0.5"))
    (silent,) = [MeteredServiceFactory(code="silent")]

    answer = back_end.get(USAGE).json()

    assert {name: value for name, value in answer.items() if name != "services"} == {
        "month": "2026-12",
        "timezone": "Europe/Oslo",
        "as_of": "2026-12-10T12:00:00Z",
    }
    told = {each["service"]: each for each in answer["services"]}
    assert told["emails"] == {
        "service": "emails",
        "name": "E-mails",
        "unit": emails.unit,
        "used": "600.5",
        "allowance": "520",
        "allowance_basis": {"base": "500", "per_user": "20", "users": 1, "formula": "500 + 1 × 20 = 520"},
        "overage": "80.5",
        "state": "over",
    }
    assert told["silent"] == {
        "service": "silent",
        "name": silent.name,
        "unit": silent.unit,
        "used": "0",
        "allowance": None,
        "allowance_basis": None,
        "overage": "0",
        "state": "within",
    }


def test_a_month_is_that_of_the_tenants_clock(tenant: Tenant, emails: MeteredService, back_end: BackEnd) -> None:
    count_late(tenant, ("oslo", at(11, 30, 23), 7), ("before", at(11, 30, 22), 5), on=at(12, 2))

    used = {month: back_end.get(f"{USAGE}?month={month}").json()["services"] for month in ("2026-11", "2026-12")}

    assert {month: [each["used"] for each in of if each["service"] == "emails"] for month, of in used.items()} == {
        "2026-11": ["5"],
        "2026-12": ["7"],
    }


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "november", "", "0001-01", "9999-12", "2026-11-01"])
def test_what_is_no_month_is_refused(month: str, tenant: Tenant, back_end: BackEnd) -> None:
    response = back_end.get(f"{USAGE}?month={month}")

    assert (response.status_code, problem(response)) == (422, "invalid")
    assert response.json()["errors"][0]["parameter"] == "month"


def test_on_suite_nothing_is_metered(emails: MeteredService, back_end_of: BackEndOf) -> None:
    tenant = TenantFactory(suite=True)
    UsageAlertFactory(tenant=tenant, service=emails)  # from when it was module-based
    back_end = back_end_of(tenant)

    assert back_end.get(USAGE).json()["services"] == []
    assert back_end.get(ALERTS).json() == {"results": [], "next": None}


def test_alerts_come_newest_first_page_by_page(tenant: Tenant, emails: MeteredService, back_end: BackEnd) -> None:
    put_user(tenant)
    count(tenant, ("a", at(12, 2), 442), ("b", at(12, 3), 78))
    UsageAlertFactory(service=emails)  # another tenant's

    first = back_end.get(f"{ALERTS}?limit=2").json()
    second = back_end.get(f"{ALERTS}?limit=2&cursor={first['next']}").json()

    assert first["results"][0] == {
        "service": "emails",
        "month": "2026-12",
        "threshold": 100,
        "used": "520",
        "allowance": "520",
        "users": 1,
        "at": "2026-12-03T09:00:00Z",
    }
    assert sorted(each["threshold"] for each in first["results"] + second["results"]) == [50, 85, 100]
    assert second["next"] is None


@pytest.mark.parametrize("address", [USAGE, ALERTS, "/api/v1/invoices/2026-11"])
def test_reading_usage_needs_its_scope(address: str, tenant: Tenant, back_end_of: BackEndOf) -> None:
    response = back_end_of(tenant, ApiToken.Scope.EVENTS_WRITE).get(address)

    assert (response.status_code, problem(response)) == (403, "missing-scope")

"""`GET /invoices/<month>`: what is invoiced, or would be, with how each line came about."""

from typing import Any

import pytest

from licences.models import Tenant
from metering.models import Invoice, MeteredService
from tests.factories import TenantFactory
from tests.licences.api.conftest import BackEnd, BackEndOf, problem
from tests.metering.billed import OCTOBER, at, count, draw_november, draw_october, put_user

pytestmark = pytest.mark.django_db

INVOICES = "/api/v1/invoices"


@pytest.fixture
def october(tenant: Tenant, emails: MeteredService) -> Invoice:
    put_user(tenant)
    return draw_october(tenant)


def read(back_end: BackEnd, month: str) -> Any:
    response = back_end.get(f"{INVOICES}/{month}")
    assert response.status_code == 200
    return response.json()


def test_a_final_invoice_has_each_line_with_its_derivation(october: Invoice, back_end: BackEnd) -> None:
    answer = read(back_end, str(OCTOBER))

    (line,) = answer.pop("lines")
    derivation = line.pop("derivation")
    assert answer == {"period": "2026-10", "state": "final", "currency": "EUR", "total_minor": 750}
    assert line == {
        "service": "emails",
        "used": "750",
        "allowance": "520",
        "overage": "230",
        "blocks": 3,
        "unit_price_minor": "250",
        "amount_minor": 750,
    }
    assert derivation["formulas"] == {
        "allowance": "500 + 1 × 20 = 520",
        "overage": "max(0, 750 − 520) = 230",
        "blocks": "⌈230 / 100⌉ = 3",
        "amount": "3 × 250 = 750",
    }
    assert (derivation["month"], derivation["invoiced_before"]) == ("2026-10", None)


def test_late_usage_tells_what_was_invoiced_before(tenant: Tenant, october: Invoice, back_end: BackEnd) -> None:
    draw_november(tenant)

    own, late = read(back_end, "2026-11")["lines"]

    assert (own["used"], own["amount_minor"], own["derivation"]["month"]) == ("20", 0, "2026-11")
    assert (late["used"], late["blocks"], late["amount_minor"]) == ("100.5", 1, 250)
    assert late["derivation"]["month"] == "2026-10"
    assert late["derivation"]["invoiced_before"]["amount_minor"] == 750
    assert late["derivation"]["rated"]["amount_minor"] == 1_000


def test_an_open_month_is_told_as_far_as_it_goes(tenant: Tenant, october: Invoice, back_end: BackEnd) -> None:
    count(tenant, ("e", at(12, 2), 600))

    answer = read(back_end, "2026-12")

    assert (answer["state"], answer["total_minor"], answer["lines"][0]["amount_minor"]) == ("open", 250, 250)


def test_a_month_that_is_over_is_closing_until_it_is_drawn(
    tenant: Tenant, emails: MeteredService, back_end: BackEnd
) -> None:
    count(tenant, ("e", at(11, 2), 1))

    assert read(back_end, "2026-11")["state"] == "closing"


@pytest.mark.parametrize(("month", "status"), [("2026-08", 404), ("2027-01", 404), ("2026-13", 422), ("9999-12", 422)])
def test_a_month_without_one_is_not_there(month: str, status: int, october: Invoice, back_end: BackEnd) -> None:
    assert back_end.get(f"{INVOICES}/{month}").status_code == status


def test_on_suite_and_to_others_there_is_none(october: Invoice, back_end_of: BackEndOf) -> None:
    for tenant in (TenantFactory(suite=True), TenantFactory()):
        response = back_end_of(tenant).get(f"{INVOICES}/2026-10")

        assert (response.status_code, problem(response)) == (404, "not-found")

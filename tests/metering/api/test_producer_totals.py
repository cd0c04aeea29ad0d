"""`PUT /producer-totals/<day>`: what a back end counted itself, held against what was counted here."""

from decimal import Decimal
from typing import Any

import pytest

from licences.models import ApiToken, Tenant
from metering.models import MeteredService, ProducerTotal
from metering.reports.service_detail import ServiceQuery, service_detail
from metering.services.producer_totals import report_totals
from tests.factories import TenantFactory, scope_of
from tests.licences.api.conftest import BackEnd, BackEndOf, problem
from tests.metering.billed import OCTOBER, at, count, count_late, draw_october
from tests.metering.sending import SOURCE
from tests.threads import at_once

pytestmark = pytest.mark.django_db

DAY = "2026-12-03"
TOTALS = f"/api/v1/producer-totals/{DAY}"


@pytest.fixture
def back_end(tenant: Tenant, back_end_of: BackEndOf) -> BackEnd:
    return back_end_of(tenant, ApiToken.Scope.EVENTS_WRITE, source=SOURCE)


def kept(tenant: Tenant) -> dict[str, Decimal]:
    with scope_of(tenant):
        return dict(ProducerTotal.objects.values_list("service__code", "quantity"))


def test_the_answer_says_whether_both_counted_the_same(
    tenant: Tenant, emails: MeteredService, storage: MeteredService, back_end: BackEnd
) -> None:
    count(tenant, ("a", at(12, 3), 10), ("b", at(12, 3), "2.5"), ("c", at(12, 4), 1))
    count(tenant, ("g", at(12, 3, 8), 9), ("h", at(12, 3), 7), service="storage")

    response = back_end.call("PUT", TOTALS, {"emails": "12.5", "storage": 7})

    assert response.status_code == 200
    assert response.json() == {
        "day": DAY,
        "source": SOURCE,
        "results": [
            {"service": "emails", "counted": "12.5", "reported": "12.5", "matches": True},
            {"service": "storage", "counted": "9", "reported": "7", "matches": False},
        ],
    }


def test_what_comes_again_takes_the_place_of_what_was_said_before(
    tenant: Tenant, emails: MeteredService, storage: MeteredService, back_end: BackEnd
) -> None:
    back_end.call("PUT", TOTALS, {"emails": "1", "storage": "5"})

    back_end.call("PUT", TOTALS, {"emails": "2"})

    assert kept(tenant) == {"emails": 2, "storage": 5}


REFUSED: dict[str, tuple[Any, int, str]] = {
    "unknown service": ({"emails": "1", "no-such": "1"}, 404, "not-found"),
    "less than nothing": ({"emails": "-1"}, 422, "invalid"),
    "no number": ({"emails": "many"}, 422, "invalid"),
    "seven decimals": ({"emails": "1.1234567"}, 422, "invalid"),
    "true": ({"emails": True}, 422, "invalid"),
    "nothing": ({}, 422, "invalid"),
    "a list": ([], 422, "invalid"),
    "too much": ({"emails": 10**18 + 1}, 422, "invalid"),
    "NUL": ({"emails\0": "1"}, 404, "not-found"),
}


@pytest.mark.parametrize(("body", "status", "code"), REFUSED.values(), ids=REFUSED)
def test_what_makes_no_sense_is_refused_and_nothing_kept(
    body: Any, status: int, code: str, tenant: Tenant, emails: MeteredService, back_end: BackEnd
) -> None:
    response = back_end.call("PUT", TOTALS, body)

    assert (response.status_code, problem(response)) == (status, code)
    assert kept(tenant) == {}


@pytest.mark.parametrize(
    ("day", "status"),
    [
        ("2026-12-11", 200),  # tomorrow
        ("2026-12-12", 409),
        ("2025-11-05", 200),  # 400 days ago
        ("2025-11-04", 409),
        ("2026-02-30", 422),
        ("today", 422),
    ],
)
def test_days_are_those_that_can_still_be_compared(
    day: str, status: int, emails: MeteredService, back_end: BackEnd
) -> None:
    response = back_end.call("PUT", f"/api/v1/producer-totals/{day}", {"emails": "1"})

    assert response.status_code == status


def test_on_suite_nothing_is_kept(emails: MeteredService, back_end_of: BackEndOf) -> None:
    tenant = TenantFactory(suite=True)

    response = back_end_of(tenant).call("PUT", TOTALS, {"emails": "1"})

    assert (response.status_code, response.json()["results"]) == (200, [])
    assert kept(tenant) == {}


def test_a_day_that_was_invoiced_in_parts_is_one_day(
    tenant: Tenant, emails: MeteredService, back_end_of: BackEndOf, back_end: BackEnd
) -> None:
    draw_october(tenant)
    count_late(tenant, ("late", at(10, 20, 11), 5), on=at(11, 5))
    other = back_end_of(tenant, source="https://mailer.example")

    said = [(back_end, 20, "605"), (back_end, 3, "151"), (other, 3, "0"), (back_end, 31, "0")]
    answers = [caller.call("PUT", f"{TOTALS[:-10]}2026-10-{day:02}", {"emails": total}) for caller, day, total in said]

    told = [(each["counted"], each["matches"]) for answer in answers for each in answer.json()["results"]]
    assert told == [("605", True), ("150", False), ("0", True), ("0", True)]
    with scope_of(tenant):
        shown = service_detail(tenant, "emails", ServiceQuery(month=str(OCTOBER)))
    assert [(row.day.day, total.counted, total.matches) for row in shown.days for total in row.totals] == [
        (3, 150, False),
        (3, 0, True),
        (20, 605, True),
        (31, 0, True),
    ]


@pytest.mark.django_db(transaction=True)
def test_of_totals_that_come_at_once_one_holds_whole(
    tenant: Tenant, emails: MeteredService, storage: MeteredService
) -> None:
    def report(number: int) -> None:
        totals = {emails: Decimal(number), storage: Decimal(number)}
        if number % 2:
            totals = dict(reversed(totals.items()))
        with scope_of(tenant):
            report_totals(tenant, totals, day=at(12, 3).date(), source=SOURCE)

    answers = at_once([lambda number=number: report(number) for number in range(8)])  # type: ignore[misc]

    assert answers == [None] * 8
    totals = kept(tenant)
    assert len(totals) == 2
    assert len(set(totals.values())) == 1

"""`/restrictions`, `/reservations` and `/fencing`: what product back ends ask and tell of the limits of a plan."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from licences.models import Restriction, Tenant
from tests.factories import LONG_AGO, RestrictionFactory, TenantFactory, scope_of
from tests.licences.api.conftest import BackEnd, BackEndOf, problem

pytestmark = pytest.mark.django_db

RESTRICTIONS = "/api/v1/restrictions"
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
NOTHING = {
    "ActiveCount": 0,
    "Maximum": None,
    "IsNearingMaximum": False,
    "HasReachedMaximum": False,
    "WarningMessage": "",
    "WarningTooltip": "",
}


@pytest.fixture
def tenant(db: None) -> Tenant:
    return TenantFactory(suite=True)


@pytest.fixture
def row(tenant: Tenant) -> Restriction:
    return RestrictionFactory(tenant=tenant, limit=100, used=97, type__name="Active projects")


def consume(back_end: BackEnd, row: Restriction, **body: Any) -> HttpResponse:
    return back_end.call("POST", f"{RESTRICTIONS}/{row.type.code}/consume", body)


def release(back_end: BackEnd, row: Restriction, **body: Any) -> HttpResponse:
    return back_end.call("POST", f"{RESTRICTIONS}/{row.type.code}/release", body)


def end(back_end: BackEnd, number: int, how: str) -> HttpResponse:
    return back_end.call("POST", f"/api/v1/reservations/{number}/{how}")


def used(row: Restriction) -> int:
    with scope_of(row):
        return Restriction.objects.get(pk=row.pk).used


def test_every_limit_is_listed_with_who_counts_and_when(tenant: Tenant, row: Restriction, back_end: BackEnd) -> None:
    others = [("product", None, 7), ("product", 0, 0), ("console", 3, 3)]
    for authority, limit, number in others:
        RestrictionFactory(tenant=tenant, authority=authority, limit=limit, used=number)

    results = back_end.get(RESTRICTIONS).json()["results"]

    assert results[0] == {
        "code": row.type.code,
        "name": "Active projects",
        "used": 97,
        "limit": 100,
        "state": "yellow",
        "authority": "console",
        "as_of": LONG_AGO.isoformat().replace("+00:00", "Z"),
    }
    assert [(each["authority"], each["limit"], each["used"]) for each in results[1:]] == others
    assert [each["state"] for each in results[1:]] == ["black", "not_in_plan", "red"]


def test_on_a_module_based_subscription_there_is_nothing(back_end_of: BackEndOf) -> None:
    back_end = back_end_of(TenantFactory())

    assert (back_end.get(RESTRICTIONS).status_code, back_end.get(RESTRICTIONS).json()) == (200, {"results": []})
    assert (back_end.get("/api/v1/fencing").status_code, back_end.get("/api/v1/fencing").json()) == (200, NOTHING)


def test_one_more_is_allowed(row: Restriction, back_end: BackEnd) -> None:
    response = consume(back_end, row, quantity=1)

    assert response.status_code == 200
    assert response.json() == {"allowed": True, "reason": "", "used": 98, "limit": 100, "state": "yellow"}


def test_a_refusal_is_an_answer(row: Restriction, back_end: BackEnd) -> None:
    response = consume(back_end, row, quantity=4)

    assert response.status_code == 200
    expected = {"allowed": False, "reason": "limit_reached", "used": 97, "limit": 100, "state": "yellow"}
    assert response.json() == expected


def test_without_a_quantity_it_is_one(row: Restriction, back_end: BackEnd) -> None:
    assert [consume(back_end, row).json()["used"], release(back_end, row).json()["used"]] == [98, 97]


def test_nought_asks(row: Restriction, back_end: BackEnd) -> None:
    assert consume(back_end, row, quantity=0).json()["allowed"]
    assert used(row) == 97


def test_what_is_given_back_is_there_again(row: Restriction, back_end: BackEnd) -> None:
    response = release(back_end, row, quantity=20)

    assert response.json() == {"allowed": True, "reason": "", "used": 77, "limit": 100, "state": "black"}


def test_a_reservation_says_its_number_and_its_end(row: Restriction, back_end: BackEnd) -> None:
    with time_machine.travel(NOW, tick=False):
        said = consume(back_end, row, quantity=2, reserve_seconds=600).json()
        number = said.pop("reservation")
        confirmed = end(back_end, number, "confirm")

    assert said == {
        "allowed": True,
        "reason": "",
        "used": 99,
        "limit": 100,
        "state": "yellow",
        "expires_at": "2026-11-26T12:10:00Z",
    }
    assert confirmed.status_code == 200
    assert confirmed.json() == {
        "reservation": number,
        "code": row.type.code,
        "quantity": 2,
        "state": "confirmed",
        "expires_at": "2026-11-26T12:10:00Z",
    }
    assert used(row) == 99


def test_a_cancelled_reservation_is_given_back_and_cannot_be_confirmed(row: Restriction, back_end: BackEnd) -> None:
    number = consume(back_end, row, quantity=2, reserve_seconds=600).json()["reservation"]

    assert [end(back_end, number, "cancel").json()["state"] for _ in range(2)] == ["cancelled"] * 2

    refused = end(back_end, number, "confirm")
    assert (refused.status_code, problem(refused)) == (409, "reservation-ended")
    assert "cancelled" in refused.json()["detail"]
    assert used(row) == 97


def test_a_reservation_that_is_refused_has_no_number(row: Restriction, back_end: BackEnd) -> None:
    said = consume(back_end, row, quantity=4, reserve_seconds=600).json()

    assert not said["allowed"]
    assert not {"reservation", "expires_at"} & said.keys()


@pytest.mark.parametrize("number", ["0", "999999999", "9223372036854775808", "-1"])
@pytest.mark.parametrize("how", ["confirm", "cancel"])
def test_an_unknown_reservation_is_none(number: str, how: str, back_end: BackEnd) -> None:
    response = back_end.call("POST", f"/api/v1/reservations/{number}/{how}")

    assert (response.status_code, problem(response)) == (404, "not-found")


def test_another_tenants_reservation_and_limit_are_unknown(
    row: Restriction, back_end: BackEnd, back_end_of: BackEndOf
) -> None:
    number = consume(back_end, row, reserve_seconds=600).json()["reservation"]
    others = back_end_of(TenantFactory(suite=True))

    theirs = [
        end(others, number, "confirm"),
        consume(others, row),
        release(others, row),
        report(others, row, used=1),
        others.get(f"/api/v1/fencing/{row.type.code}"),
    ]
    never = others.call("POST", f"{RESTRICTIONS}/no-such-limit/consume", {})

    assert {(each.status_code, each.content) for each in [*theirs, never]} == {(404, never.content)}
    assert used(row) == 98


def report(back_end: BackEnd, row: Restriction, *, used: int, at: datetime = NOW) -> HttpResponse:
    body = {"used": used, "observed_at": at.isoformat()}
    with time_machine.travel(NOW, tick=False):
        return back_end.call("PUT", f"{RESTRICTIONS}/{row.type.code}", body)


def test_the_newest_report_is_what_is_known(tenant: Tenant, back_end: BackEnd) -> None:
    row = RestrictionFactory(tenant=tenant, limit=100, authority="product")

    first = report(back_end, row, used=103)
    late = report(back_end, row, used=7, at=NOW - timedelta(seconds=1))

    assert (first.status_code, late.status_code, first.json()) == (200, 200, late.json())
    assert (first.json()["used"], first.json()["state"], first.json()["as_of"]) == (103, "red", "2026-11-26T12:00:00Z")


def test_a_report_from_the_future_is_refused(tenant: Tenant, back_end: BackEnd) -> None:
    row = RestrictionFactory(tenant=tenant, limit=100, authority="product")

    response = report(back_end, row, used=1, at=NOW + timedelta(minutes=6))

    assert (response.status_code, problem(response)) == (409, "ahead-of-time")


def test_each_limit_has_one_who_counts(tenant: Tenant, row: Restriction, back_end: BackEnd) -> None:
    of_product = RestrictionFactory(tenant=tenant, limit=100, authority="product")

    answers = [consume(back_end, of_product), release(back_end, of_product), report(back_end, row, used=1)]

    assert [(each.status_code, problem(each)) for each in answers] == [
        (409, "counted-by-product"),
        (409, "counted-by-product"),
        (409, "counted-by-console"),
    ]


def test_no_more_is_given_back_than_is_in_use(row: Restriction, back_end: BackEnd) -> None:
    response = release(back_end, row, quantity=98)

    assert (response.status_code, problem(response)) == (409, "below-zero")
    assert used(row) == 97


@pytest.mark.parametrize(
    ("how", "body", "pointer"),
    [
        ("consume", {"quantity": -1}, "#/quantity"),
        ("consume", {"quantity": 2**31}, "#/quantity"),
        ("consume", {"quantity": "1"}, "#/quantity"),
        ("consume", {"quantity": 1.5}, "#/quantity"),
        ("consume", {"quantity": True}, "#/quantity"),
        ("consume", {"reserve_seconds": 0}, "#/reserve_seconds"),
        ("consume", {"reserve_seconds": 86_401}, "#/reserve_seconds"),
        ("consume", {"number": 1}, "#/number"),
        ("release", {"quantity": 0}, "#/quantity"),
        ("release", {"reserve_seconds": 1}, "#/reserve_seconds"),
    ],
)
def test_a_body_that_is_not_as_described_is_refused_with_the_place(
    how: str, body: dict[str, object], pointer: str, row: Restriction, back_end: BackEnd
) -> None:
    response = back_end.call("POST", f"{RESTRICTIONS}/{row.type.code}/{how}", body)

    assert (response.status_code, problem(response)) == (422, "invalid")
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert used(row) == 97


def test_reading_and_writing_need_a_scope_each(tenant: Tenant, row: Restriction, back_end_of: BackEndOf) -> None:
    reader, writer = back_end_of(tenant, "restrictions:read"), back_end_of(tenant, "restrictions:write")

    assert [reader.get(RESTRICTIONS).status_code, reader.get("/api/v1/fencing").status_code] == [200, 200]
    assert [consume(writer, row).status_code, release(writer, row).status_code] == [200, 200]
    refused = [writer.get(RESTRICTIONS), writer.get("/api/v1/fencing"), consume(reader, row), release(reader, row)]
    refused += [report(reader, row, used=1), end(reader, 1, "confirm"), end(reader, 1, "cancel")]
    assert {(each.status_code, problem(each)) for each in refused} == {(403, "missing-scope")}


def test_fencing_is_of_the_fullest_that_is_near(tenant: Tenant, row: Restriction, back_end: BackEnd) -> None:
    for limit, number in ((10, 9), (None, 10_000), (0, 0), (1_000, 10)):
        RestrictionFactory(tenant=tenant, limit=limit, used=number)

    said = back_end.get("/api/v1/fencing").json()

    assert said == {
        "ActiveCount": 97,
        "Maximum": 100,
        "IsNearingMaximum": True,
        "HasReachedMaximum": False,
        "WarningMessage": "97 of 100 active projects",
        "WarningTooltip": "The limit is near. Close projects that have ended.",
    }


def test_fencing_of_what_is_reached_or_exceeded(tenant: Tenant, row: Restriction, back_end: BackEnd) -> None:
    RestrictionFactory(tenant=tenant, limit=10, used=12)

    said = back_end.get("/api/v1/fencing").json()

    assert (said["ActiveCount"], said["Maximum"]) == (12, 10)
    assert (said["IsNearingMaximum"], said["HasReachedMaximum"]) == (False, True)
    assert said["WarningTooltip"] == "No more can be added. Close projects that have ended."


def test_without_anything_near_fencing_says_nothing(tenant: Tenant, back_end: BackEnd) -> None:
    for limit, number in ((100, 84), (None, 10_000), (0, 0)):
        RestrictionFactory(tenant=tenant, limit=limit, used=number)

    assert back_end.get("/api/v1/fencing").json() == NOTHING


@pytest.mark.parametrize(
    ("limit", "number", "near", "reached"),
    [(100, 84, False, False), (100, 85, True, False), (100, 100, False, True), (None, 9, False, False)],
)
def test_fencing_of_one_limit(
    limit: int | None, number: int, near: bool, reached: bool, tenant: Tenant, back_end: BackEnd
) -> None:
    row = RestrictionFactory(tenant=tenant, limit=limit, used=number)

    said = back_end.get(f"/api/v1/fencing/{row.type.code}").json()

    assert (said["ActiveCount"], said["Maximum"]) == (number, limit)
    assert (said["IsNearingMaximum"], said["HasReachedMaximum"]) == (near, reached)
    assert bool(said["WarningMessage"]) == bool(said["WarningTooltip"]) == (near or reached)


def test_fencing_of_what_the_plan_has_not(tenant: Tenant, back_end: BackEnd) -> None:
    row = RestrictionFactory(tenant=tenant, limit=0, type__name="Flows")

    said = back_end.get(f"/api/v1/fencing/{row.type.code}").json()

    assert (said["Maximum"], said["HasReachedMaximum"], said["WarningMessage"]) == (0, True, "Flows: not in your plan")


@pytest.mark.parametrize("code", ["a%00", "no%20such", "x" * 500])
def test_a_code_that_nothing_has_is_unknown(code: str, back_end: BackEnd) -> None:
    answers = [
        back_end.call("POST", f"{RESTRICTIONS}/{code}/consume", {}),
        back_end.call("POST", f"{RESTRICTIONS}/{code}/release", {}, **{"Idempotency-Key": "key-1"}),
        back_end.call("PUT", f"{RESTRICTIONS}/{code}", {"used": 1, "observed_at": "2026-11-26T12:00:00Z"}),
        back_end.get(f"/api/v1/fencing/{code}"),
    ]

    assert {(each.status_code, problem(each)) for each in answers} == {(404, "not-found")}


def test_the_one_statement_is_all_that_a_call_adds(row: Restriction, back_end: BackEnd) -> None:
    back_end.get(RESTRICTIONS)
    counts = []
    for call in (lambda: back_end.get(RESTRICTIONS), lambda: consume(back_end, row)):
        with CaptureQueriesContext(connection) as captured:
            call()
        counts.append(len(captured))

    assert counts[1] == counts[0]

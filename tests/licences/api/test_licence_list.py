"""`GET /licences`: what the tenant owns, page by page."""

from datetime import date

import pytest

from licences.models import Tenant
from tests.factories import (
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceSetFactory,
    LicenceTypeFactory,
    SeatFactory,
    scope_of,
)
from tests.licences.api.conftest import BackEnd, BackEndOf, problem

pytestmark = pytest.mark.django_db

LICENCES = "/api/v1/licences"


def codes(back_end: BackEnd, address: str = LICENCES) -> list[str]:
    return [row["code"] for row in back_end.get(address).json()["results"]]


def test_a_user_licence_tells_how_many_and_until_when(tenant: Tenant, back_end: BackEnd) -> None:
    licence = LicenceFactory(tenant=tenant, type__plan=True, total=5)
    SeatFactory(licence=licence)
    with scope_of(tenant):
        chosen = licence.licence_set
        chosen.warn_from_on = chosen.expires_on = chosen.grace_until_on = date(2030, 5, 31)
        chosen.save(update_fields=["warn_from_on", "expires_on", "grace_until_on"])

    (row,) = back_end.get(LICENCES).json()["results"]

    assert row == {
        "code": licence.type.code,
        "name": licence.name,
        "owner": "superoffice",
        "kind": "user",
        "in_use": 1,
        "total": 5,
        "available": 4,
        "unrestricted": False,
        "expires_on": "2030-05-31",
    }


def test_without_a_limit_the_numbers_are_null_and_never_nought(tenant: Tenant, back_end: BackEnd) -> None:
    LicenceFactory(tenant=tenant, unrestricted=True, total=1)

    (row,) = back_end.get(LICENCES).json()["results"]

    assert (row["total"], row["available"], row["unrestricted"], row["in_use"]) == (None, None, True, 0)


def test_a_system_licence_has_no_seats_to_give(tenant: Tenant, back_end: BackEnd) -> None:
    LicenceFactory(tenant=tenant, type__system=True, total=1)

    (row,) = back_end.get(LICENCES).json()["results"]

    assert (row["kind"], row["total"], row["available"], row["in_use"]) == ("system", 1, None, 0)


def test_a_third_partys_code_begins_with_its_owners(tenant: Tenant, back_end: BackEnd) -> None:
    owner = LicenceOwnerFactory(code="aaa")
    LicenceFactory(tenant=tenant, type=LicenceTypeFactory(owner=owner, code="board"))
    LicenceFactory(tenant=tenant, type=LicenceTypeFactory(code="board"))

    assert codes(back_end) == ["board", "aaa.board"]


def test_only_what_is_in_force_and_on_the_screen_is_listed(tenant: Tenant, back_end: BackEnd) -> None:
    shown = LicenceFactory(tenant=tenant)
    LicenceFactory(tenant=tenant, type__hidden=True)
    waiting = LicenceSetFactory(tenant=tenant, state="pending", activated_at=None)
    LicenceFactory(tenant=tenant, licence_set=waiting)

    assert codes(back_end) == [shown.type.code]


def test_pages_follow_one_another_without_a_gap(tenant: Tenant, back_end: BackEnd) -> None:
    kinds = [LicenceTypeFactory() for _ in range(3)] + [LicenceTypeFactory(owner=LicenceOwnerFactory(code="zzz"))]
    for kind in kinds:
        LicenceFactory(tenant=tenant, type=kind)
    address = f"{LICENCES}?limit=2"

    first = back_end.get(address).json()
    second = back_end.get(f"{address}&cursor={first['next']}").json()

    found = [row["code"] for row in first["results"] + second["results"]]
    assert found == [*(kind.code for kind in kinds[:3]), f"zzz.{kinds[3].code}"]
    assert second["next"] is None


def test_a_cursor_that_was_tampered_with_is_refused(tenant: Tenant, back_end: BackEnd) -> None:
    for _ in range(3):
        LicenceFactory(tenant=tenant)
    cursor = back_end.get(f"{LICENCES}?limit=1").json()["next"]
    swapped = cursor[:5] + ("A" if cursor[5] != "A" else "B") + cursor[6:]

    for wrong in ("", swapped, cursor[:-1], "nonsense", "x" * 2001, "%00", ":::"):
        response = back_end.get(f"{LICENCES}?cursor={wrong}")

        assert (response.status_code, problem(response)) == (422, "invalid"), wrong
        assert response.json()["errors"][0]["parameter"] == "cursor"


def test_a_cursor_of_another_tenant_is_refused(tenant: Tenant, back_end: BackEnd, back_end_of: BackEndOf) -> None:
    for _ in range(2):
        LicenceFactory(tenant=tenant)
    cursor = back_end.get(f"{LICENCES}?limit=1").json()["next"]

    response = back_end_of(LicenceFactory().tenant).get(f"{LICENCES}?cursor={cursor}")

    assert (response.status_code, problem(response)) == (422, "invalid")


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many", "1.5", "9" * 5000])
def test_a_page_has_from_1_to_200_rows(limit: str, back_end: BackEnd) -> None:
    response = back_end.get(f"{LICENCES}?limit={limit}")

    assert (response.status_code, problem(response)) == (422, "invalid")
    assert response.json()["errors"][0]["parameter"] == "limit"

"""`GET /users/<user_id>/entitlements`: the report's answers, for the tenant's own users."""

import pytest

from licences.models import Tenant, User
from licences.reports.entitlements import Reason, entitlements
from tests.factories import LicenceFactory, LicenceOwnerFactory, SeatFactory, scope_of
from tests.licences.api.conftest import BackEnd, problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(tenant: Tenant) -> User:
    """Holds a plan and a licence; the company has a system licence, a third party one that the user lacks."""
    plan = LicenceFactory(tenant=tenant, type__plan=True)
    user = SeatFactory(licence=plan).user
    SeatFactory(licence=LicenceFactory(tenant=tenant), user=user)
    LicenceFactory(tenant=tenant, type__system=True)
    LicenceFactory(tenant=tenant, type__owner=LicenceOwnerFactory(code="tindekart"), type__code="board")
    return user


def test_every_feature_comes_with_its_reason_and_sources(user: User, back_end: BackEnd) -> None:
    response = back_end.get(f"/api/v1/users/{user.login_id}/entitlements")

    with scope_of(user):
        expected = entitlements(User.objects.select_related("tenant").get(pk=user.pk))
    told = response.json()
    assert told["user_id"] == user.login_id
    assert {each["reason"] for each in told["features"]} >= {"by_licence", "by_system_licence", "not_assigned"}
    assert told["features"] == [
        {
            "feature": each.feature,
            "granted": each.granted,
            "reason": each.reason,
            "sources": [{"kind": source.kind, "code": source.code, "name": source.name} for source in each.sources],
        }
        for each in expected
    ]


def test_one_feature_is_answered_as_in_the_list(user: User, back_end: BackEnd) -> None:
    address = f"/api/v1/users/{user.login_id}/entitlements"

    for feature in back_end.get(address).json()["features"]:
        assert back_end.get(f"{address}/{feature['feature']}").json() == feature | {"user_id": user.login_id}


@pytest.mark.parametrize("feature", ["missing", "tindekart", "board", "Tindekart.board", "a%00b"])
def test_a_feature_that_is_none_is_missing(feature: str, user: User, back_end: BackEnd) -> None:
    response = back_end.get(f"/api/v1/users/{user.login_id}/entitlements/{feature}")

    assert (response.status_code, problem(response)) == (404, "not-found")


def test_a_user_id_is_known_however_it_is_written(user: User, back_end: BackEnd) -> None:
    response = back_end.get(f"/api/v1/users/{user.login_id.upper()}/entitlements")

    assert response.json()["user_id"] == user.login_id


def test_reasons_are_listed_in_the_document(back_end: BackEnd) -> None:
    schemas = back_end.get("/api/v1/openapi.json").json()["components"]["schemas"]

    assert schemas["FeatureEntitlement"]["properties"]["reason"]["x-codes"].keys() == set(Reason.values)
    assert set(schemas["Reason"]["enum"]) == set(Reason.values)

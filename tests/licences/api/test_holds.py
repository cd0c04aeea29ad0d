"""`PUT` and `DELETE /users/<user_id>/holds/<key>`: open work keeps the plan with its user."""

import pytest

from licences.models import Hold, Seat, Tenant, User
from licences.services.seats import Refusal, release_seats
from tests.factories import LicenceFactory, SeatFactory, scope_of
from tests.licences.api.conftest import SOURCE, BackEnd, BackEndOf, problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat(tenant: Tenant) -> Seat:
    return SeatFactory(licence=LicenceFactory(tenant=tenant, type__plan=True))


@pytest.fixture
def user(seat: Seat) -> User:
    return seat.user


def at(user: User, key: str = "requests") -> str:
    return f"/api/v1/users/{user.login_id}/holds/{key}"


def holds(tenant: Tenant) -> list[tuple[str, str, str]]:
    with scope_of(tenant):
        return list(Hold.objects.order_by("pk").values_list("source", "key", "reason"))


def test_open_work_is_remembered_for_the_source_of_the_token(tenant: Tenant, user: User, back_end: BackEnd) -> None:
    response = back_end.call("PUT", at(user), {"reason": "12 open requests"})

    assert response.status_code == 201
    said = response.json()
    assert said.pop("set_at").endswith("Z")
    assert said == {"user_id": user.login_id, "key": "requests", "source": SOURCE, "reason": "12 open requests"}
    assert holds(tenant) == [(SOURCE, "requests", "12 open requests")]


def test_the_plan_stays_and_the_refusal_names_the_work(seat: Seat, user: User, back_end: BackEnd) -> None:
    back_end.call("PUT", at(user), {"reason": "12 open requests"})

    with scope_of(user):
        report = release_seats(seat.licence, users=[user], by=None)

    assert [(refused.reason, refused.detail) for refused in report.refused] == [(Refusal.OPEN_WORK, "12 open requests")]


def test_when_the_work_is_done_the_plan_can_be_taken(seat: Seat, user: User, back_end: BackEnd) -> None:
    back_end.call("PUT", at(user), {"reason": "12 open requests"})

    response = back_end.call("DELETE", at(user))

    assert (response.status_code, response.content) == (204, b"")
    with scope_of(user):
        assert release_seats(seat.licence, users=[user], by=None).done == [user]


def test_saying_it_again_changes_the_reason_and_nothing_else(tenant: Tenant, user: User, back_end: BackEnd) -> None:
    first = back_end.call("PUT", at(user), {"reason": "12 open requests"}).json()

    same = back_end.call("PUT", at(user), {"reason": "12 open requests"})
    fewer = back_end.call("PUT", at(user), {"reason": " 3 open requests "})

    assert (same.status_code, same.json()) == (200, first)
    assert (fewer.status_code, fewer.json()) == (200, first | {"reason": "3 open requests"})
    assert holds(tenant) == [(SOURCE, "requests", "3 open requests")]


def test_taking_back_what_is_not_there_is_no_error(user: User, back_end: BackEnd) -> None:
    assert [back_end.call("DELETE", at(user)).status_code for _ in range(2)] == [204, 204]


def test_each_source_keeps_its_own(tenant: Tenant, user: User, back_end: BackEnd, back_end_of: BackEndOf) -> None:
    chat = back_end_of(tenant, source="https://chat.nordlys.example")
    back_end.call("PUT", at(user), {"reason": "12 open requests"})
    chat.call("PUT", at(user), {"reason": "1 open chat"})

    chat.call("DELETE", at(user))

    assert holds(tenant) == [(SOURCE, "requests", "12 open requests")]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_another_tenants_user_answers_as_one_who_never_was(method: str, back_end: BackEnd, outsider: User) -> None:
    body = {"reason": "12 open requests"}

    theirs = back_end.call(method, at(outsider), body)
    nobodys = back_end.call(method, "/api/v1/users/never-was/holds/requests", body)

    assert (theirs.status_code, problem(theirs)) == (404, "not-found")
    assert theirs.content == nobodys.content
    assert holds(outsider.tenant) == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/reason"),
        ({"reason": " "}, "#/reason"),
        ({"reason": "\x1f\u3000\u180e\u200b"}, "#/reason"),
        ({"reason": "x" * 201}, "#/reason"),
        ({"reason": "a\x00b"}, "#/reason"),
        ({"reason": "a\ud800"}, "#/reason"),
        ({"reason": 12}, "#/reason"),
        ({"reason": "x", "a/b~c": 1}, "#/a~1b~0c"),
        ([], "#"),
        (None, "#"),
    ],
)
def test_a_body_that_is_not_as_described_is_refused_with_the_place(
    body: object, pointer: str, tenant: Tenant, user: User, back_end: BackEnd
) -> None:
    response = back_end.call("PUT", at(user), body)

    assert (response.status_code, problem(response)) == (422, "invalid")
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert holds(tenant) == []


@pytest.mark.parametrize("key", ["-a", "a%20b", "x" * 101, "a%00"])
def test_a_key_is_short_and_plain(key: str, user: User, back_end: BackEnd) -> None:
    response = back_end.call("PUT", at(user, key), {"reason": "x"})

    assert (response.status_code, problem(response)) == (422, "invalid")
    assert response.json()["errors"][0]["parameter"] == "key"

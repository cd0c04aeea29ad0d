"""`POST /users/last-use`: when users last used the product, however often and in whatever order it is told."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from licences.models import DayOfUse, Tenant, User
from tests.factories import UserFactory, scope_of
from tests.licences.api.conftest import BackEnd, problem
from tests.threads import at_once

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/users/last-use"
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.fixture
def user(tenant: Tenant) -> User:
    return UserFactory(tenant=tenant)


def use(user_id: str, moment: datetime) -> dict[str, str]:
    return {"user_id": user_id, "used_at": moment.isoformat()}


def report(back_end: BackEnd, *uses: dict[str, Any]) -> Any:
    with time_machine.travel(NOW, tick=False):
        return back_end.call("POST", ADDRESS, {"uses": list(uses)})


def known(tenant: Tenant) -> tuple[dict[str, datetime | None], list[tuple[str, date]]]:
    """When each user was last seen, and the days of use."""
    with scope_of(tenant):
        return (
            dict(User.objects.of(tenant).values_list("login_id", "last_used_at")),
            list(DayOfUse.objects.order_by("used_on", "user_id").values_list("user__login_id", "used_on")),
        )


def test_the_last_moment_and_each_day_are_kept(tenant: Tenant, user: User, back_end: BackEnd) -> None:
    moments = [NOW - timedelta(days=1), NOW - timedelta(hours=1), NOW - timedelta(hours=2)]

    response = report(back_end, *(use(user.login_id, moment) for moment in moments))

    assert response.status_code == 200
    results = [{"index": index, "user_id": user.login_id, "status": "accepted"} for index in range(3)]
    assert response.json() == {"accepted": 3, "rejected": 0, "results": results}
    assert known(tenant) == (
        {user.login_id: moments[1]},
        [(user.login_id, date(2026, 11, 25)), (user.login_id, date(2026, 11, 26))],
    )


def test_a_day_is_one_of_the_tenants_calendar(tenant: Tenant, user: User, back_end: BackEnd) -> None:
    report(back_end, use(user.login_id, datetime(2026, 11, 25, 23, 30, tzinfo=UTC)))

    assert known(tenant)[1] == [(user.login_id, date(2026, 11, 26))]


def test_telling_it_again_or_late_changes_nothing(tenant: Tenant, user: User, back_end: BackEnd) -> None:
    report(back_end, use(user.login_id, NOW))
    before = known(tenant)

    again = [report(back_end, use(user.login_id, NOW)), report(back_end, use(user.login_id, NOW - timedelta(hours=1)))]

    assert [response.json()["accepted"] for response in again] == [1, 1]
    assert known(tenant) == before


def test_what_cannot_be_taken_is_told_apart_and_the_rest_counts(
    tenant: Tenant, user: User, outsider: User, back_end: BackEnd
) -> None:
    response = report(
        back_end,
        use("never-was", NOW),
        use(outsider.login_id, NOW),
        use(user.login_id, NOW + timedelta(minutes=5, seconds=1)),
        use(user.login_id, NOW - timedelta(days=35, seconds=1)),
        use(user.login_id.upper(), NOW + timedelta(minutes=5)),
        use(user.login_id, NOW - timedelta(days=35)),
    )

    assert response.status_code == 207
    said = response.json()
    assert (said["accepted"], said["rejected"]) == (2, 4)
    codes = [each.get("problem", {}).get("type", "").removeprefix("/api/v1/docs#") for each in said["results"]]
    assert codes == ["unknown-user", "unknown-user", "in-the-future", "too-long-ago", "", ""]
    assert [each["status"] for each in said["results"]] == ["rejected"] * 4 + ["accepted"] * 2
    assert known(tenant)[0] == {user.login_id: NOW + timedelta(minutes=5)}
    assert known(outsider.tenant) == ({outsider.login_id: None}, [])


def test_an_empty_batch_is_one_too(back_end: BackEnd) -> None:
    assert report(back_end).json() == {"accepted": 0, "rejected": 0, "results": []}


def test_a_batch_has_at_most_1000(user: User, back_end: BackEnd) -> None:
    most = report(back_end, *[use(user.login_id, NOW)] * 1_000)
    more = report(back_end, *[use(user.login_id, NOW)] * 1_001)

    assert most.json()["accepted"] == 1_000
    assert (more.status_code, problem(more)) == (422, "invalid")
    assert more.json()["errors"][0]["pointer"] == "#/uses"


@pytest.mark.parametrize(
    "moment", ["2026-11-26", "2026-11-26T12:00:00", 1795694400, "1795694400", None, "2026-13-01T00:00:00Z", True]
)
def test_a_moment_is_written_with_its_zone(moment: object, user: User, back_end: BackEnd) -> None:
    response = report(back_end, use(user.login_id, NOW), {"user_id": user.login_id, "used_at": moment})

    assert (response.status_code, problem(response)) == (422, "invalid")
    assert [error["pointer"] for error in response.json()["errors"]] == ["#/uses/1/used_at"]


def test_statements_do_not_grow_with_the_batch(tenant: Tenant, back_end: BackEnd) -> None:
    users = [UserFactory(tenant=tenant) for _ in range(60)]
    counts = []

    for size in (1, 60):
        with CaptureQueriesContext(connection) as captured:
            report(back_end, *(use(user.login_id, NOW) for user in users[:size]))
        counts.append(len(captured))

    assert counts[1] <= counts[0]


@pytest.mark.django_db(transaction=True)
def test_batches_at_the_same_moment_neither_lose_anything_nor_wait_in_a_circle(
    tenant: Tenant, back_end: BackEnd
) -> None:
    users = [UserFactory(tenant=tenant) for _ in range(20)]
    moments = [NOW - timedelta(minutes=minute) for minute in range(8)]

    def batch(place: int) -> Any:
        ordered = users if place % 2 else users[::-1]
        body = {"uses": [use(user.login_id, moments[place]) for user in ordered]}
        return lambda: back_end.call("POST", ADDRESS, body).json()["accepted"]

    with time_machine.travel(NOW, tick=False):
        accepted = at_once([batch(place) for place in range(8)])

    assert accepted == [20] * 8
    assert set(known(tenant)[0].values()) == {NOW}

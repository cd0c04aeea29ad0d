"""`Idempotency-Key`: the same request sent again is answered the same, to the byte, and does nothing. Source: R-05."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.utils import timezone
from pytest_django import Settings

from config.tenancy.scopes import tenant_scope
from licences.models import ApiAnswer, LimitMovement, Restriction, Tenant
from licences.services.api_answers import Answered, answer_once, forget_old_answers
from tests.factories import RestrictionFactory, TenantFactory, scope_of
from tests.licences.api.conftest import BackEnd, BackEndOf, problem
from tests.proof import PROOF
from tests.threads import at_once

pytestmark = pytest.mark.django_db

KEYS = 100 if PROOF else 4
SENDS = 20 if PROOF else 6


@pytest.fixture
def tenant(db: None) -> Tenant:
    return TenantFactory(suite=True)


@pytest.fixture
def row(tenant: Tenant) -> Restriction:
    return RestrictionFactory(tenant=tenant, limit=100 + KEYS, used=100)


def send(back_end: BackEnd, row: Restriction, key: str, how: str = "consume", **body: Any) -> HttpResponse:
    address = f"/api/v1/restrictions/{row.type.code}/{how}"
    return back_end.call("POST", address, body, **{"Idempotency-Key": key})


def used(row: Restriction) -> int:
    with scope_of(row):
        return Restriction.objects.get(pk=row.pk).used


def said(response: HttpResponse) -> tuple[int, str, bytes]:
    return response.status_code, response["Content-Type"], response.content


def is_replay(response: HttpResponse) -> bool:
    return response.get("Idempotency-Replayed") == "true"


def test_the_second_send_is_answered_as_the_first_and_does_nothing(row: Restriction, back_end: BackEnd) -> None:
    first = send(back_end, row, "key-1", quantity=2)
    with scope_of(row):
        Restriction.objects.filter(pk=row.pk).update(limit=None)

    second = send(back_end, row, "key-1", quantity=2)

    assert said(first) == said(second)
    assert [is_replay(first), is_replay(second)] == [False, True]
    assert used(row) == 102


def test_a_reservation_is_made_once(row: Restriction, back_end: BackEnd) -> None:
    answers = [send(back_end, row, "key-1", reserve_seconds=60) for _ in range(2)]

    assert answers[0].content == answers[1].content
    assert used(row) == 101


def test_a_refusal_stays_one(row: Restriction, back_end: BackEnd) -> None:
    first = send(back_end, row, "key-1", quantity=10_000)
    send(back_end, row, "key-2", how="release", quantity=100)

    second = send(back_end, row, "key-1", quantity=10_000)

    assert not first.json()["allowed"]
    assert said(first) == said(second)


def test_a_problem_is_an_answer_too(row: Restriction, back_end: BackEnd) -> None:
    first = send(back_end, row, "key-1", how="release", quantity=101)
    send(back_end, row, "key-2", quantity=2)

    second = send(back_end, row, "key-1", how="release", quantity=101)

    assert (first.status_code, problem(first)) == (409, "below-zero")
    assert said(first) == said(second)
    assert is_replay(second)


def test_the_same_key_with_another_body_is_refused(row: Restriction, back_end: BackEnd) -> None:
    send(back_end, row, "key-1", quantity=1)

    other = send(back_end, row, "key-1", quantity=2)

    assert (other.status_code, problem(other)) == (409, "idempotency-key-reused")
    assert used(row) == 101


def test_a_body_that_says_the_same_otherwise_is_the_same(row: Restriction, back_end: BackEnd) -> None:
    assert not is_replay(send(back_end, row, "key-1"))
    assert is_replay(send(back_end, row, "key-1", reserve_seconds=None, quantity=1))


def test_a_key_is_one_of_its_source_and_its_address(
    tenant: Tenant, row: Restriction, back_end: BackEnd, back_end_of: BackEndOf
) -> None:
    other = RestrictionFactory(tenant=tenant, limit=10, used=5)
    chat = back_end_of(tenant, source="https://chat.example")
    elsewhere = RestrictionFactory(tenant=TenantFactory(suite=True), type=row.type, limit=10)

    answers = [
        send(back_end, row, "key-1"),
        send(back_end, row, "key-1", how="release"),
        send(back_end, other, "key-1"),
        send(chat, row, "key-1"),
        send(back_end_of(elsewhere.tenant), elsewhere, "key-1"),
    ]

    assert not any(map(is_replay, answers))


def test_what_is_not_as_described_uses_no_key_up(row: Restriction, back_end: BackEnd) -> None:
    assert send(back_end, row, "key-1", quantity=-1).status_code == 422

    assert send(back_end, row, "key-1", quantity=1).json()["allowed"]


@pytest.mark.parametrize("key", ["", "x" * 201, "a b", "a\tb", "å"])
def test_a_key_is_short_and_plain(key: str, row: Restriction, back_end: BackEnd) -> None:
    response = send(back_end, row, key)

    assert (response.status_code, problem(response)) == (422, "invalid")
    assert used(row) == 100


def test_what_fails_is_not_answered_for(row: Restriction) -> None:
    def once(effect: Callable[[], Answered]) -> Answered:
        with tenant_scope(row.tenant_id):
            return answer_once(row.tenant, source="s", route="r", key="k", body_hash="h", effect=effect)

    def fails() -> Answered:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        once(fails)

    assert once(lambda: Answered(200, "1")) == Answered(200, "1")
    assert once(fails) == Answered(200, "1", is_replay=True)


def test_after_7_days_a_key_is_new_again(row: Restriction, back_end: BackEnd) -> None:
    now = timezone.now()
    seen = []

    for days in (0, 7, 7.01):
        with time_machine.travel(now + timedelta(days=days), tick=False):
            forget_old_answers()
            seen.append(is_replay(send(back_end, row, "key-1")))

    assert seen == [False, True, False]
    with scope_of(row):
        assert ApiAnswer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_sends_at_once_each_key_does_its_work_once(
    row: Restriction, back_end: BackEnd, settings: Settings
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2 * KEYS * SENDS
    for key in range(KEYS):
        answers = at_once([lambda key=key: send(back_end, row, f"key-{key}", quantity=1)] * SENDS)

        assert {(each.status_code, each.content) for each in answers} == {(200, answers[0].content)}
        assert sum(map(is_replay, answers)) == SENDS - 1

    assert used(row) == 100 + KEYS
    with scope_of(row):
        assert LimitMovement.objects.filter(kind="consumed").count() == KEYS

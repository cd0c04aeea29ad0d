"""So many requests a minute, and not one more, however many come at once."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from config.api.problems import Problem
from config.api.rate import count_request
from config.cache import SteadyClient
from licences.services.api_tokens import make_token
from tests.factories import TenantFactory, scope_of
from tests.proof import PROOF
from tests.threads import at_once

AT_ONCE = 200 if PROOF else 60
NOON = datetime(2026, 11, 26, 12, 0, 15, tzinfo=UTC)


def wait_of(who: str, most: int) -> str | None:
    """What the refusal says of when to come again; None when it is not refused."""
    try:
        count_request(who, most=most)
    except Problem as refused:
        return refused.headers["Retry-After"]
    return None


def test_the_next_minute_counts_anew() -> None:
    with time_machine.travel(NOON, tick=False):
        first = [wait_of("a", 2) for _ in range(3)]
    with time_machine.travel(NOON + timedelta(seconds=44.5), tick=False):
        late = wait_of("a", 2)
    with time_machine.travel(NOON + timedelta(seconds=45), tick=False):
        after = wait_of("a", 2)

    assert first == [None, None, "45"]
    assert late == "1"
    assert after is None


def test_each_counts_alone() -> None:
    with time_machine.travel(NOON, tick=False):
        assert [wait_of(who, 1) for who in ("a", "b", "a")] == [None, None, "45"]


def test_a_count_is_forgotten_by_itself() -> None:
    with time_machine.travel(time.time(), tick=False):
        count_request("a", most=1)
        key = cache.make_and_validate_key(f"api-requests:a:{int(time.time() // 60)}")

    assert 60 < cache._cache._redis.get_client().ttl(key) <= 120


def test_without_the_server_this_process_counts(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SteadyClient, "asked_again_at", 0.0)
    settings.CACHES = settings.CACHES | {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}

    with time_machine.travel(NOON, tick=False):
        assert [wait_of("a", 2) for _ in range(4)] == [None, None, "45", "45"]


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_as_many_pass_as_may(settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = AT_ONCE // 2
    tenant = TenantFactory()
    with scope_of(tenant):
        made = make_token(tenant, source="crm", scopes=["licences:read"], by=None)
    headers = {"Authorization": f"Bearer {made.clear}"}

    def call() -> tuple[int, bool]:
        response = Client().get("/api/v1/licences", headers=headers)
        return response.status_code, "Retry-After" in response

    with time_machine.travel(NOON, tick=False):
        answers = at_once([call] * AT_ONCE)

    assert Counter(answers) == {(200, False): AT_ONCE // 2, (429, True): AT_ONCE // 2}

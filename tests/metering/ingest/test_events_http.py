"""Usage over real HTTP: as somebody else's library writes it, and whatever is killed while it is sent."""

import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from http.client import HTTPConnection, HTTPException
from threading import Lock
from typing import Any

import psutil
import pytest
from cloudevents.core.bindings.http import to_structured_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from django.db import connection
from django.utils import timezone

from config.processes import Children
from licences.models import ApiToken, Tenant
from licences.services.api_tokens import make_token
from metering.models import EventKey, MeteredService, UsageEvent
from tests.config.supervised import scratch_directory
from tests.factories import TenantFactory, scope_of
from tests.metering.ingest.conftest import BATCH
from tests.metering.ingest.world import (
    Use,
    assert_days_are_what_their_events_say,
    expected,
    make_services,
    stored,
)
from tests.metering.sending import SOURCE
from tests.notifications.processes import Console, wait_until
from tests.notifications.test_import_worker import recovered
from tests.proof import PROOF

pytestmark = pytest.mark.django_db(transaction=True)

BATCHES, EVENTS = (3_000, 20) if PROOF else (80, 5)
KILLS = 30 if PROOF else 2
CRASHES = 10
SENDERS = 8
AGAIN = 0.3


@pytest.fixture
def console(transactional_db: None) -> Iterator[Console]:
    with scratch_directory() as directory, Children(directory) as children:
        console = Console(children, directory, API_REQUESTS_PER_MINUTE="1000000")
        console.start("broker", "web")
        yield console
        console.end()
        print(console.logs())  # noqa: T201 - shown when the test fails


@pytest.fixture
def services(transactional_db: None) -> dict[str, MeteredService]:
    return make_services()


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return TenantFactory()


class BackEnd:
    """One connection of a product back end, opened again when it breaks."""

    def __init__(self, console: Console, tenant: Tenant) -> None:
        with scope_of(tenant):
            made = make_token(tenant, source=SOURCE, scopes=[ApiToken.Scope.EVENTS_WRITE], by=None)
        self.headers = {"Authorization": f"Bearer {made.clear}"}
        self.connection = HTTPConnection("127.0.0.1", console.port, timeout=60)

    def post(self, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.connection.request("POST", "/api/v1/events", body, self.headers | headers)
        response = self.connection.getresponse()
        return response.status, json.loads(response.read())

    def insist(self, batch: Sequence[Use]) -> list[str]:
        """What becomes of each event, however often no answer comes."""
        body = json.dumps([use.written() for use in batch]).encode()
        while True:
            try:
                status, said = self.post(body, {"Content-Type": BATCH})
            except (OSError, HTTPException, ValueError):
                status = 0
            if status == 200:
                return [result["status"] for result in said["results"]]
            assert status in (0, 500, 503), said
            self.connection.close()
            time.sleep(0.05)


class Senders:
    """Many that send everything, part of it again on purpose, until all of it is acknowledged; and their books."""

    def __init__(self, console: Console, tenant: Tenant, batches: Sequence[Sequence[Use]]) -> None:
        self.waiting = list(batches)
        self.back_ends = [BackEnd(console, tenant) for _ in range(SENDERS)]
        self.acknowledged = 0
        self.became: Counter[tuple[str, str]] = Counter()
        self._books = Lock()

    def work(self, back_end: BackEnd) -> None:
        chance = random.Random()
        while batch := self._next():
            self._note(batch, back_end.insist(batch))
            if chance.random() < AGAIN:
                assert set(back_end.insist(batch)) == {"duplicate"}
        back_end.connection.close()

    def _next(self) -> Sequence[Use] | None:
        with self._books:
            return self.waiting.pop() if self.waiting else None

    def _note(self, batch: Sequence[Use], statuses: Sequence[str]) -> None:
        with self._books:
            self.acknowledged += 1
            self.became.update((use.event_id, status) for use, status in zip(batch, statuses, strict=True))


def some_batches(chance: random.Random) -> list[list[Use]]:
    """Of two sums and a gauge, in the last twenty days."""
    now = timezone.now()
    return [
        [
            Use(
                f"{batch}-{place}",
                chance.choice(["mails", "chats", "files"]),
                now - timedelta(seconds=chance.randrange(20 * 24 * 3_600)),
                Decimal(chance.randrange(1, 1_000_000)) / 1_000,
            )
            for place in range(EVENTS)
        ]
        for batch in range(BATCHES)
    ]


def test_an_independent_client_is_understood_in_both_modes(
    console: Console, tenant: Tenant, services: dict[str, MeteredService]
) -> None:
    back_end, now = BackEnd(console, tenant), timezone.now()

    def made(event_id: str, **data: Any) -> CloudEvent:
        attributes = {"id": event_id, "source": SOURCE, "type": "mails", "time": now, "subject": "mailing/4711"}
        return CloudEvent(attributes=attributes | {"datacontenttype": "application/json"}, data=data)

    one = to_structured_event(made("a", quantity=7, unit="mail"))
    several = [JSONFormat().write(made(name, quantity=quantity)) for name, quantity in (("b", 0.5), ("c", "0.25"))]

    alone = back_end.post(one.body, dict(one.headers))
    together = back_end.post(b"[" + b",".join(several) + b"]", {"Content-Type": BATCH})
    back_end.connection.close()

    assert one.headers["content-type"] == "application/cloudevents+json"
    assert (alone[0], together[0]) == (200, 200)
    assert [result["status"] for _, said in (alone, together) for result in said["results"]] == ["accepted"] * 3
    with scope_of(tenant):
        assert sum(UsageEvent.objects.values_list("quantity", flat=True)) == Decimal("7.75")


def test_whenever_the_web_server_is_killed_what_was_acknowledged_is_counted_once(
    console: Console, tenant: Tenant, services: dict[str, MeteredService]
) -> None:
    chance = random.Random(2026)
    batches = some_batches(chance)
    senders = Senders(console, tenant, batches)

    with ThreadPoolExecutor(SENDERS) as threads:
        working = [threads.submit(senders.work, back_end) for back_end in senders.back_ends]
        for kill in range(1, KILLS + 1):
            reached = BATCHES * kill // (KILLS + 1)
            wait_until(lambda: senders.acknowledged >= reached, f"{reached} batches", 120)  # noqa: B023 - at once
            time.sleep(chance.uniform(0, 0.02))
            console.kill("web")
            console.start("web")
        for each in working:
            each.result(timeout=300)

    assert_counted_once(senders, batches, tenant, services)


@pytest.mark.proof
def test_when_postgresql_crashes_what_was_acknowledged_is_counted_once(
    console: Console, tenant: Tenant, services: dict[str, MeteredService]
) -> None:
    """One of its processes is killed, so it ends every session at once and replays its log."""
    chance = random.Random(2026)
    batches = some_batches(chance)
    senders = Senders(console, tenant, batches)

    with ThreadPoolExecutor(SENDERS) as threads:
        working = [threads.submit(senders.work, back_end) for back_end in senders.back_ends]
        for crash in range(1, CRASHES + 1):
            reached = BATCHES * crash // (CRASHES + 1)
            wait_until(lambda: senders.acknowledged >= reached, f"{reached} batches", 120)  # noqa: B023 - at once
            connection.ensure_connection()
            psutil.Process(connection.connection.info.backend_pid).kill()
            wait_until(recovered, "PostgreSQL")
        for each in working:
            each.result(timeout=300)

    assert_counted_once(senders, batches, tenant, services)


def assert_counted_once(
    senders: Senders, batches: Sequence[Sequence[Use]], tenant: Tenant, services: dict[str, MeteredService]
) -> None:
    """Nothing lost, nothing doubled, and nothing told to be new twice."""
    uses = [use for batch in batches for use in batch]
    assert senders.acknowledged == BATCHES
    assert {event_id for event_id, _ in senders.became} == {use.event_id for use in uses}
    assert {status for _, status in senders.became} <= {"accepted", "duplicate"}
    with scope_of(tenant):
        assert Counter(UsageEvent.objects.values_list("event_id", flat=True)) == {use.event_id: 1 for use in uses}
        assert EventKey.objects.count() == len(uses)
    assert stored(tenant) == expected(uses, tenant, services)
    assert_days_are_what_their_events_say(tenant)

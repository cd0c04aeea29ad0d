"""Limits over real HTTP: many that reach for the last unit, and a web server that is killed in the middle of it."""

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from threading import Barrier, Event
from typing import Any

import pytest
from django.utils import timezone

from config.processes import Children
from licences.models import ApiToken, LimitMovement, LimitReservation, Restriction
from licences.services.api_tokens import make_token
from licences.services.reservations import expire_reservations
from tests.config.supervised import scratch_directory
from tests.factories import RestrictionFactory, behind_the_policies, scope_of
from tests.notifications.processes import Console
from tests.proof import PROOF
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

CONSUMERS = 1_000 if PROOF else 60
LEFT = (1, 100) if PROOF else (1, 10)
KILLS = 50 if PROOF else 3
CLIENTS = 8
CAPACITY = 40


@pytest.fixture
def console(transactional_db: None) -> Iterator[Console]:
    with scratch_directory() as directory, Children(directory) as children:
        console = Console(children, directory, API_REQUESTS_PER_MINUTE="1000000")
        console.start("broker", "web")
        yield console
        console.end()
        print(console.logs())  # noqa: T201 - shown when the test fails


class BackEnd:
    """One connection of a product back end, opened again when it breaks."""

    def __init__(self, console: Console, row: Restriction, token: str) -> None:
        self.address = f"/api/v1/restrictions/{row.type.code}"
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.connection = HTTPConnection("127.0.0.1", console.port, timeout=120)

    def ask(self, path: str, body: dict[str, Any] | None = None, key: str = "") -> tuple[int, dict[str, Any]]:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        self.connection.request("POST", path, json.dumps(body or {}), headers)
        response = self.connection.getresponse()
        return response.status, json.loads(response.read())

    def insist(self, path: str, body: dict[str, Any] | None = None, key: str = "") -> dict[str, Any]:
        """The answer, however often the server dies before it gives one."""
        while True:
            try:
                status, said = self.ask(path, body, key)
            except (OSError, HTTPException):
                self.connection.close()
                time.sleep(0.05)
                continue
            assert status == 200, said
            return said


def token_for(row: Restriction) -> str:
    with scope_of(row):
        scopes = [ApiToken.Scope.RESTRICTIONS_WRITE]
        return make_token(row.tenant, source="https://crm.example", scopes=scopes, by=None).clear


def counted(row: Restriction) -> tuple[int, int]:
    """The number, and the sum of its movements."""
    with scope_of(row):
        moved = sum(LimitMovement.objects.filter(restriction=row).values_list("quantity", flat=True))
        return Restriction.objects.get(pk=row.pk).used, moved


@pytest.mark.parametrize("left", LEFT)
def test_of_many_consumers_exactly_as_many_are_allowed_as_are_left(left: int, console: Console) -> None:
    row = RestrictionFactory(limit=200 + left, used=200)
    token, start = token_for(row), Barrier(CONSUMERS)

    def consume(_number: int) -> tuple[int, bool, str]:
        back_end = BackEnd(console, row, token)
        back_end.connection.connect()
        start.wait(timeout=60)
        status, said = back_end.ask(f"{back_end.address}/consume", {"quantity": 1})
        back_end.connection.close()
        return status, said["allowed"], said["reason"]

    with ThreadPoolExecutor(CONSUMERS) as consumers:
        told = Counter(consumers.map(consume, range(CONSUMERS)))

    assert told == {(200, True, ""): left, (200, False, "limit_reached"): CONSUMERS - left}
    assert counted(row) == (200 + left,) * 2


class Client:
    """Uses up, gives back, reserves and confirms until it is told to stop, and keeps its own books."""

    def __init__(self, back_end: BackEnd, number: int) -> None:
        self.back_end, self.number = back_end, number
        self.plain, self.asked = 0, 0
        self.held: set[int] = set()
        self.confirmed: set[int] = set()

    def work(self, stop: Event) -> None:
        while not stop.is_set():
            self.asked += 1
            random.choice([self.consume, self.release, self.reserve])()
        self.back_end.connection.close()

    def send(self, how: str, **body: int) -> dict[str, Any]:
        address = f"{self.back_end.address}/{how}"
        return self.back_end.insist(address, body, key=f"{self.number}-{self.asked}")

    def consume(self) -> None:
        self.plain += self.send("consume", quantity=1)["allowed"]

    def release(self) -> None:
        if self.plain:
            self.plain -= self.send("release", quantity=1)["allowed"]

    def reserve(self) -> None:
        said = self.send("consume", quantity=1, reserve_seconds=3_600)
        if not said["allowed"]:
            return
        self.held.add(said["reservation"])
        what = random.choice(["confirm", "cancel", "leave"])
        if what == "leave":
            return
        self.back_end.insist(f"/api/v1/reservations/{said['reservation']}/{what}")
        self.held.remove(said["reservation"])
        if what == "confirm":
            self.confirmed.add(said["reservation"])


def test_whenever_the_web_server_is_killed_nothing_is_lost_or_doubled(console: Console) -> None:
    row = RestrictionFactory(limit=CAPACITY, used=10)
    token, stop = token_for(row), Event()
    clients = [Client(BackEnd(console, row, token), number) for number in range(CLIENTS)]

    with ThreadPoolExecutor(CLIENTS) as threads:
        working = [threads.submit(client.work, stop) for client in clients]
        try:
            for _ in range(KILLS):
                time.sleep(random.uniform(0.2, 1.0))
                console.kill("web")
                console.start("web")
        finally:
            time.sleep(0.5)
            stop.set()
        for each in working:
            each.result(timeout=60)

    held = set[int]().union(*(client.held for client in clients))
    lasting = 10 + sum(client.plain + len(client.confirmed) for client in clients)
    assert counted(row) == (lasting + len(held),) * 2
    with scope_of(row):
        assert set(LimitReservation.objects.filter(state="held").values_list("pk", flat=True)) == held

    with behind_the_policies():
        LimitReservation.objects.filter(pk__in=held).update(expires_at=timezone.now())
    at_once([expire_reservations] * 4)

    assert counted(row) == (lasting,) * 2
    with scope_of(row):
        given_back = LimitMovement.objects.filter(kind="expired").values_list("reservation", "quantity")
        assert sorted(given_back) == [(number, -1) for number in sorted(held)]

import json
import socket
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection, connections
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from config.health import SECONDS, known_migrations
from licences.models import User
from tests.conftest import ClientOf

ALL_IS_WELL = {"database": True, "migrations": True, "broker": True, "cache": True}


def ask(client: Client) -> tuple[HttpResponse, float]:
    started = time.monotonic()
    response = client.get("/healthz/ready/")
    return response, time.monotonic() - started


@pytest.fixture
def nobody_listens() -> int:
    """A port that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def frozen() -> Iterator[int]:
    """The port of a server that takes connections and then says nothing, as one does that is stopped (SIGSTOP)."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        yield int(server.getsockname()[1])


def test_a_process_is_alive_though_nothing_behind_it_answers(
    client: Client, nobody_listens: int, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{nobody_listens}/0"
    for name, value in {"HOST": "127.0.0.1", "PORT": nobody_listens}.items():
        monkeypatch.setitem(connections.settings["owner"], name, value)

    response = client.get("/healthz/live/")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_it_is_ready_when_database_migrations_broker_and_cache_are_fine(client: Client) -> None:
    response, _seconds = ask(client)

    assert (response.status_code, response.json()) == (200, {"status": "ok", "checks": ALL_IS_WELL})
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_a_watcher_may_come_by_address_and_needs_no_session(client: Client) -> None:
    response = client.get("/healthz/ready/", headers={"host": "192.0.2.7:8000"})

    assert response.status_code == 200
    assert not response.cookies


@pytest.mark.django_db
def test_the_connection_of_the_pages_is_left_alone(client: Client) -> None:
    with CaptureQueriesContext(connection) as captured:
        ask(client)

    assert not captured.captured_queries


@pytest.mark.django_db
def test_a_migration_that_is_not_applied_is_named_as_the_reason(client: Client) -> None:
    name = min(known_migrations())
    with psycopg.connect(**connections["owner"].get_connection_params(), autocommit=True) as owner:
        owner.execute("DELETE FROM django_migrations WHERE app = %s AND name = %s", name)
        try:
            response, _seconds = ask(client)
        finally:
            owner.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())", name)

    assert response.status_code == 503
    assert response.json()["checks"] == ALL_IS_WELL | {"migrations": False}


@pytest.mark.django_db
def test_a_database_that_is_away_is_named_and_nothing_else_is_said(
    client: Client, nobody_listens: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"HOST": "127.0.0.1", "PORT": nobody_listens}.items():
        monkeypatch.setitem(connections.settings["owner"], name, value)

    response, seconds = ask(client)

    assert response.status_code == 503
    assert response.json() == {
        "status": "unavailable",
        "checks": ALL_IS_WELL | {"database": False, "migrations": False},
    }
    assert seconds < SECONDS


@pytest.mark.django_db
def test_a_broker_that_is_away_is_named(client: Client, nobody_listens: int, settings: Settings) -> None:
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{nobody_listens}/0"

    response, seconds = ask(client)

    assert response.status_code == 503
    assert response.json()["checks"] == ALL_IS_WELL | {"broker": False}
    assert seconds < SECONDS


@pytest.mark.django_db
def test_servers_that_hang_are_named_within_three_seconds(
    client: Client, frozen: int, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{frozen}/0"
    settings.CACHES = settings.CACHES | {
        "default": settings.CACHES["default"] | {"LOCATION": settings.CELERY_BROKER_URL}
    }
    for name, value in {"HOST": "127.0.0.1", "PORT": frozen}.items():
        monkeypatch.setitem(connections.settings["owner"], name, value)

    response, seconds = ask(client)

    assert response.status_code == 503
    assert not any(response.json()["checks"].values())
    assert seconds < 3


@pytest.mark.django_db
def test_a_server_that_hangs_holds_one_thread_however_many_ask(client: Client, frozen: int, settings: Settings) -> None:
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{frozen}/0"
    askers = [threading.Thread(target=Client().get, args=["/healthz/ready/"]) for _ in range(10)]

    for asker in askers:
        asker.start()
    time.sleep(SECONDS / 4)
    waiting = [thread for thread in threading.enumerate() if thread.name == "health-broker"]
    for asker in askers:
        asker.join()

    assert len(waiting) == 1


@pytest.mark.django_db
def test_it_is_ready_again_once_the_broker_is_back(client: Client, frozen: int, settings: Settings) -> None:
    address = settings.CELERY_BROKER_URL
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{frozen}/0"
    hanging, _seconds = ask(client)
    time.sleep(0.5)  # what hung gives up

    settings.CELERY_BROKER_URL = address
    back, _seconds = ask(client)

    assert (hanging.status_code, back.status_code) == (503, 200)


@pytest.mark.parametrize("page", ["licences:superoffice", "licences:status", "notifications:events"])
def test_pages_answer_without_broker_and_cache(
    page: str, administrator: User, client_of: ClientOf, nobody_listens: int, settings: Settings
) -> None:
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{nobody_listens}/0"
    settings.CACHES = settings.CACHES | {
        "default": settings.CACHES["default"] | {"LOCATION": settings.CELERY_BROKER_URL}
    }

    readiness, _seconds = ask(Client())
    response = client_of(administrator).get(reverse(page))

    assert json.loads(readiness.content)["checks"] == ALL_IS_WELL | {"broker": False, "cache": False}
    assert response.status_code == 200

"""Two addresses for whoever watches the process. They need no session and no tenant."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from functools import cache
from typing import Any, Final

import psycopg
import redis
import structlog
from django.conf import settings
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse
from redis.backoff import NoBackoff
from redis.retry import Retry

log = structlog.get_logger(__name__)

SECONDS: Final = 2
"""How long a watcher waits for an answer, whatever hangs. All checks run at the same time."""


class HealthMiddleware:
    """Answers before sessions, tenancy and the check of the host name: a watcher comes by address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz/live/":
            return _answer({"status": "ok"})
        if request.path == "/healthz/ready/":
            return ready()
        return self.get_response(request)


def ready() -> HttpResponse:
    """200 when all that pages and tasks need is fine, else 503. Says what is not, and neither why nor which version."""
    under_way = {name: _begin(name) for name in CHECKS}
    wait(under_way.values(), timeout=SECONDS)
    checks = {name: check.done() and check.result() for name, check in under_way.items()}
    if all(checks.values()):
        return _answer({"status": "ok", "checks": checks})
    return _answer({"status": "unavailable", "checks": checks}, status=503)


def _answer(content: dict[str, Any], status: int = 200) -> HttpResponse:
    return JsonResponse(content, status=status, headers={"Cache-Control": "no-store"})


def database_answers() -> bool:
    return _rows("SELECT 1") == [(1,)]


def migrations_are_applied() -> bool:
    """The database has every migration that this code knows."""
    return known_migrations().issubset(_rows("SELECT app, name FROM django_migrations"))


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations or ())


def _rows(sql: str) -> Iterable[Any]:
    """Through a connection of our own: one from the pool would be lost to the pages for as long as a server hangs."""
    parameters = connections["owner"].get_connection_params() | {"connect_timeout": SECONDS}
    with psycopg.connect(**parameters, autocommit=True) as connection:
        connection.execute(f"SET statement_timeout = '{SECONDS}s'")
        return connection.execute(sql).fetchall()


def broker_answers() -> bool:
    return _answers(settings.CELERY_BROKER_URL)


def cache_answers() -> bool:
    return _answers(str(settings.CACHES["default"]["LOCATION"]))


def _answers(address: str) -> bool:
    timeouts = {"socket_timeout": SECONDS, "socket_connect_timeout": SECONDS, "retry": Retry(NoBackoff(), 0)}
    with redis.Redis.from_url(address, **timeouts) as client:
        return bool(client.ping())


CHECKS: Final[dict[str, Callable[[], bool]]] = {
    "database": database_answers,
    "migrations": migrations_are_applied,
    "broker": broker_answers,
    "cache": cache_answers,
}

_under_way: dict[str, Future[bool]] = {}
_one_at_a_time = threading.Lock()


def _begin(name: str) -> Future[bool]:
    """Start the check, or join the one that is under way: a server that hangs costs one thread, however
    often we are asked. The thread is a daemon, so that what hangs does not keep the process alive.
    """
    with _one_at_a_time:
        future = _under_way.get(name)
        if future is None or future.done():
            future = _under_way[name] = Future()
            threading.Thread(target=_run, args=(CHECKS[name], future), name=f"health-{name}", daemon=True).start()
        return future


def _run(check: Callable[[], bool], future: Future[bool]) -> None:
    try:
        future.set_result(check())
    except Exception as error:
        log.warning("health_check_failed", check=check.__name__, error=type(error).__name__)
        future.set_result(False)

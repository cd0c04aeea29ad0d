"""Two addresses for whoever watches the process. They need no session and no tenant."""

from collections.abc import Callable

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse
from redis import RedisError

from config.celery import app


class HealthMiddleware:
    """Answers before sessions, tenancy and the check of the host name: a watcher comes by address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz/live/":
            return JsonResponse({"status": "ok"})
        if request.path == "/healthz/ready/":
            return ready()
        return self.get_response(request)


def ready() -> HttpResponse:
    """200 when database, migrations, cache and broker are fine; else 503. Says which is not, and not why."""
    checks = {"database": database_is_current(), "broker": broker_answers(), "cache": cache_answers()}
    ok = all(checks.values())
    return JsonResponse({"status": "ok" if ok else "unavailable", "checks": checks}, status=200 if ok else 503)


def database_is_current() -> bool:
    """The database answers and has every migration that this code knows."""
    try:
        loader = MigrationLoader(connection)
    except DatabaseError:
        return False
    finally:
        connection.close()
    return set(loader.disk_migrations) <= set(loader.applied_migrations)


def cache_answers() -> bool:
    try:
        cache.get("ready")
    except RedisError:
        return False
    return True


def broker_answers() -> bool:
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except (OSError, app.connection_for_write().connection_errors):
        return False
    return True

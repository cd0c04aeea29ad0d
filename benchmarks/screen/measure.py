"""Asks the WSGI application for pages, in turns, and keeps how long each answer took."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import Client

from config.tenancy.scopes import identity_scope
from licences.models import User

WARM_UP_ROUNDS = 10


@dataclass
class Page:
    """One address as one user's browser asks for it; `target` is the element that HTMX asks for, "" for all.

    `seconds` holds each round's time, from the call of the application until its answer is closed.
    """

    name: str
    user: User
    address: str
    target: str = ""
    shows: Sequence[str] = ()
    seconds: list[float] = field(default_factory=list, repr=False)
    statements: int = 0
    size: int = 0

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.seconds, n=20)[-1]


def measure(pages: Sequence[Page], *, rounds: int) -> None:
    """Ask for every page once a round, so that whatever slows the machine down slows all of them."""
    application = get_wsgi_application()
    sessions = {page.user.pk: _session_of(page.user) for page in pages}
    requests = [(page, _request(page, sessions[page.user.pk])) for page in pages]
    for page, environ in requests:
        _check(page, application, environ)
    for _ in range(WARM_UP_ROUNDS):
        for _page, environ in requests:
            _answer(application, environ)
    gc.collect()
    gc.freeze()
    for number in range(rounds):
        shift = number % len(requests)
        for page, environ in requests[shift:] + requests[:shift]:
            started = time.perf_counter()
            _answer(application, environ)
            page.seconds.append(time.perf_counter() - started)
    gc.unfreeze()


def _session_of(user: User) -> str:
    client = Client()
    with identity_scope():
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def _request(page: Page, session: str) -> dict[str, Any]:
    path, _, query = page.address.partition("?")
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": settings.ALLOWED_HOSTS[0],
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": settings.ALLOWED_HOSTS[0],
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={session}",
        "HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.9",
        "wsgi.url_scheme": "https",
        "wsgi.errors": BytesIO(),
    }
    if page.target:
        environ |= {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": page.target}
    return environ


def _answer(application: WSGIHandler, environ: dict[str, Any]) -> tuple[str, bytes]:
    """The status and the whole body, as a web server takes them."""
    said: list[str] = []

    def start_response(status: str, *_: object) -> None:
        said.append(status)

    response = application({**environ, "wsgi.input": BytesIO()}, start_response)
    try:
        body = b"".join(response)
    finally:
        response.close()
    return said[0], body


def _check(page: Page, application: WSGIHandler, environ: dict[str, Any]) -> None:
    """The page is there and shows what it is said to show; how many statements it takes."""
    _answer(application, environ)  # the first request of a session writes when it began
    with counted() as statements:
        status, body = _answer(application, environ)
    text = body.decode()
    assert status == "200 OK", f"{page.address}: {status}"
    missing = [name for name in page.shows if name not in text]
    assert not missing, f"{page.address} does not show {missing[:3]}"
    assert ("<html" in text) == (not page.target and "/bare/" not in page.address), page.address
    page.statements, page.size = len(statements), len(body)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent to the database meanwhile."""
    statements: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield statements

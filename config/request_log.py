"""Each request's ID, and the one line that the log has about it."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Final

import structlog
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bind_contextvars, clear_contextvars

log = structlog.get_logger(__name__)

HEADER: Final = "X-Request-ID"
PLAIN_TOKEN: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")

QUIET: Final = ("/healthz/", "/static/")
"""Whoever watches the process asks every few seconds, and each page brings ten files: worth a line in DEBUG only."""


class RequestLogMiddleware:
    """Gives the request an ID, or takes the one that a proxy gave it, and logs one line when it is answered.

    Every line that is logged on the way carries the ID too, and so does the answer. Of the address only the name of the
    view is logged: paths and query strings hold reset links and what people search for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        request_id = id_of(request)
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response[HEADER] = request_id
        log.log(
            _level(request, response),
            "request",
            method=request.method,
            view=request.resolver_match.view_name if request.resolver_match else None,
            status=response.status_code,
            duration_ms=round((time.monotonic() - started) * 1000),
        )
        return response


def id_of(request: HttpRequest) -> str:
    """The ID that came with the request if it is a plain token of at most 64 characters, else a new one."""
    given = request.headers.get(HEADER, "")
    return given if PLAIN_TOKEN.fullmatch(given) else uuid.uuid4().hex


def _level(request: HttpRequest, response: HttpResponse) -> int:
    if response.status_code >= 500:
        return logging.ERROR
    return logging.DEBUG if request.path.startswith(QUIET) else logging.INFO

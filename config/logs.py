"""Structured logs: one JSON object per line, with request or task and tenant, without secrets or personal data."""

import json
import traceback
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import structlog
from django.db import Error as DatabaseError
from django.utils.log import CallbackFilter
from structlog.types import EventDict, ExcInfo, Processor

SECRET_PARTS = ("password", "token", "secret", "cookie", "csrf", "authorization", "session", "email")
SECRET_WORDS = {"body", "data", "dsn", "ip", "key", "name", "otp", "query", "url"}
"""What is not logged: a field whose name contains one of the parts, or has one of the words between its underscores."""

OUR_PACKAGES = ("config", "licences", "metering", "notifications")

LONGEST_MESSAGE = 300
PLAIN_VALUES = (Decimal, UUID, date)


def drop_secrets(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Take out what may be a secret or name a person, whoever put it there."""
    for field in [field for field in event if _is_secret(field.lower())]:
        del event[field]
    return event


def _is_secret(field: str) -> bool:
    return any(part in field for part in SECRET_PARTS) or not SECRET_WORDS.isdisjoint(field.split("_"))


def hide_path(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Take the path out of what Django says about a request: it may be a reset link. The line of config.request_log
    has the view."""
    path = getattr(getattr(event.get("_record"), "request", None), "path", "")
    if len(path) > 1:
        for spelling in (path, path.encode("unicode_escape").decode("ascii")):
            event["event"] = event["event"].replace(spelling, "…")
    return event


def traceback_text(exc_info: ExcInfo) -> str:
    """The traceback of an exception and of what led to it, without the values of variables, the latest last."""
    return "\n".join(
        "".join(traceback.format_tb(error.__traceback__)) + f"{type(error).__qualname__}: {_what_it_says(error)}"
        for error in reversed(list(_chain(exc_info[1])))
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen = set[int]()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _what_it_says(error: BaseException) -> str:
    """The first line of the message. Of a database's complaint about a value, code and constraint: the message quotes
    the row, and with it names, addresses and password hashes."""
    complaint = error.__cause__ if isinstance(error, DatabaseError) else error
    if isinstance(complaint, psycopg.Error) and (complaint.sqlstate or "").startswith(("22", "23")):
        return f"SQLSTATE {complaint.sqlstate} {complaint.diag.constraint_name or ''}".rstrip()
    return str(error).partition("\n")[0][:LONGEST_MESSAGE]


def _spell(value: Any) -> str:
    """What JSON has no form for. An object is named by its kind only: its repr may name a person."""
    return str(value) if isinstance(value, PLAIN_VALUES) else f"<{type(value).__name__}>"


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    hide_path,
    drop_secrets,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.ExceptionRenderer(traceback_text),
]


def logging_config(*, log_format: str, level: str) -> dict[str, Any]:
    """Django's LOGGING, and structlog set to go the same way. `log_format` is "json" or "console".

    DEBUG is for our own packages only: libraries print parameters of queries and bodies of messages there.
    """
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Processor = (
        structlog.processors.JSONRenderer(serializer=json.dumps, default=_spell)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["console"], "level": "INFO" if level == "DEBUG" else level},
        "loggers": {
            **{package: {"level": level} for package in OUR_PACKAGES},
            **{name: {"level": least} for name, least in LEAST.items()},
            # A refused request, and a 503 that was meant, have their line already; only what was raised is news.
            "django.request": {"level": "ERROR", "filters": ["raised"]},
            # Celery's pool of processes lets nothing through to the root.
            "multiprocessing": {"handlers": ["console"], "propagate": False},
        },
        "filters": {"raised": {"()": CallbackFilter, "callback": lambda record: bool(record.exc_info)}},
    }


LEAST = {
    "django": "INFO",  # named here, so that Django's own handlers, which mail and print whole requests, go
    "django.server": "CRITICAL",  # the development server's lines carry query strings
    "django.security.DisallowedHost": "CRITICAL",  # scanners; the line of the request says 400
    "celery.app.trace": "CRITICAL",  # quotes the message of an exception; config.task_log says the same without
    "celery.beat": "WARNING",
    "celery.worker.strategy": "WARNING",
}
"""Loggers of libraries that say less than the rest, and why."""

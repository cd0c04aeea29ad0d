"""Structured logs: one JSON line per happening, with request id and tenant, without secrets or personal data."""

from typing import Any

import structlog
from structlog.types import EventDict, Processor

SECRET = ("password", "token", "secret", "key", "cookie", "authorization", "email", "full_name", "query", "ip")
"""A key that contains one of these words is not logged."""


def drop_secrets(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Take out what may be a secret or name a person, whoever put it there."""
    for name in [name for name in event if any(word in name.lower() for word in SECRET)]:
        del event[name]
    return event


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    drop_secrets,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def logging_config(*, log_format: str, level: str) -> dict[str, Any]:
    """Django's LOGGING, and structlog set to go the same way. `log_format` is "json" or "console"."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Processor = (
        structlog.processors.JSONRenderer() if log_format == "json" else structlog.dev.ConsoleRenderer()
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
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        },
    }

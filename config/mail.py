"""How mail leaves: everybody writes it to the outbox; one address says where its consumer takes it."""

from typing import Any, Final
from urllib.parse import urlsplit

import dj_email_url

SECONDS = 10
"""A mail server that does not answer holds up whoever waits for it no longer than this."""

OUTBOX: Final = "notifications.mail_backend.OutboxBackend"
OUTSIDE: Final = "outside"
"""The mailer that really sends; only the outbox's consumer uses it."""


def mailers(url: str) -> dict[str, dict[str, Any]]:
    """Django's MAILERS: `default` is the outbox, `outside` the server of an address such as
    smtp://user:password@host:25, submission://… (TLS), console:// or dummy:// (nowhere)."""
    parts = dj_email_url.parse(url)
    backend = parts["EMAIL_BACKEND"]
    options: dict[str, Any] = {}
    if backend.endswith("smtp.EmailBackend"):
        options = {
            "host": parts["EMAIL_HOST"],
            "port": parts["EMAIL_PORT"],
            "username": parts["EMAIL_HOST_USER"],
            "password": parts["EMAIL_HOST_PASSWORD"],
            "use_tls": parts["EMAIL_USE_TLS"],
            "use_ssl": parts["EMAIL_USE_SSL"],
            "timeout": parts["EMAIL_TIMEOUT"] or SECONDS,
        }
    elif backend.endswith("filebased.EmailBackend"):
        options = {"file_path": urlsplit(url).path}
    return {"default": {"BACKEND": OUTBOX}, OUTSIDE: {"BACKEND": backend, "OPTIONS": options}}

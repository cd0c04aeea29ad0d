"""How mail leaves: one address says it."""

from typing import Any
from urllib.parse import urlsplit

import dj_email_url

SECONDS = 10
"""A mail server that does not answer holds up whoever waits for it no longer than this."""


def mailers(url: str) -> dict[str, dict[str, Any]]:
    """Django's MAILERS for an address such as smtp://user:password@host:25, submission://… (TLS) or console://."""
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
    return {"default": {"BACKEND": backend, "OPTIONS": options}}

"""Signed licence files for tests, and a licence server on this machine that says what a test wants.

`VENDOR` is who the console trusts when LICENCE_VENDOR_KEY is `VENDOR_KEY`: the fixture `vendor_key` in
tests/licences/conftest.py sees to that, and the console of the browser tests is started with it.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from licences.licence_file import LicenceFile, sign_licence_file, sign_owner_key
from licences.models import Tenant
from licences.signing import derived_key, x_of

VENDOR = derived_key("the vendor of the tests")
VENDOR_KEY = x_of(VENDOR)
THIRD_PARTY = derived_key("a third party of the tests")


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def licence(code: str, total: int, *, name: str = "", tier: int | None = None) -> dict[str, Any]:
    """One licence, as a file holds it."""
    return {"code": code, "name": name or code, "total": total, "tier": tier}


def contents(tenant: Tenant, *licences: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What the vendor's file for the tenant says, issue 2 if nothing else is said; loaded until tomorrow."""
    usual = {
        "format": 1,
        "owner": "superoffice",
        "company_name": tenant.company_name,
        "serial_number": tenant.serial_number,
        "issue_number": 2,
        "issued_at": now(),
        "valid_until": now() + timedelta(days=1),
        "version": "12.1",
        **dict.fromkeys(("warn_from_on", "expires_on", "grace_until_on", "maintenance_until_on", "suite_plan")),
        "licences": licences,
    }
    return usual | changes


def vendor_file(tenant: Tenant, *licences: dict[str, Any], **changes: Any) -> bytes:
    """A file of the vendor's that is in order, but for what a test changes."""
    return sign_licence_file(LicenceFile.typed(contents(tenant, *licences, **changes)), key=VENDOR)


def owner_key(owner: str, **changes: Any) -> str:
    """The third party's key, signed by the vendor for the owner."""
    grant = {"x": x_of(THIRD_PARTY), "valid_until": now() + timedelta(days=90), "vendor_key": VENDOR}
    return sign_owner_key(owner, **(grant | changes))


def third_party_file(tenant: Tenant, *licences: dict[str, Any], owner: str, **changes: Any) -> bytes:
    """A file of a third party's, with its signed key, that is in order."""
    file = LicenceFile.typed(contents(tenant, *licences, owner=owner, **changes))
    return sign_licence_file(file, key=THIRD_PARTY, owner_key=owner_key(owner))


def answer(status: str = "ok", *files: bytes, message: str = "", url: str = "") -> dict[str, Any]:
    """What a licence server says."""
    return {"status": status, "message": message, "url": url, "licences": [file.decode() for file in files]}


class LicenceServer:
    """A licence server that gives `says`: an answer, or what writes one by hand. `asked` are the queries so far."""

    def __init__(self) -> None:
        self.says: dict[str, Any] | Callable[[BaseHTTPRequestHandler], None] = answer()
        self.asked: list[dict[str, list[str]]] = []
        self.url = ""

    def reply(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(parse_qs(urlsplit(handler.path).query))
        if callable(self.says):
            self.says(handler)
        else:
            send(handler, json.dumps(self.says).encode())


def send(
    handler: BaseHTTPRequestHandler,
    body: bytes,
    *,
    status: int = 200,
    media_type: str = "application/json",
    **headers: str,
) -> None:
    handler.send_response(status)
    for name, value in {"Content-Type": media_type, "Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def licence_server() -> Iterator[LicenceServer]:
    """A licence server on a port of its own, for as long as the block lasts."""
    server = LicenceServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.reply(self)

        def log_message(self, *_: object) -> None:
            """Nothing: it would land among the test's output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        listening.daemon_threads = True
        server.url = f"http://127.0.0.1:{listening.server_address[1]}/sets/"
        threading.Thread(target=listening.serve_forever, args=[0.02], daemon=True).start()
        try:
            yield server
        finally:
            listening.shutdown()

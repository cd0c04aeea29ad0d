"""The question to a licence server and its answer, which is believed in nothing but its form. docs/licence-file.md.

What the server offers are signed files; they are believed for their signatures. What it says in words is data: bounded
in length, never markup, and its link leads somewhere by https or nowhere.
"""

import socket
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from threading import Timer
from typing import Annotated
from urllib.parse import urlencode, urlsplit

import urllib3
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from urllib3.connection import HTTPConnection, HTTPSConnection

from licences.models import ServerAnswer

CONNECT_SECONDS, READ_SECONDS, ALL_SECONDS = 3, 5, 15
MAX_BYTES = 300 * 1024
MAX_FILES = 20
MAX_MESSAGE, MAX_URL = 300, 200
PIECE = 64 * 1024


class NoAnswer(Exception):
    """The server could not be asked, or what it said is no answer. Says which, for the log."""


class Reply(BaseModel):
    """What a licence server says. Words of newer servers are passed over."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    status: Annotated[ServerAnswer.Status, Field(strict=False)]
    message: str = ""
    url: str = ""
    licences: Annotated[tuple[str, ...], Field(strict=False, max_length=MAX_FILES)] = ()

    @field_validator("message")
    @classmethod
    def _one_line(cls, message: str) -> str:
        return " ".join("".join(char if char.isprintable() else " " for char in message).split())[:MAX_MESSAGE]

    @field_validator("url")
    @classmethod
    def _link_or_none(cls, url: str) -> str:
        return url if len(url) <= MAX_URL and _is_https(url) else ""


class _Prompt(HTTPConnection):
    """Hangs up on a server whose answer does not begin in time, however small the pieces that keep coming."""

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]  # as urllib3 has it
        limit = Timer(ALL_SECONDS, _hang_up, [self.sock])
        limit.start()
        try:
            return super().getresponse()
        finally:
            limit.cancel()


class _PromptTLS(_Prompt, HTTPSConnection):
    """The same by https."""


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Prompt


class _PoolTLS(urllib3.HTTPSConnectionPool):
    ConnectionCls = _PromptTLS


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):  # it is over already
        connection.shutdown(socket.SHUT_RDWR)


def ask(server: str, *, serial_number: str, issues: Mapping[str, int]) -> Reply:
    """What the server has for a tenant that has these issues, by the owners' codes; raises NoAnswer.

    Waits for 15 seconds and a bit at most, follows no redirect and reads at most 300 KiB.
    """
    query = [("serial_number", serial_number), *(("issue", f"{owner}:{issues[owner]}") for owner in sorted(issues))]
    until = time.monotonic() + ALL_SECONDS
    with urllib3.PoolManager() as http:
        http.pool_classes_by_scheme = {"http": _Pool, "https": _PoolTLS}
        try:
            response = http.request(
                "GET",
                f"{server}{'&' if urlsplit(server).query else '?'}{urlencode(query)}",
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            with closing(response):
                return _reply(response, until)
        except urllib3.exceptions.HTTPError as error:
            raise NoAnswer(type(error).__name__) from None


def _reply(response: urllib3.BaseHTTPResponse, until: float) -> Reply:
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if response.status != 200:
        raise NoAnswer(f"status {response.status}")
    if media_type != "application/json":
        raise NoAnswer("not JSON")
    try:
        return Reply.model_validate_json(_body(response, until))
    except ValidationError:
        raise NoAnswer("not understood") from None


def _body(response: urllib3.BaseHTTPResponse, until: float) -> bytes:
    body = b""
    while piece := response.read1(PIECE):
        body += piece
        if len(body) > MAX_BYTES:
            raise NoAnswer("too much")
        if time.monotonic() > until:
            raise NoAnswer("too slow")
    return body


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and parts.username is None and url.isprintable()

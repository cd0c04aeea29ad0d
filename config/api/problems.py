"""Errors as RFC 9457 has them: each kind has a stable type, which is the address of what the docs say about it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

MEDIA_TYPE: Final = "application/problem+json"
TYPES: Final = "/api/v1/docs#"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem; `code` is the end of its type and never changes."""

    code: str
    status: int
    title: "StrPromise | str"

    @property
    def type(self) -> str:
        return f"{TYPES}{self.code}"


MALFORMED = Kind("malformed-body", HTTPStatus.BAD_REQUEST, _("The body is no JSON that can be read"))
NO_TOKEN = Kind("no-token", HTTPStatus.UNAUTHORIZED, _("A token is needed"))
BAD_TOKEN = Kind("invalid-token", HTTPStatus.UNAUTHORIZED, _("The token is not valid"))
TOKEN_IN_ADDRESS = Kind("token-in-address", HTTPStatus.UNAUTHORIZED, _("A token does not belong in an address"))
MISSING_SCOPE = Kind("missing-scope", HTTPStatus.FORBIDDEN, _("The token lacks a scope"))
FORBIDDEN = Kind("forbidden", HTTPStatus.FORBIDDEN, _("This is not allowed"))
NOT_FOUND = Kind("not-found", HTTPStatus.NOT_FOUND, _("There is nothing here"))
WRONG_METHOD = Kind("method-not-allowed", HTTPStatus.METHOD_NOT_ALLOWED, _("This address does not take the method"))
TOO_LARGE = Kind("too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _("The body is too large"))
WRONG_MEDIA_TYPE = Kind("wrong-media-type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, _("The body must be JSON"))
INVALID = Kind("invalid", HTTPStatus.UNPROCESSABLE_ENTITY, _("What was sent is not as described"))
TOO_MANY = Kind("too-many-requests", HTTPStatus.TOO_MANY_REQUESTS, _("Too many requests"))
SERVER_ERROR = Kind("server-error", HTTPStatus.INTERNAL_SERVER_ERROR, _("Something went wrong here"))

GENERAL: Final = (
    MALFORMED,
    NO_TOKEN,
    BAD_TOKEN,
    TOKEN_IN_ADDRESS,
    MISSING_SCOPE,
    FORBIDDEN,
    NOT_FOUND,
    WRONG_METHOD,
    TOO_LARGE,
    WRONG_MEDIA_TYPE,
    INVALID,
    TOO_MANY,
    SERVER_ERROR,
)
"""Those that any address may answer with."""


class Problem(Exception):
    """Raised anywhere below an API view; `errors` says where in the request something is wrong."""

    def __init__(
        self,
        kind: Kind,
        detail: str = "",
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(kind.code)
        self.kind, self.detail, self.errors, self.headers = kind, detail, errors, dict(headers or {})

    def as_object(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            "type": self.kind.type,
            "title": str(self.kind.title),
            "status": int(self.kind.status),
        }
        if self.detail:
            said["detail"] = self.detail
        if self.errors:
            said["errors"] = list(self.errors)
        return said

    def as_response(self) -> HttpResponse:
        body = json.dumps(self.as_object())
        return HttpResponse(body, status=self.kind.status, content_type=MEDIA_TYPE, headers=self.headers)


def error_at(where: Sequence[str | int], code: str, detail: str) -> dict[str, str]:
    """One entry of `errors`: `where` begins with body, query or path. In the body the place is a JSON pointer."""
    source, *steps = where
    said = {"code": code, "detail": detail}
    if source == "body":
        return {"pointer": "#" + "".join(f"/{_escaped(step)}" for step in steps)} | said
    return {"parameter": ".".join(map(str, steps))} | said


def _escaped(step: str | int) -> str:
    return quote(str(step).replace("~", "~0").replace("/", "~1"))

"""What comes in a body: JSON and nothing else, of a bounded size."""

import json
from typing import Any, Final, NoReturn

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.parser import Parser

from config.api.problems import MALFORMED, TOO_LARGE, WRONG_MEDIA_TYPE, Problem

MOST_BYTES: Final = 1024 * 1024
"""Source: design §8, batches of events."""


class JSONBody(Parser):
    """Raises a Problem for whatever is too large, of another media type, or no JSON by RFC 8259."""

    def parse_body(self, request: HttpRequest) -> Any:
        if len(request.body) > MOST_BYTES:
            raise too_large()
        media_type = request.content_type or ""
        if media_type != "application/json" and not media_type.endswith("+json"):
            raise Problem(WRONG_MEDIA_TYPE, _("Send it as application/json."))
        try:
            return json.loads(request.body.decode(), parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise Problem(MALFORMED, _place_of(error)) from None


def too_large() -> Problem:
    return Problem(TOO_LARGE, _("At most %(bytes)s bytes are taken.") % {"bytes": MOST_BYTES})


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _place_of(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return _("It stops making sense in line %(line)s, column %(column)s.") % {
            "line": error.lineno,
            "column": error.colno,
        }
    return ""

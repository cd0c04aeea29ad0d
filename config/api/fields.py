"""Kinds of values that JSON has no type for, checked as they come in."""

import re
from typing import Annotated, Any, Final

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict

MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def _is_rfc_3339(value: Any) -> Any:
    """Numbers and dates without a zone mean different moments to different people."""
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        raise ValueError("must be a date and time with its zone, such as 2026-11-26T09:30:00Z")
    return value


def _has_no_nul(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain the character NUL")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_is_rfc_3339)]
"""A point in time as RFC 3339 writes it."""

Text = Annotated[str, AfterValidator(_has_no_nul)]
"""A text that PostgreSQL can keep."""


class Body(Schema):
    """What somebody sends: a name that we do not know is a slip, and said to be one."""

    model_config = ConfigDict(extra="forbid")

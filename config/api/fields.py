"""Kinds of values that JSON has no type for, checked as they come in."""

import re
from typing import Annotated, Any, Final

from ninja import Field, Schema
from pydantic import AwareDatetime, BeforeValidator, ConfigDict

MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def _is_rfc_3339(value: Any) -> Any:
    """Numbers and dates without a zone mean different moments to different people."""
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        raise ValueError("must be a date and time with its zone, such as 2026-11-26T09:30:00Z")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_is_rfc_3339)]
"""A point in time as RFC 3339 writes it."""


def _is_number(value: Any) -> Any:
    """JSON knows true, "1" and 1 apart."""
    if isinstance(value, bool | str):
        raise ValueError("must be a whole number")
    return value


SENT_AS_NUMBER: Final = BeforeValidator(_is_number)
"""Behind the bounds of an `Annotated[int, Field(…)]`, or the document forgets them."""

Text = Annotated[str, Field(pattern=r"^[^\u0000]*$")]
"""A text that PostgreSQL can keep: without NUL."""

SPACE: Final = r"\u0000-\u0020\u007f-\u00a0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f\u2060\u3000\ufeff"
"""What nobody sees. Spelt out, because each language means another thing by \\s."""

Words = Annotated[str, Field(pattern=rf"^[^\u0000]*[^{SPACE}][^\u0000]*$")]
"""A text in which there is something to read."""


class Body(Schema):
    """What somebody sends: a name that we do not know is a slip, and said to be one."""

    model_config = ConfigDict(extra="forbid")

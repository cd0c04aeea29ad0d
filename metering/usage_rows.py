"""Rows of a file of usage as the events that they tell of. Pure.

A row says what an event says; times without an offset are of the tenant's clock, decimals may have a comma, a service
may be called by its name. What cannot be read is passed on as it stands: whoever counts the events refuses it, and says
why, as of any other event.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Final

from metering.events import LONGEST

OWN_SOURCE: Final = "console:import"
"""Of events whose row names no source."""

ISO: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?))? ?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII
)
DAY_FIRST: Final = re.compile(r"(\d{1,2})([.-])(\d{1,2})\2(\d{4})(?:,? (\d{1,2})[:.](\d\d)(?:[:.](\d\d))?)?", re.ASCII)
WITH_COMMA: Final = re.compile(r"(?![1-9]\d{0,2},\d{3}$)\d+,\d+", re.ASCII)
"""A decimal comma. “1,234” may be a thousand or a little more than one, so it is neither."""
SPACES: Final = re.compile(r"[\s\u00a0\u202f]")


def source_of(cells: Mapping[str, str]) -> str:
    """The source of a row's event. One that no event can have comes back as it is."""
    return cells.get("source", "").strip() or OWN_SOURCE


def is_source(text: str) -> bool:
    return 0 < len(text) <= LONGEST and text.isprintable()


def event_of(cells: Mapping[str, str], *, zone: tzinfo, codes: Mapping[str, str]) -> bytes:
    """The CloudEvent that a row tells of. `codes` are those of services by name, in lower case."""
    service, time = cells.get("service", "").strip(), cells.get("time", "").strip()
    event: dict[str, object] = {
        "specversion": "1.0",
        "id": cells.get("id", "").strip(),
        "source": source_of(cells),
        "type": codes.get(service.casefold(), service),
        "subject": cells.get("subject", "").strip(),
        "data": {"quantity": number_of(cells.get("quantity", ""))},
    }
    if time:
        event["time"] = time_of(time, zone) or time
    return json.dumps(event).encode()


def number_of(text: str) -> str:
    """A number as JSON has it: without spaces, with a point."""
    bare = SPACES.sub("", text)
    return bare.replace(",", ".") if WITH_COMMA.fullmatch(bare) else bare


def time_of(text: str, zone: tzinfo) -> str | None:
    """The moment, in UTC; a day alone is its beginning. None for what is no time, or one that may be two."""
    try:
        moment = _moment(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return None


def _moment(text: str) -> datetime:
    if match := ISO.fullmatch(text):
        day, clock, offset = match.groups()
        return datetime.fromisoformat(f"{day}T{clock or '00:00'}{offset or ''}")
    if match := DAY_FIRST.fullmatch(text):
        day, _, month, year, hour, minute, second = match.groups()
        clock = f"{int(hour or 0):02}:{minute or '00'}:{second or '00'}"
        return datetime.fromisoformat(f"{year}-{int(month):02}-{int(day):02}T{clock}")
    raise ValueError(text)

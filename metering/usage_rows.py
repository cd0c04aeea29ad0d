"""Rows of a file of usage as the events that they tell of. Pure.

A row says what an event says; times without an offset are of the tenant's clock, decimals may have a comma, a service
may be called by its name. What cannot be read is passed on as it stands: whoever counts the events refuses it, and says
why, as of any other event. What may be read in two ways is passed on so that it cannot be read, and is a `Doubt`.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Final

from metering.events import LONGEST

OWN_SOURCE: Final = "console:import"
"""Of events whose row names no source."""

ISO: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?))? ?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII
)
DAY_FIRST: Final = re.compile(r"(\d{1,2})([.-])(\d{1,2})\2(\d{4})(?:,? (\d{1,2})[:.](\d\d)(?:[:.](\d\d))?)?", re.ASCII)
WITH_MARK: Final = re.compile(r"\d+([.,])\d+", re.ASCII)
MAYBE_THOUSANDS: Final = re.compile(r"[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
"""“1,250” and “1.250” may be a thousand and more, or a little more than one."""
SPACES: Final = re.compile(r"[\s\u00a0\u202f]")


class Doubt(StrEnum):
    """Why a cell may mean two things, or a time that never was."""

    TWO_NUMBERS = "two-numbers"
    TWICE = "twice"
    NEVER = "never"


def source_of(cells: Mapping[str, str]) -> str:
    """The source of a row's event. One that no event can have comes back as it is."""
    return cells.get("source", "").strip() or OWN_SOURCE


def is_source(text: str) -> bool:
    return 0 < len(text) <= LONGEST and text.isprintable()


def event_of(cells: Mapping[str, str], *, zone: tzinfo, codes: Mapping[str, str], mark: str = "") -> bytes:
    """The CloudEvent that a row tells of. `codes` are those of services by name, in lower case; `mark` is what divides
    decimals in these rows, if they tell."""
    service, time = cells.get("service", "").strip(), cells.get("time", "").strip()
    event: dict[str, object] = {
        "specversion": "1.0",
        "id": cells.get("id", "").strip(),
        "source": source_of(cells),
        "type": codes.get(service.casefold(), service),
        "subject": cells.get("subject", "").strip(),
        "data": {"quantity": number_of(cells.get("quantity", ""), mark)},
    }
    if time:
        event["time"] = time_of(time, zone) or time
    return json.dumps(event).encode()


def mark_of(quantities: Iterable[str]) -> str:
    """What divides decimals in these numbers: a point or a comma, where some leave no doubt and those agree."""
    bare = (SPACES.sub("", text) for text in quantities)
    marks = {match[1] for text in bare if (match := WITH_MARK.fullmatch(text)) and not MAYBE_THOUSANDS.fullmatch(text)}
    return marks.pop() if len(marks) == 1 else ""


def number_of(text: str, mark: str = "") -> str:
    """A number as JSON has it: without spaces, with a point. One that may be two has a question mark and is none."""
    bare = SPACES.sub("", text)
    match = WITH_MARK.fullmatch(bare)
    if not match:
        return bare
    return f"{bare}?" if _may_be_two(bare, mark) else bare.replace(",", ".")


def _may_be_two(bare: str, mark: str) -> bool:
    return bool(MAYBE_THOUSANDS.fullmatch(bare)) and (not mark or mark not in bare)


def time_of(text: str, zone: tzinfo) -> str | None:
    """The moment, in UTC; a day alone is its beginning. None for what is no time, or one that may be two."""
    try:
        moment = _moment(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=None if _odd_hour(moment, zone) else zone)
        return moment.astimezone(UTC).isoformat() if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def doubt_of_number(text: str, mark: str) -> Doubt | None:
    """Whether the number may be two."""
    return Doubt.TWO_NUMBERS if _may_be_two(SPACES.sub("", text), mark) else None


def doubt_of_time(text: str, zone: tzinfo) -> Doubt | None:
    """Whether the time is two moments on a clock of the zone, or none."""
    try:
        moment = _moment(text)
        return None if moment.tzinfo else _odd_hour(moment, zone)
    except (ValueError, OverflowError):
        return None


def _odd_hour(moment: datetime, zone: tzinfo) -> Doubt | None:
    """Whether a clock that is put back shows this time twice, or one that is put forward leaves it out. The beginning
    of a day always is one moment."""
    if moment.time() == moment.min.time():
        return None
    first, second = (moment.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    if first is None or second is None or first == second:
        return None
    return Doubt.TWICE if first > second else Doubt.NEVER


def _moment(text: str) -> datetime:
    if match := ISO.fullmatch(text):
        day, clock, offset = match.groups()
        return datetime.fromisoformat(f"{day}T{clock or '00:00'}{offset or ''}")
    if match := DAY_FIRST.fullmatch(text):
        day, _, month, year, hour, minute, second = match.groups()
        clock = f"{int(hour or 0):02}:{minute or '00'}:{second or '00'}"
        return datetime.fromisoformat(f"{year}-{int(month):02}-{int(day):02}T{clock}")
    raise ValueError(text)

"""The months that usage is counted in: calendar months of a time zone, half-open. Pure. Source: metering rules R6, R7.

An event belongs to the day, and by it to the month, of its time as the tenant's clock says it.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, Self
from zoneinfo import ZoneInfo

GRACE: Final = timedelta(hours=72)
"""So long after a month is over its events still count in it. Source: design §8."""
WRITTEN: Final = r"(19[7-9][0-9]|[2-8][0-9]{3})-(0[1-9]|1[0-2])"
"""“2026-11”, of a year that a calendar here has."""


class MonthState(StrEnum):
    """`open` while it lasts, `closing` until its invoice is drawn, then `final`."""

    OPEN = "open"
    CLOSING = "closing"
    FINAL = "final"


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month; `first` is its first day."""

    first: date

    @classmethod
    def of(cls, day: date) -> Self:
        """The month that the day is in."""
        return cls(date(day.year, day.month, 1))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """What “2026-11” names; None for every other text, and for years that no calendar has."""
        match = re.fullmatch(WRITTEN, text)
        return cls(date(int(match[1]), int(match[2]), 1)) if match else None

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"

    def plus(self, months: int) -> "Month":
        """So many months later, or before."""
        place = self.first.year * 12 + self.first.month - 1 + months
        return Month(date(place // 12, place % 12 + 1, 1))

    @property
    def last(self) -> date:
        return self.plus(1).first - timedelta(days=1)

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=ahead) for ahead in range(self.last.day)]

    def start(self, zone: ZoneInfo) -> datetime:
        """The moment in which the month begins there."""
        return datetime.combine(self.first, time.min, tzinfo=zone)

    def end(self, zone: ZoneInfo) -> datetime:
        """The moment in which the next month begins."""
        return self.plus(1).start(zone)

    def closes(self, zone: ZoneInfo) -> datetime:
        """From this moment on its invoice is drawn."""
        return datetime.fromtimestamp(self.end(zone).timestamp() + GRACE.total_seconds(), tz=zone)

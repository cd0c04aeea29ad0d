"""Business time: when a desk is open, how much of its time passes between two moments, and when so much has passed.

Pure rules, exact to the microsecond, on wall clocks of a named zone: nights on which clocks change are as long as they
are. Sources: design §7 and §14.7, status and SLA facts §4.2 (R14–R20).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

type Span = tuple[datetime, datetime]
type Pause = tuple[datetime, datetime | None]
"""From, to; without an end it still holds."""
type Hours = Sequence[tuple[str, str]]
"""[from, to] as "HH:MM" of one day, in order; "24:00" is the end of the day."""

MIDNIGHT: Final = "24:00"
ALL_DAY: Final[Hours] = (("00:00", MIDNIGHT),)
UNITS: Final = ("business_minutes", "business_days", "business_day_hours")
"""In which a target can be promised."""
AROUND_THE_CLOCK: Final = "business_day_hours"
"""Of them the one that counts day and night of business days."""
LONGEST_CLOSED: Final = 366 * 5
"""So many days without an open minute, and the calendar is taken to be always closed."""


class NeverOpen(ValueError):
    """The calendar has no open time in which so much could pass."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Seven days of opening hours, Monday first, and days that differ, by their date."""

    zone: ZoneInfo
    week: Sequence[Hours]
    days: Mapping[date, Hours] = field(default_factory=dict)

    def hours(self, day: date) -> Hours:
        return self.days.get(day, self.week[day.weekday()])

    def around_the_clock(self) -> "Calendar":
        """The same business days, open all day and night."""
        return Calendar(
            self.zone,
            [ALL_DAY if hours else () for hours in self.week],
            {day: ALL_DAY if hours else () for day, hours in self.days.items()},
        )

    def spans(self, start: datetime) -> Iterator[Span]:
        """Open times from `start` on, in order and apart, in UTC; ends when nothing opens for years."""
        day, done = start.astimezone(self.zone).date() - timedelta(days=1), start.astimezone(UTC)
        closed = 0
        while closed < LONGEST_CLOSED:
            closed += 1
            for opens, closes in self.hours(day):
                # In the night that skips an hour, hours that end in it may reach into those that follow.
                begin, end = max(self._at(day, opens), done), self._at(day, closes)
                if begin < end:
                    closed, done = 0, end
                    yield begin, end
            day += timedelta(days=1)

    def is_open(self, moment: datetime) -> bool:
        """Half-open: the closing instant is closed."""
        begin, _end = next(self.spans(moment), (None, None))
        return begin == moment.astimezone(UTC)

    def opens_next(self, moment: datetime) -> datetime | None:
        """The moment itself while it is open; None when it never opens."""
        return next((begin for begin, _end in self.spans(moment)), None)

    def _at(self, day: date, clock: str) -> datetime:
        """A wall clock that is skipped in spring is read as its offset before; one that comes twice is the first."""
        if clock == MIDNIGHT:
            day, clock = day + timedelta(days=1), "00:00"
        return datetime.combine(day, time.fromisoformat(clock), tzinfo=self.zone).astimezone(UTC)


def elapsed(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """How much open time passes from `start` to `end`; nothing when the end comes first."""
    total, start, end = timedelta(), start.astimezone(UTC), end.astimezone(UTC)
    if end <= start:
        return total
    for begin, close in calendar.spans(start):
        if begin >= end:
            break
        total += min(close, end) - begin
    return total


def add(calendar: Calendar, start: datetime, span: timedelta) -> datetime:
    """The earliest moment at which so much open time has passed, in UTC: closing time, not the next opening.

    Raises NeverOpen.
    """
    if span <= timedelta():
        return start.astimezone(UTC)
    left = span
    for begin, close in calendar.spans(start):
        if left <= close - begin:
            return begin + left
        left -= close - begin
    raise NeverOpen("nothing opens for years")


def due(calendar: Calendar, start: datetime, target: timedelta, pauses: Sequence[Pause] = ()) -> datetime | None:
    """When so much open time has passed outside the pauses, in UTC; None while a pause without an end holds it.

    Pauses may overlap, and stand in any order. Raises NeverOpen.
    """
    left, begin = _left_at(calendar, start, target, pauses)
    return None if begin is None else add(calendar, begin, left)


def left_of(
    calendar: Calendar, start: datetime, target: timedelta, now: datetime, pauses: Sequence[Pause]
) -> timedelta:
    """How much of the target is left at `now`; negative once it is over."""
    pauses = [*pauses, (now, None)]
    spent = sum((elapsed(calendar, begin, end) for begin, end in _running(start, pauses)), timedelta())
    return target - spent


def _left_at(
    calendar: Calendar, start: datetime, target: timedelta, pauses: Sequence[Pause]
) -> tuple[timedelta, datetime | None]:
    """How much is left of the target where the last stretch begins in which it can be used up, and that moment."""
    left = target
    for begin, end in _running(start, pauses):
        passes = elapsed(calendar, begin, end)
        if passes >= left:
            return left, begin
        left -= passes
    return left, _last_end(start, pauses)


def _running(start: datetime, pauses: Sequence[Pause]) -> Iterator[Span]:
    """The stretches between pauses, up to the last one, in UTC."""
    start = start.astimezone(UTC)
    for begin, end in sorted(pauses, key=lambda pause: pause[0].astimezone(UTC)):
        if begin.astimezone(UTC) > start:
            yield start, begin.astimezone(UTC)
        if end is None:
            return
        start = max(start, end.astimezone(UTC))


def _last_end(start: datetime, pauses: Sequence[Pause]) -> datetime | None:
    """Where the last pause is over; None while one holds."""
    last = start.astimezone(UTC)
    for _begin, end in pauses:
        if end is None:
            return None
        last = max(last, end.astimezone(UTC))
    return last


def in_minutes(amount: int, unit: str, *, day_minutes: int) -> int:
    """A promise in minutes of the time that counts for it. Source: R15."""
    worth = {"business_minutes": 1, "business_days": day_minutes, "business_day_hours": 60}
    return amount * worth[unit]


def urgency(affected: int, everybody: int) -> str:
    """By the share of users affected: high above 80 %, middle from 10 %, else low; exact, in integers. Source: R17."""
    if everybody <= 0 or not 0 <= affected <= everybody:
        raise ValueError("some of the users are affected, and there are some")
    if 100 * affected > 80 * everybody:
        return "high"
    return "middle" if 100 * affected >= 10 * everybody else "low"


def budget_minutes(users: int) -> int:
    """The support time of a month: 60 minutes for 1000 users, by the minute and rounded down. Source: R20."""
    return users * 60 // 1000


def is_attained(met: int, closed: int, goal_percent: int = 90) -> bool | None:
    """Whether more than the goal was met, strictly; None where there was nothing. Source: R18."""
    return None if closed == 0 else met * 100 > closed * goal_percent

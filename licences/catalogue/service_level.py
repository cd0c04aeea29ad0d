"""The promise of the support desk as its files say it: calendars, policies and targets, read and checked.

Source of the rules: status and SLA facts §4.2, R15–R19.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import chain, product, takewhile
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from licences.catalogue.checks import SLUG, once, refuse
from licences.catalogue.entries import Entry, Named
from licences.catalogue.files import DataFile, source_keys
from licences.service_hours import AROUND_THE_CLOCK, UNITS, Calendar, Hours, NeverOpen, add, in_minutes

FOLDER: Final = Path(__file__).parent
CALENDARS: Final = FOLDER / "calendars"
CLOSED: Final = "closed"
INTERVAL: Final = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)")
URGENCIES: Final = ("high", "middle", "low")
METRICS: Final = ("response", "solution")
DAYS_OF_WEEK: Final = 7
LOOK_AHEAD: Final = timedelta(days=366)
"""So far is looked for a request that must be answered after it is solved, and for special days still to come."""


@dataclass(frozen=True, kw_only=True)
class DayEntry(Entry):
    """A day that is not as its weekday: closed, or open at the times of `open`. `library` is where it comes from."""

    on: date
    name: str
    library: str
    open: str = CLOSED


@dataclass(frozen=True, kw_only=True)
class CalendarEntry(Named):
    """`week` is Monday first: "09:00-17:00", several of them with a blank between, or "closed"."""

    time_zone: str
    week: tuple[str, ...]
    special_days: str = ""


@dataclass(frozen=True, kw_only=True)
class PolicyEntry(Named):
    calendar: str
    valid_from_on: date
    day_minutes: int
    goal_percent: int


@dataclass(frozen=True, kw_only=True)
class TargetEntry(Entry):
    policy: str
    urgency: str
    metric: str
    amount: int
    unit: str


@dataclass(frozen=True, kw_only=True)
class ServiceLevel:
    sources: frozenset[str]
    calendars: tuple[CalendarEntry, ...]
    policies: tuple[PolicyEntry, ...]
    targets: tuple[TargetEntry, ...]
    days: dict[str, tuple[DayEntry, ...]] = field(default_factory=dict)
    """Special days by the code of their calendar."""

    def targets_of(self, policy: str) -> tuple[TargetEntry, ...]:
        return tuple(target for target in self.targets if target.policy == policy)

    def hours(self, calendar: CalendarEntry) -> Calendar:
        """The calendar as the rules take it."""
        days = {day.on: hours_of(day.open) for day in self.days[calendar.code]}
        return Calendar(ZoneInfo(calendar.time_zone), [hours_of(text) for text in calendar.week], days)


@cache
def published_service_level() -> ServiceLevel:
    """The promise of the files in this folder, read and checked once per process; raises CatalogueError."""
    level = read_service_level(FOLDER)
    check_service_level(level)
    return level


def read_service_level(folder: Path) -> ServiceLevel:
    """Every row of `service_level.toml` and of the calendars it names, well-formed but not yet checked.

    Raises CatalogueError.
    """
    promise = DataFile(folder, folder / "service_level.toml", tables=("calendar", "policy", "target"))
    calendars = promise.rows("calendar", CalendarEntry)
    return ServiceLevel(
        sources=source_keys(folder),
        calendars=calendars,
        policies=promise.rows("policy", PolicyEntry),
        targets=promise.rows("target", TargetEntry),
        days={calendar.code: _special_days(folder, calendar.special_days) for calendar in calendars},
    )


def running_out(level: ServiceLevel, today: date) -> dict[str, date]:
    """Calendars whose special days end within a year, with the last of them: somebody should write the next."""
    last = {code: max(day.on for day in days) for code, days in level.days.items() if days}
    return {code: day for code, day in last.items() if day < today + LOOK_AHEAD}


def _special_days(folder: Path, name: str) -> tuple[DayEntry, ...]:
    path = folder / "calendars" / f"{name}.toml"
    return DataFile(folder, path, tables=("day",)).rows("day", DayEntry) if name else ()


def hours_of(text: str) -> Hours:
    """ "09:00-12:00 13:00-17:00" as pairs; raises ValueError when times are no times or not in order."""
    if text == CLOSED:
        return ()
    hours: list[tuple[str, str]] = []
    for part in text.split():
        match = INTERVAL.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} is not written as 09:00-17:00")
        hours.append((match[1], match[2]))
    moments = [moment for pair in hours for moment in pair]
    if not hours or moments != sorted(set(moments)):
        raise ValueError(f"the times of {text!r} do not follow one another")
    return tuple(hours)


def check_service_level(level: ServiceLevel) -> None:
    """Raises CatalogueError for the first row that breaks a rule; the message names its file and its place there."""
    for entry in _entries(level):
        if entry.source not in level.sources:
            refuse(entry, f"the source {entry.source!r} is not in sources.toml")
        if isinstance(entry, Named) and not SLUG.fullmatch(entry.code):
            refuse(entry, f"the code {entry.code!r} is not made of a-z, 0-9 and hyphens")
        if isinstance(entry, Named | DayEntry) and not entry.name.strip():
            refuse(entry, "'name' is empty")
    once(level.calendars, "code", lambda row: row.code)
    once(level.policies, "code", lambda row: row.code)
    once(level.targets, "target of this policy", lambda row: (row.policy, row.urgency, row.metric))
    for calendar in level.calendars:
        once(level.days[calendar.code], "day", lambda row: row.on)
        _check_calendar(level, calendar)
    for target in level.targets:
        _check_target(level, target)
    for policy in level.policies:
        _check_policy(level, policy)


def _entries(level: ServiceLevel) -> Iterator[Entry]:
    return chain(level.calendars, level.policies, level.targets, *level.days.values())


def _check_calendar(level: ServiceLevel, calendar: CalendarEntry) -> None:
    if calendar.time_zone not in available_timezones():
        refuse(calendar, f"there is no time zone {calendar.time_zone!r}")
    if len(calendar.week) != DAYS_OF_WEEK:
        refuse(calendar, f"a week has {DAYS_OF_WEEK} days, not {len(calendar.week)}")
    for entry, text in chain(
        ((calendar, text) for text in calendar.week), ((day, day.open) for day in level.days[calendar.code])
    ):
        try:
            hours_of(text)
        except ValueError as error:
            refuse(entry, str(error))


def _check_target(level: ServiceLevel, target: TargetEntry) -> None:
    if target.policy not in {policy.code for policy in level.policies}:
        refuse(target, f"there is no policy {target.policy!r}")
    if target.urgency not in URGENCIES or target.metric not in METRICS or target.unit not in UNITS:
        refuse(target, f"urgency, metric and unit are of {URGENCIES}, {METRICS} and {UNITS}")
    if target.amount <= 0:
        refuse(target, "the amount must be 1 or more")


def _check_policy(level: ServiceLevel, policy: PolicyEntry) -> None:
    calendars = {calendar.code: calendar for calendar in level.calendars}
    if policy.calendar not in calendars:
        refuse(policy, f"there is no calendar {policy.calendar!r}")
    if policy.day_minutes <= 0 or policy.goal_percent not in range(100):
        refuse(policy, "a business day has minutes, and the goal is from 0 to 99 percent")
    targets = {(target.urgency, target.metric): target for target in level.targets_of(policy.code)}
    if missing := set(product(URGENCIES, METRICS)) - set(targets):
        refuse(policy, f"there is no target for {sorted(missing)}")
    hours = level.hours(calendars[policy.calendar])
    for urgency in URGENCIES:
        response, solution = (_span(hours, targets[urgency, metric], policy) for metric in METRICS)
        for start in _starts(hours, policy.valid_from_on):
            if _due(start, response, policy) > _due(start, solution, policy):
                at = start.astimezone(hours.zone)
                refuse(policy, f"{urgency}: asked on {at:%Y-%m-%d at %H:%M}, the answer is due after the solution")


type Promise = tuple[Calendar, timedelta]


def _span(hours: Calendar, target: TargetEntry, policy: PolicyEntry) -> Promise:
    minutes = in_minutes(target.amount, target.unit, day_minutes=policy.day_minutes)
    clock = hours.around_the_clock() if target.unit == AROUND_THE_CLOCK else hours
    return clock, timedelta(minutes=minutes)


def _due(start: datetime, promise: Promise, policy: PolicyEntry) -> datetime:
    try:
        return add(promise[0], start, promise[1])
    except NeverOpen:
        refuse(policy, "its calendar is never open")


def _starts(hours: Calendar, day: date) -> Iterator[datetime]:
    """The day's midnight, then the beginning, the middle and the end of each open time of a year."""
    first = datetime.combine(day, time(), tzinfo=UTC)
    yield first
    for begin, end in takewhile(lambda span: span[0] < first + LOOK_AHEAD, hours.spans(first)):
        yield from (begin, begin + (end - begin) / 2, end)

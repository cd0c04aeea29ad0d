"""Business time against django-bizcal, an independent library: any calendar, any moment, both ways.

It knows no pauses, answers a closing time where we do, and lets a day end at midnight as 00:00 of the next.
"""

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django_bizcal import WorkingCalendar

from licences.catalogue.service_level import published_service_level
from licences.service_hours import Calendar, Hours, add, elapsed
from tests.proof import PROOF

CASES = 20_000 if PROOF else 2_000
BATCHES = 4
ZONES = ["Europe/Oslo", "Europe/Amsterdam", "America/New_York", "America/Havana", "Asia/Tokyo", "Australia/Lord_Howe"]
FIRST = datetime(2026, 11, 1, tzinfo=UTC)
FORWARD = [date(2027, 3, 14), date(2027, 3, 28), date(2027, 10, 3)]
"""Where clocks skip an hour: in America, in Europe, on Lord Howe."""
BACK = [date(2027, 4, 4), date(2027, 10, 31), date(2027, 11, 7)]

type Blocks = list[tuple[str, str] | tuple[str, str, int]]


def blocks(hours: Hours) -> Blocks:
    """Hours of a day as the library takes them."""
    return [(opens, "00:00", 1) if closes == "24:00" else (opens, closes) for opens, closes in hours]


def as_theirs(calendar: Calendar) -> WorkingCalendar:
    overrides: Mapping[date, Blocks] = {day: blocks(hours) for day, hours in calendar.days.items()}
    week = {weekday: blocks(hours) for weekday, hours in enumerate(calendar.week)}
    return WorkingCalendar(tz=calendar.zone.key, weekly_schedule=week, day_overrides=overrides)


def some_hours(chance: random.Random) -> Hours:
    """None, one or two open times; in quarters of an hour, as a desk has them, or to the minute."""
    step = chance.choice([1, 15, 60])
    marks = sorted(chance.sample(range(1440 // step + 1), 2 * chance.choice([0, 1, 1, 1, 2])))
    times = [f"{mark * step // 60:02}:{mark * step % 60:02}" for mark in marks]
    return tuple(zip(times[::2], times[1::2], strict=True))


def some_calendar(chance: random.Random) -> Calendar:
    while True:
        week = [some_hours(chance) for _ in range(7)]
        week[chance.randrange(7)] = (("09:00", "17:00"),)
        days = {FIRST.date() + timedelta(days=chance.randrange(400)): some_hours(chance) for _ in range(12)}
        calendar = Calendar(ZoneInfo(chance.choice(ZONES)), week, days)
        if not any(is_skipped(calendar, day, clock) for day in FORWARD for clock in clocks(calendar, day)):
            return calendar


def clocks(calendar: Calendar, day: date) -> list[str]:
    return [clock for hours in calendar.hours(day) for clock in hours if clock != "24:00"]


def is_skipped(calendar: Calendar, day: date, clock: str) -> bool:
    """The library fails, or counts backwards, where hours begin or end at a time that does not exist."""
    local = datetime.combine(day, time.fromisoformat(clock), tzinfo=calendar.zone)
    return local.astimezone(UTC).astimezone(calendar.zone).replace(tzinfo=None) != local.replace(tzinfo=None)


def some_moment(chance: random.Random) -> datetime:
    """In a quarter of the cases within two days of a night that changes the clocks."""
    if chance.random() < 0.25:
        night = datetime.combine(chance.choice([*FORWARD, *BACK]), time(), tzinfo=UTC)
        return night + timedelta(minutes=chance.randrange(-2880, 2880))
    return FIRST + timedelta(seconds=chance.randrange(400 * 86_400))


@pytest.mark.parametrize("batch", range(BATCHES))
def test_any_deadline_and_any_span_is_what_the_library_says(batch: int) -> None:
    chance = random.Random(batch)
    wrong: list[object] = []

    for _case in range(CASES // BATCHES):
        ours, start = some_calendar(chance), some_moment(chance)
        theirs = as_theirs(ours)
        target = timedelta(minutes=chance.randrange(1, 3_000))
        end = start + timedelta(minutes=chance.randrange(20_000))
        answers = (
            theirs.add_business_time(start, target),
            theirs.business_time_between(start, end),
            theirs.is_business_time(start),
        )
        if answers != (add(ours, start, target), elapsed(ours, start, end), ours.is_open(start)):
            wrong.append((ours, start, target, end))

    assert wrong == []


def test_the_published_calendar_is_the_librarys_own_for_norway() -> None:
    level = published_service_level()
    ours = level.hours(level.calendars[0])
    week: Mapping[int, Blocks] = {weekday: [("09:00", "17:00")] for weekday in range(5)}
    theirs = WorkingCalendar.from_country(country="NO", years=range(2025, 2032), tz="Europe/Oslo", weekly_schedule=week)
    begin, end = (datetime.combine(date(year, 1, 1), time(), tzinfo=ours.zone) for year in (2026, 2031))

    wrong = [
        day for day in range((end - begin).days) if elapsed_of(ours, begin, day) != business_of(theirs, begin, day)
    ]

    assert wrong == []


def elapsed_of(calendar: Calendar, begin: datetime, day: int) -> timedelta:
    return elapsed(calendar, begin + timedelta(days=day), begin + timedelta(days=day + 1))


def business_of(calendar: WorkingCalendar, begin: datetime, day: int) -> timedelta:
    return calendar.business_time_between(begin + timedelta(days=day), begin + timedelta(days=day + 1))

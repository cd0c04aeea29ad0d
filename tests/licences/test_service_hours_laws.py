"""Business time against its own laws, on any calendar, and a count minute by minute.

Source: status and SLA facts §9, T6.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from licences.service_hours import Calendar, Hours, Pause, add, due, elapsed, left_of
from tests.proof import PROOF

EXAMPLES = 1_000 if PROOF else 50

NIGHT = Calendar(ZoneInfo("Europe/Oslo"), [(("00:00", "06:00"), ("20:00", "24:00"))] * 7)

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
ZONES = ["Europe/Oslo", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana"]
MINUTES_OF_DAY = 1440


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def hours_of_a_day(draw: st.DrawFn, step: int = 1) -> Hours:
    marks = st.lists(st.integers(0, MINUTES_OF_DAY // step), max_size=6, unique=True)
    times = [clock(mark * step) for mark in sorted(draw(marks))]
    return tuple(zip(times[::2], times[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn, step: int = 1, zones: Sequence[str] = ZONES) -> Calendar:
    """Some hours in a week at least, and some days that differ."""
    week = draw(st.lists(hours_of_a_day(step), min_size=7, max_size=7).filter(any))
    days = draw(st.dictionaries(st.dates(date(2026, 1, 1), date(2027, 12, 31)), hours_of_a_day(step), max_size=8))
    return Calendar(ZoneInfo(draw(st.sampled_from(zones))), week, days)


moments = st.integers(0, 730 * MINUTES_OF_DAY * 60).map(lambda seconds: FIRST + timedelta(seconds=seconds))
nearby = st.integers(0, 12 * MINUTES_OF_DAY * 60).map(lambda seconds: timedelta(seconds=seconds))
targets = st.integers(0, 3 * 480).map(lambda minutes: timedelta(minutes=minutes))
laws = settings(max_examples=EXAMPLES, deadline=None)


@laws
@given(calendars(), moments, nearby, nearby)
def test_elapsed_time_is_additive(calendar: Calendar, start: datetime, first: timedelta, second: timedelta) -> None:
    middle, end = start + first, start + first + second

    whole = elapsed(calendar, start, end)
    assert elapsed(calendar, start, middle) + elapsed(calendar, middle, end) == whole
    assert timedelta() <= whole <= end - start
    assert elapsed(calendar, end, start) == timedelta()


@laws
@given(calendars(), moments, targets)
def test_adding_and_measuring_are_inverse(calendar: Calendar, start: datetime, target: timedelta) -> None:
    end = add(calendar, start, target)

    assert elapsed(calendar, start, end) == target
    if target:
        assert elapsed(calendar, start, end - timedelta(microseconds=1)) < target, "it is the earliest moment"


@laws
@given(calendars(), moments, nearby, targets)
def test_who_asks_later_waits_until_later(
    calendar: Calendar, start: datetime, later: timedelta, target: timedelta
) -> None:
    assert add(calendar, start, target) <= add(calendar, start + later, target)


@laws
@given(calendars(), moments, nearby, targets, st.lists(st.tuples(nearby, nearby), max_size=3), st.randoms())
def test_pauses_take_exactly_their_business_time(
    calendar: Calendar,
    start: datetime,
    past: timedelta,
    target: timedelta,
    lengths: list[tuple[timedelta, timedelta]],
    random: object,
) -> None:
    pauses: list[Pause] = []
    end = start
    for before, length in lengths:
        pauses.append((end + before, end + before + length))
        end += before + length
    shuffled = sorted(pauses, key=lambda _pause: random.random())  # type: ignore[attr-defined]

    due_at = due(calendar, start, target, pauses)

    assert due_at is not None
    paused = sum(
        (elapsed(calendar, min(begin, due_at), min(until or due_at, due_at)) for begin, until in pauses), timedelta()
    )
    assert elapsed(calendar, start, due_at) - paused == target
    assert due(calendar, start, target, shuffled) == due_at, "their order does not matter"
    assert left_of(calendar, start, target, due_at, pauses) == timedelta()
    assert (left_of(calendar, start, target, start + past, pauses) < timedelta()) <= (start + past > due_at)


@laws
@given(calendars(), moments, nearby, targets)
def test_a_pause_while_the_desk_is_closed_is_neutral(
    calendar: Calendar, start: datetime, later: timedelta, target: timedelta
) -> None:
    spans = calendar.spans(start + later)
    (_begin, closes), (opens, _end) = next(spans), next(spans)

    assert due(calendar, start, target, [(closes, opens)]) == due(calendar, start, target)


def minute_by_minute(calendar: Calendar, start: datetime, minutes: int) -> datetime:
    """When so many minutes were open, by looking at the clock on the wall in each of them."""
    moment = start
    while minutes:
        at = moment.astimezone(calendar.zone)
        minutes -= any(opens <= f"{at:%H:%M}" < closes for opens, closes in calendar.hours(at.date()))
        moment += timedelta(minutes=1)
    return moment


whole_minutes = st.integers(0, 730 * MINUTES_OF_DAY).map(lambda minutes: FIRST + timedelta(minutes=minutes))


@settings(max_examples=160 if PROOF else 20, deadline=None)
@given(calendars(60, ["Europe/Oslo", "America/New_York", "Asia/Tokyo"]), whole_minutes, st.integers(1, 1440))
def test_a_count_minute_by_minute_agrees(calendar: Calendar, start: datetime, minutes: int) -> None:
    assert add(calendar, start, timedelta(minutes=minutes)) == minute_by_minute(calendar, start, minutes)


@pytest.mark.parametrize("night", ["2027-03-27T18:00", "2027-10-30T18:00"])
@pytest.mark.parametrize("minutes", range(45, 1441, 279))
def test_a_count_minute_by_minute_agrees_in_nights_that_change_clocks(night: str, minutes: int) -> None:
    start = datetime.fromisoformat(night).replace(tzinfo=NIGHT.zone).astimezone(UTC)

    assert add(NIGHT, start, timedelta(minutes=minutes)) == minute_by_minute(NIGHT, start, minutes)

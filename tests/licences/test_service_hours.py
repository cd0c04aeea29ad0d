"""Business time against worked examples.

Sources: vectors/sla.json, status and SLA facts §5.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from licences.catalogue.service_level import published_service_level
from licences.service_hours import (
    ALL_DAY,
    Calendar,
    Hours,
    NeverOpen,
    Pause,
    add,
    budget_minutes,
    due,
    elapsed,
    in_minutes,
    is_attained,
    left_of,
    urgency,
)

AMSTERDAM, OSLO = ZoneInfo("Europe/Amsterdam"), ZoneInfo("Europe/Oslo")
NINE_TO_FIVE: Hours = (("09:00", "17:00"),)
OFFICE_WEEK: Sequence[Hours] = [NINE_TO_FIVE] * 5 + [(), ()]
DUTCH_HOLIDAYS = [
    *(date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1), date(2027, 3, 28), date(2027, 3, 29)),
    *(date(2027, 4, 27), date(2027, 5, 6), date(2027, 5, 16), date(2027, 5, 17)),
]


def closed_on(days: Sequence[date]) -> dict[date, Hours]:
    return dict.fromkeys(days, ())


def norwegian() -> Calendar:
    """The published calendar of the support desk."""
    level = published_service_level()
    return level.hours(level.calendars[0])


NL = Calendar(AMSTERDAM, OFFICE_WEEK, closed_on(DUTCH_HOLIDAYS))
NL_GOOD_FRIDAY = Calendar(AMSTERDAM, OFFICE_WEEK, closed_on([*DUTCH_HOLIDAYS, date(2027, 3, 26)]))
NL_HALF_DAY = Calendar(AMSTERDAM, OFFICE_WEEK, closed_on(DUTCH_HOLIDAYS) | {date(2026, 12, 24): (("09:00", "12:00"),)})
NL_DAY_AND_NIGHT = NL.around_the_clock()
NO = norwegian()
ALWAYS = Calendar(AMSTERDAM, [ALL_DAY] * 7)
NEVER = Calendar(AMSTERDAM, [()] * 7)
FIXED_CET = Calendar(ZoneInfo("Etc/GMT-1"), OFFICE_WEEK)

BUSINESS_DAY = 480


def local(calendar: Calendar, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=calendar.zone)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("calendar", "start", "minutes", "pauses", "due_utc"),
    [
        (NL, "2026-11-24T10:00", 480, [], "2026-11-25T09:00"),
        (NL, "2026-11-27T16:30", 1440, [], "2026-12-02T15:30"),
        (NL, "2026-11-27T18:00", 480, [], "2026-11-30T16:00"),
        (NL, "2026-12-23T15:00", 1440, [], "2026-12-29T14:00"),
        (NL, "2027-03-24T16:00", 1440, [], "2027-03-30T14:00"),
        (NO, "2027-03-24T16:00", 1440, [], "2027-04-01T14:00"),
        (NL, "2027-05-05T09:00", 1440, [], "2027-05-10T15:00"),
        (NL, "2026-11-23T17:00", 480, [], "2026-11-24T16:00"),
        (NL, "2026-12-24T16:58", 5, [], "2026-12-28T08:03"),
        (ALWAYS, "2027-10-30T12:00", 1440, [], "2027-10-31T10:00"),
        (NL_DAY_AND_NIGHT, "2026-11-27T16:00", 2880, [], "2026-12-01T15:00"),
        (NL, "2026-11-26T10:00", 1440, [("2026-11-26T11:00", "2026-11-30T10:00")], "2026-12-02T16:00"),
        (
            NL,
            "2026-11-26T10:00",
            1440,
            [("2026-11-26T16:00", "2026-11-27T10:00"), ("2026-11-27T16:30", "2026-11-30T09:15")],
            "2026-12-01T11:45",
        ),
    ],
    ids=[
        *("weekday", "middle weekend", "after close", "christmas middle", "easter NL GF open", "easter NO + DST"),
        *("ascension", "at close", "5 min xmas eve", "247 autumn", "48h on business days fri", "pause over weekend"),
        "two pauses",
    ],
)
def test_every_vector_is_due_to_the_minute(
    calendar: Calendar, start: str, minutes: int, pauses: list[tuple[str, str]], due_utc: str
) -> None:
    paused: list[Pause] = [(local(calendar, begin), local(calendar, end)) for begin, end in pauses]

    assert due(calendar, local(calendar, start), timedelta(minutes=minutes), paused) == utc(due_utc)


@pytest.mark.parametrize(
    ("calendar", "start", "days", "due_local"),
    [
        (NL, "2026-11-24T10:00", 1, "2026-11-25T10:00"),
        (NL, "2026-11-27T16:30", 1, "2026-11-30T16:30"),
        (NL, "2026-11-27T16:30", 3, "2026-12-02T16:30"),
        (NL, "2026-11-27T16:30", 5, "2026-12-04T16:30"),
        (NL, "2026-11-27T18:00", 1, "2026-11-30T17:00"),
        (NL, "2026-11-28T12:00", 1, "2026-11-30T17:00"),
        (NL, "2026-12-23T15:00", 3, "2026-12-29T15:00"),
        (NL, "2026-12-23T15:00", 5, "2026-12-31T15:00"),
        (NL, "2027-03-24T16:00", 1, "2027-03-25T16:00"),
        (NL, "2027-03-24T16:00", 3, "2027-03-30T16:00"),
        (NL_GOOD_FRIDAY, "2027-03-24T16:00", 3, "2027-03-31T16:00"),
        (NO, "2027-03-24T16:00", 3, "2027-04-01T16:00"),
        (NL, "2027-04-26T13:00", 5, "2027-05-04T13:00"),
        (NL, "2027-05-05T09:00", 3, "2027-05-10T17:00"),
        (NL, "2026-11-23T09:00", 1, "2026-11-23T17:00"),
        (NL, "2026-11-23T17:00", 1, "2026-11-24T17:00"),
        (NL_HALF_DAY, "2026-12-23T15:00", 3, "2026-12-30T12:00"),
    ],
    ids=[
        *("E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8", "E9", "E10", "E10b", "E11", "E12", "E13", "E14", "E15"),
        "half a day on 24 December",
    ],
)
def test_a_solution_is_due_after_so_many_business_days(
    calendar: Calendar, start: str, days: int, due_local: str
) -> None:
    target = timedelta(minutes=days * BUSINESS_DAY)

    assert due(calendar, local(calendar, start), target) == local(calendar, due_local)


@pytest.mark.parametrize(
    ("calendar", "start", "minutes", "due_local"),
    [
        (ALWAYS, "2026-11-27T16:00", 24 * 60, "2026-11-28T16:00"),
        (NL, "2026-11-27T16:00", 24 * 60, "2026-12-02T16:00"),
        (NL_DAY_AND_NIGHT, "2026-11-27T16:00", 24 * 60, "2026-11-30T16:00"),
        (ALWAYS, "2026-11-27T16:00", 48 * 60, "2026-11-29T16:00"),
        (NL, "2026-11-27T16:00", 48 * 60, "2026-12-07T16:00"),
        (NL_DAY_AND_NIGHT, "2026-11-27T16:00", 48 * 60, "2026-12-01T16:00"),
        (NL, "2026-11-27T16:58", 5, "2026-11-30T09:03"),
        (NL, "2026-12-24T16:58", 5, "2026-12-28T09:03"),
        (NL, "2026-11-25T23:00", 5, "2026-11-26T09:05"),
        (NL, "2027-07-14T09:30", 5, "2027-07-14T09:35"),
        (ALWAYS, "2027-03-27T12:00", 24 * 60, "2027-03-28T13:00"),
        (ALWAYS, "2027-10-30T12:00", 24 * 60, "2027-10-31T11:00"),
    ],
)
def test_an_answer_is_due_by_the_reading_that_is_on(
    calendar: Calendar, start: str, minutes: int, due_local: str
) -> None:
    assert due(calendar, local(calendar, start), timedelta(minutes=minutes)) == local(calendar, due_local)


def test_a_zone_that_knows_no_summer_time_opens_an_hour_later_in_summer() -> None:
    asked = datetime(2027, 7, 14, 9, 30, tzinfo=AMSTERDAM)

    assert due(FIXED_CET, asked, timedelta(minutes=5)) == datetime(2027, 7, 14, 10, 5, tzinfo=AMSTERDAM)


def test_a_pause_outside_business_hours_changes_nothing() -> None:
    start, target = local(NL, "2026-11-26T10:00"), timedelta(minutes=1440)
    evening: Pause = (local(NL, "2026-11-26T18:00"), local(NL, "2026-11-26T22:00"))

    assert due(NL, start, target, [evening]) == due(NL, start, target) == local(NL, "2026-12-01T10:00")


def test_a_pause_that_holds_leaves_no_deadline_and_what_was_left() -> None:
    start, target = local(NL, "2026-11-26T10:00"), timedelta(hours=24)
    paused_at = local(NL, "2026-11-26T11:00")

    assert due(NL, start, target, [(paused_at, None)]) is None
    assert left_of(NL, start, target, local(NL, "2026-11-30T12:00"), [(paused_at, None)]) == timedelta(hours=23)


def test_a_pause_after_the_deadline_does_not_take_it_back() -> None:
    start, target = local(NL, "2026-11-26T10:00"), timedelta(hours=1)

    assert due(NL, start, target, [(local(NL, "2026-11-26T11:30"), None)]) == local(NL, "2026-11-26T11:00")
    assert due(NL, start, target, [(local(NL, "2026-11-26T11:00"), None)]) == local(NL, "2026-11-26T11:00")


def test_pauses_overlap_and_come_in_any_order() -> None:
    start, target = local(NL, "2026-11-26T10:00"), timedelta(hours=24)
    first: Pause = (local(NL, "2026-11-26T11:00"), local(NL, "2026-11-26T14:00"))
    second: Pause = (local(NL, "2026-11-26T13:00"), local(NL, "2026-11-26T15:00"))
    within: Pause = (local(NL, "2026-11-26T11:30"), local(NL, "2026-11-26T12:00"))
    together: Pause = (local(NL, "2026-11-26T11:00"), local(NL, "2026-11-26T15:00"))

    expected = due(NL, start, target, [together])
    assert due(NL, start, target, [second, within, first]) == due(NL, start, target, [first, second]) == expected


def test_a_desk_that_never_opens_has_no_deadlines() -> None:
    assert NEVER.opens_next(utc("2026-11-26T10:00")) is None
    assert not NEVER.is_open(utc("2026-11-26T10:00"))
    assert elapsed(NEVER, utc("2026-11-26T10:00"), utc("2027-11-26T10:00")) == timedelta()
    with pytest.raises(NeverOpen):
        add(NEVER, utc("2026-11-26T10:00"), timedelta(minutes=1))


@pytest.mark.parametrize(
    ("moment", "is_open", "opens_next"),
    [
        ("2026-11-27T08:59", False, "2026-11-27T09:00"),
        ("2026-11-27T09:00", True, "2026-11-27T09:00"),
        ("2026-11-27T16:59", True, "2026-11-27T16:59"),
        ("2026-11-27T17:00", False, "2026-11-30T09:00"),
        ("2026-12-24T17:00", False, "2026-12-28T09:00"),
    ],
)
def test_the_desk_is_open_from_its_first_minute_to_its_last(moment: str, is_open: bool, opens_next: str) -> None:
    assert NL.is_open(local(NL, moment)) is is_open
    assert NL.opens_next(local(NL, moment)) == local(NL, opens_next)


NIGHT = Calendar(OSLO, [(("00:00", "06:00"), ("20:00", "24:00"))] * 7)


@pytest.mark.parametrize(
    ("evening", "hours"),
    [("2027-03-27", 9), ("2027-10-30", 11), ("2027-05-01", 10)],
    ids=["the night that skips an hour", "the night that has one twice", "any other night"],
)
def test_a_night_is_as_long_as_it_is(evening: str, hours: int) -> None:
    begin = local(NIGHT, f"{evening}T20:00")
    end = datetime.combine(begin.date() + timedelta(days=1), time(6), tzinfo=OSLO)

    assert elapsed(NIGHT, begin, end) == timedelta(hours=hours)
    assert add(NIGHT, begin, timedelta(hours=hours)) == end


def test_hours_that_end_in_the_hour_that_is_skipped_are_not_counted_twice() -> None:
    calendar = Calendar(OSLO, [(("01:00", "02:30"), ("03:00", "04:00"))] * 7)

    # 01:00 to 04:00 is two hours in that night, and half an hour of it does not exist.
    assert elapsed(calendar, utc("2027-03-28T00:00"), utc("2027-03-28T02:00")) == timedelta(hours=2)
    (_begin, first_ends), (second_begins, _end) = islice(calendar.spans(utc("2027-03-28T00:00")), 2)
    assert first_ends == second_begins == utc("2027-03-28T01:30")


@pytest.mark.parametrize("minutes", range(0, 61, 15))
def test_a_pause_in_the_hour_that_comes_twice_is_told_apart(minutes: int) -> None:
    """On a wall both hours look the same; the pause is from the first to the second."""
    start = datetime(2027, 10, 31, 0, 0, tzinfo=AMSTERDAM)
    first = datetime(2027, 10, 31, 2, 0, tzinfo=AMSTERDAM) + timedelta(minutes=0)
    second = (first.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(AMSTERDAM)

    due_at = due(ALWAYS, start, timedelta(hours=6), [(first, second)])

    assert due_at == start.astimezone(UTC) + timedelta(hours=6, minutes=minutes)


@pytest.mark.parametrize(
    ("affected", "everybody", "expected"),
    [
        *((801, 1000, "high"), (800, 1000, "middle"), (100, 1000, "middle"), (99, 1000, "low")),
        *((4, 5, "middle"), (5, 5, "high"), (1, 10, "middle"), (1, 11, "low"), (0, 1, "low"), (1, 1, "high")),
    ],
)
def test_urgency_is_the_share_of_users_affected(affected: int, everybody: int, expected: str) -> None:
    assert urgency(affected, everybody) == expected


@pytest.mark.parametrize(("affected", "everybody"), [(0, 0), (2, 1), (-1, 10), (1, -1)])
def test_more_users_than_there_are_have_no_urgency(affected: int, everybody: int) -> None:
    with pytest.raises(ValueError, match="affected"):
        urgency(affected, everybody)


@pytest.mark.parametrize(
    ("users", "minutes"), [(450, 27), (999, 59), (1000, 60), (2350, 141), (0, 0), (16, 0), (17, 1)]
)
def test_support_minutes_come_with_users_and_are_rounded_down(users: int, minutes: int) -> None:
    assert budget_minutes(users) == minutes


@pytest.mark.parametrize(
    ("met", "closed", "attained"),
    [
        *((9, 10, False), (10, 11, True), (18, 20, False), (19, 20, True), (90, 100, False), (91, 100, True)),
        *((0, 0, None), (0, 1, False), (1, 1, True)),
    ],
)
def test_a_promise_is_kept_in_more_than_90_percent(met: int, closed: int, attained: bool | None) -> None:
    assert is_attained(met, closed) is attained


@pytest.mark.parametrize(
    ("amount", "unit", "minutes"),
    [(5, "business_minutes", 5), (3, "business_days", 1440), (24, "business_day_hours", 1440)],
)
def test_a_promise_is_worth_so_many_minutes(amount: int, unit: str, minutes: int) -> None:
    assert in_minutes(amount, unit, day_minutes=BUSINESS_DAY) == minutes

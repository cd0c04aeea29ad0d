"""Months begin and end by the clocks of the tenant, to the microsecond. Source: reliability R-21.

The oracle knows no time zone database: only how many minutes a place is ahead, and by which rule its clocks change.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from metering.models import MeteredService, UsageMonth
from metering.periods import Month
from tests.factories import TenantFactory, scope_of
from tests.metering.sending import event, send

MICROSECOND = timedelta(microseconds=1)
YEARS = range(2025, 2029)


def sunday(year: int, month: int, *, nth: int) -> datetime:
    """Midnight of the nth Sunday; of the last with -1."""
    first = date(year, month, 1)
    days = [first + timedelta(days=n) for n in range(31)]
    sundays = [day for day in days if day.month == month and day.weekday() == 6]
    return datetime.combine(sundays[nth - 1 if nth > 0 else nth], datetime.min.time(), tzinfo=UTC)


def oslo(at: datetime) -> int:
    """One hour ahead, in summer two: from 01:00 UTC of March's last Sunday to 01:00 UTC of October's."""
    begins, ends = (sunday(at.year, month, nth=-1) + timedelta(hours=1) for month in (3, 10))
    return 120 if begins <= at < ends else 60


def auckland(at: datetime) -> int:
    """Twelve hours ahead, in summer thirteen: from 02:00 by winter's clock of September's last Sunday to 03:00 by
    summer's of April's first."""
    ends = sunday(at.year, 4, nth=1) + timedelta(hours=3 - 13)
    begins = sunday(at.year, 9, nth=-1) + timedelta(hours=2 - 12)
    return 720 if ends <= at < begins else 780


def st_johns(at: datetime) -> int:
    """Three hours and a half behind, in summer two and a half: from 02:00 of March's second Sunday to 02:00 of
    November's first."""
    begins = sunday(at.year, 3, nth=2) + timedelta(hours=2, minutes=210)
    ends = sunday(at.year, 11, nth=1) + timedelta(hours=2, minutes=150)
    return -150 if begins <= at < ends else -210


PLACES: dict[str, Callable[[datetime], int]] = {
    "Europe/Oslo": oslo,
    "Pacific/Auckland": auckland,
    "America/St_Johns": st_johns,
    "Asia/Kathmandu": lambda _at: 345,
    "Pacific/Kiritimati": lambda _at: 840,
}
each_place = pytest.mark.parametrize("place", PLACES)


def month_by_the_rules(place: str, at: datetime) -> date:
    return (at + timedelta(minutes=PLACES[place](at))).date().replace(day=1)


def begin_by_the_rules(place: str, first: date) -> datetime:
    """The first moment of the month: the minute from which on the clocks say so."""
    midnight = datetime.combine(first, datetime.min.time(), tzinfo=UTC)
    offsets = {PLACES[place](midnight + timedelta(hours=hours)) for hours in range(-15, 16)}
    moments = [midnight - timedelta(minutes=offset) for offset in offsets]
    return min(moment for moment in moments if month_by_the_rules(place, moment) == first)


def months() -> Iterator[Month]:
    for year in YEARS:
        for number in range(1, 13):
            yield Month(date(year, number, 1))


@each_place
def test_a_month_begins_and_ends_in_its_microsecond(place: str) -> None:
    zone = ZoneInfo(place)

    for month in months():
        begins, ends = (begin_by_the_rules(place, each.first) for each in (month, month.plus(1)))
        assert (month.start(zone), month.end(zone)) == (begins, ends)
        for at in (begins - MICROSECOND, begins, begins + MICROSECOND, ends - MICROSECOND, ends):
            assert Month.of(at.astimezone(zone).date()).first == month_by_the_rules(place, at)
            assert (begins <= at < ends) == (month_by_the_rules(place, at) == month.first)


@each_place
def test_the_grace_is_72_hours_whatever_the_clocks_do(place: str) -> None:
    zone = ZoneInfo(place)

    for month in months():
        ends = begin_by_the_rules(place, month.plus(1).first)
        assert month.closes(zone).astimezone(UTC) - ends == timedelta(hours=72)


def test_one_of_these_graces_has_a_night_with_other_clocks() -> None:
    october = Month(date(2026, 10, 1))

    closes = october.closes(ZoneInfo("America/St_Johns"))

    assert (closes.day, closes.hour) == (3, 23)


def test_a_leap_february_has_29_days() -> None:
    february = Month(date(2028, 2, 1))

    assert (february.last.day, len(february.days)) == (29, 29)
    assert february.end(ZoneInfo("Asia/Kathmandu")) - february.start(ZoneInfo("Asia/Kathmandu")) == timedelta(days=29)


def test_the_hours_of_a_month_are_those_that_pass() -> None:
    def hours(month: Month, zone: str) -> float:
        began, ended = month.start(ZoneInfo(zone)).timestamp(), month.end(ZoneInfo(zone)).timestamp()
        return (ended - began) / 3600

    assert hours(Month(date(2026, 3, 1)), "Europe/Oslo") == 743
    assert hours(Month(date(2026, 10, 1)), "Europe/Oslo") == 745
    assert hours(Month(date(2026, 4, 1)), "Pacific/Auckland") == 721


@pytest.mark.django_db
@pytest.mark.parametrize("first", [date(2026, 4, 1), date(2026, 11, 1), date(2027, 1, 1), date(2028, 3, 1)])
@each_place
def test_an_event_counts_in_the_month_of_its_microsecond(place: str, first: date, emails: MeteredService) -> None:
    tenant = TenantFactory(time_zone=place)
    begins = begin_by_the_rules(place, first)

    with time_machine.travel(begins + timedelta(hours=1), tick=False):
        send(tenant, [event("before", time=begins - MICROSECOND, quantity=1), event("at", time=begins, quantity=10)])

    with scope_of(tenant):
        counted = dict(UsageMonth.objects.values_list("month", "total"))
    assert counted == {Month(first).plus(-1).first: 1, first: 10}

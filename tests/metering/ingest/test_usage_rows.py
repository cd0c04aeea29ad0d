"""Cells of a file of usage: what is one number and one moment, and what may be two."""

from zoneinfo import ZoneInfo

import pytest

from metering.usage_rows import Doubt, doubt_of_number, doubt_of_time, mark_of, number_of, time_of

OSLO = ZoneInfo("Europe/Oslo")

NUMBERS = {
    "1250": "1250",
    "1 250": "1250",
    "12.5": "12.5",
    "12,5": "12.5",
    "0.250": "0.250",
    "0,250": "0.250",
    "1250,125": "1250.125",
    "1.2500": "1.2500",
    "1.250,5": "1.250,5",
    "5?": "5?",
}


@pytest.mark.parametrize(("text", "number"), NUMBERS.items())
def test_a_number_that_is_one_has_a_point(text: str, number: str) -> None:
    assert (number_of(text), doubt_of_number(text, "")) == (number, None)


@pytest.mark.parametrize("text", ["1.250", "1,250", "125.000", "12 ,500"])
def test_thousands_or_three_decimals_are_two_numbers_unless_the_file_tells(text: str) -> None:
    mark, other = (".", ",") if "." in text else (",", ".")

    assert not number_of(text).replace(".", "").replace(",", "").isdecimal()
    assert doubt_of_number(text, "") == doubt_of_number(text, other) == Doubt.TWO_NUMBERS
    assert float(number_of(text, mark)) == float(text.replace(" ", "").replace(",", "."))
    assert doubt_of_number(text, mark) is None


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["1.250", "2.500", "7"], ""),
        (["1.250", "12.5"], "."),
        (["1.250", "12,5"], ","),
        (["1.5", "12,5"], ""),
        (["1 250.25", "x"], "."),
        ([], ""),
    ],
)
def test_a_file_tells_by_numbers_that_leave_no_doubt(texts: list[str], mark: str) -> None:
    assert mark_of(texts) == mark


ODD_HOURS = {
    "2026-10-25 02:30": Doubt.TWICE,
    "25.10.2026 02:00": Doubt.TWICE,
    "2026-03-29 02:30": Doubt.NEVER,
    "29.03.2026 02:59": Doubt.NEVER,
}


@pytest.mark.parametrize(("text", "doubt"), ODD_HOURS.items())
def test_an_hour_that_is_there_twice_or_never_is_no_moment(text: str, doubt: Doubt) -> None:
    assert (time_of(text, OSLO), doubt_of_time(text, OSLO)) == (None, doubt)


MOMENTS = {
    "2026-10-25 01:59": "2026-10-24T23:59:00+00:00",
    "2026-10-25 03:00": "2026-10-25T02:00:00+00:00",
    "2026-10-25 02:30 +02:00": "2026-10-25T00:30:00+00:00",
    "2026-10-25 02:30 +01:00": "2026-10-25T01:30:00+00:00",
    "2026-03-29 01:59": "2026-03-29T00:59:00+00:00",
    "2026-03-29 03:00": "2026-03-29T01:00:00+00:00",
    "2026-10-25": "2026-10-24T22:00:00+00:00",
}


@pytest.mark.parametrize(("text", "moment"), MOMENTS.items())
def test_around_it_and_with_an_offset_there_is_one_moment(text: str, moment: str) -> None:
    assert (time_of(text, OSLO), doubt_of_time(text, OSLO)) == (moment, None)


def test_a_day_that_begins_in_such_an_hour_has_a_beginning() -> None:
    assert time_of("2026-04-24", ZoneInfo("Africa/Cairo")) == "2026-04-23T22:00:00+00:00"

"""When a count comes to its limit: a robust pace, a range that holds what it promises, and silence when in doubt."""

import random
from collections.abc import Sequence
from itertools import accumulate

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from licences.trend import FARTHEST_DAYS, RECENT_DAYS, BackTest, Forecast, back_test, forecast, pace

counts = st.integers(0, 500)
histories = st.lists(counts, min_size=7, max_size=90)
limits = st.integers(1, 2_000)


def grown(changes: Sequence[int], start: int = 0) -> list[int]:
    """Daily values from the changes of each day."""
    return list(accumulate(changes, initial=start))


@given(st.lists(counts, max_size=6), limits)
def test_with_fewer_than_seven_days_nothing_is_said(values: list[int], limit: int) -> None:
    assert pace(values) is None
    assert forecast(values, limit) is None


@given(histories, limits)
def test_the_range_encloses_what_is_most_likely_and_all_of_it_is_to_come(values: list[int], limit: int) -> None:
    found = forecast(values, limit)

    assume(found is not None)
    assert 1 <= found.earliest <= found.days <= FARTHEST_DAYS
    assert found.latest is None or found.days <= found.latest <= FARTHEST_DAYS


@given(histories)
def test_without_a_limit_or_outside_the_plan_nothing_is_said(values: list[int]) -> None:
    assert forecast(values, None) is None
    assert forecast(values, 0) is None


@given(histories, limits)
def test_what_is_reached_is_not_forecast(values: list[int], limit: int) -> None:
    assert forecast([*values, limit + values[-1]], limit) is None


@given(st.lists(counts, min_size=7, max_size=90), limits)
def test_what_does_not_rise_never_comes_to_its_limit(values: list[int], limit: int) -> None:
    assert forecast(sorted(values, reverse=True), limit) is None


@given(st.integers(1, 5), st.integers(7, 90), st.integers(0, 100), st.integers(1, 300))
def test_a_steady_rise_is_known_to_the_day(step: int, days: int, start: int, lacking: int) -> None:
    values = grown([step] * (days - 1), start)

    found = forecast(values, values[-1] + lacking)

    due = -(-lacking // step)
    assert found == Forecast(due, due, due)


@given(histories, limits, st.integers(1, 10_000))
def test_only_what_is_lacking_counts(values: list[int], limit: int, more: int) -> None:
    """So many more on both sides changes nothing."""
    assume(limit > values[-1])

    assert forecast([value + more for value in values], limit + more) == forecast(values, limit)


@given(histories, limits, st.integers(1, 500))
def test_a_higher_limit_is_never_reached_earlier(values: list[int], limit: int, more: int) -> None:
    near, far = forecast(values, limit), forecast(values, limit + more)

    assume(near is not None)
    assert far is None or (far.days >= near.days and far.earliest >= near.earliest)
    assert far is None or near.latest is not None or far.latest is None


@given(st.lists(counts, min_size=RECENT_DAYS, max_size=RECENT_DAYS), st.lists(counts, max_size=60))
def test_only_the_last_four_weeks_tell_the_pace(recent: list[int], before: list[int]) -> None:
    assert pace([*before, *recent]) == pace(recent)


@given(st.integers(1, 26), st.integers(-400, 400))
def test_one_day_that_went_astray_does_not_bend_the_pace(day: int, astray: int) -> None:
    values = grown([1] * (RECENT_DAYS - 1), 500)
    values[day] += astray

    assert pace(values).per_day == pytest.approx(1, abs=0.01)


def test_one_large_import_is_no_pace() -> None:
    assert forecast([10] * 14 + [60] * 14, 100) is None
    assert forecast([10] * 9 + [40] * 10 + [60] * 9, 100) is None
    assert forecast([10] * 7 + [30] * 7 + [45] * 7 + [60] * 7, 100) is not None


def test_days_that_differ_widen_the_range() -> None:
    steady, restless = grown([1] * 27), grown([0, 2, 0, 2, 2, 0, 1] * 4)

    narrow, wide = forecast(steady, steady[-1] + 30), forecast(restless, restless[-1] + 30)

    assert (narrow.earliest, narrow.latest) == (30, 30)
    assert wide.earliest < 30 < wide.latest


def test_what_may_as_well_never_come_has_no_latest_day() -> None:
    values = grown([5, -4, 6, -5, 4, -3, 2])

    found = forecast(values, 60)

    assert found is not None
    assert found.latest is None


def test_more_than_a_year_away_nothing_is_said() -> None:
    values = grown([1] * 27)

    assert forecast(values, values[-1] + FARTHEST_DAYS) is not None
    assert forecast(values, values[-1] + FARTHEST_DAYS + 1) is None


def lives(kind: str, number: int) -> list[list[int]]:
    """Made-up histories, each the same at every run: projects that begin and end at random, and such as come in
    groups."""
    chance = random.Random(4711)
    many = []
    for _ in range(number):
        rate = chance.uniform(0.3, 2)
        if kind == "one by one":
            changes = [sum(chance.random() < rate / 5 for _ in range(5)) for _day in range(400)]
        elif kind == "in groups":
            changes = [chance.choice([2, 3]) if chance.random() < rate / 3 else 0 for _day in range(400)]
        else:
            week = [7, 7, 7, 7, 7, 0, 0]
            changes = [sum(chance.random() < rate / 5 for _ in range(week[day % 7])) for day in range(400)]
        many.append(grown(changes))
    return many


@pytest.mark.parametrize("kind", ["one by one", "in groups", "on working days"])
def test_about_eighty_of_a_hundred_limits_are_reached_within_the_range(kind: str) -> None:
    held, told = 0, 0
    for life in lives(kind, 200):
        known, limit = life[:60], life[59] + 30
        found = forecast(known, limit)
        if found is None:
            continue
        came = next(day for day, value in enumerate(life[60:], 1) if value >= limit)
        told += 1
        held += found.earliest <= came <= (found.latest or FARTHEST_DAYS)

    assert told > 150
    assert 0.70 <= held / told <= 0.95


def test_a_steady_rise_would_have_been_told_right_each_time() -> None:
    assert back_test(grown([2] * 40)) == BackTest(forecasts=28, off_by=0, held_percent=100)


def test_it_says_by_how_much_forecasts_would_have_been_off() -> None:
    """Flat for three weeks, then two a day: whoever asked in the third week was wrong."""
    tested = back_test([10] * 21 + grown([2] * 6, 12))

    assert tested is not None
    assert tested.off_by > 0
    assert tested.held_percent < 100


def test_a_few_forecasts_are_no_test() -> None:
    assert back_test(grown([1] * 18)) is None
    assert back_test(grown([1] * 19)) is not None

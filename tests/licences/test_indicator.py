"""The one rule behind every black, yellow and red, against exact fractions. Source: design §6, reliability R-27."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from licences.indicator import Indicator, indicator, percent_used

LIMITS = range(1, 1001)
NEAR = Fraction(85, 100)


def by_fractions(used: int, limit: int) -> Indicator:
    share = Fraction(used, limit)
    if share >= 1:
        return Indicator.RED
    return Indicator.YELLOW if share >= NEAR else Indicator.BLACK


def edges(limit: int) -> set[int]:
    """Nothing, the numbers on and around 85 %, those around the limit, and far above it."""
    near = 85 * limit // 100
    return {0, 1, *range(max(0, near - 2), near + 4), *range(max(0, limit - 2), limit + 3), 2 * limit, 10 * limit}


def test_every_limit_to_1000_is_exact_around_nothing_85_percent_and_the_limit() -> None:
    wrong = [
        (used, limit)
        for limit in LIMITS
        for used in edges(limit)
        if indicator(used, limit) is not by_fractions(used, limit)
    ]

    assert wrong == []


def test_every_number_used_of_every_limit_to_400_is_exact() -> None:
    wrong = [
        (used, limit)
        for limit in range(1, 401)
        for used in range(401)
        if indicator(used, limit) is not by_fractions(used, limit)
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("used", "limit", "state"),
    [
        (84, 100, Indicator.BLACK),
        (85, 100, Indicator.YELLOW),
        (97, 100, Indicator.YELLOW),
        (99, 100, Indicator.YELLOW),
        (100, 100, Indicator.RED),
        (103, 100, Indicator.RED),
        (8, 10, Indicator.BLACK),
        (9, 10, Indicator.YELLOW),
        (10, 10, Indicator.RED),
        (2, 3, Indicator.BLACK),
        (3, 3, Indicator.RED),
        (8_499, 10_000, Indicator.BLACK),
        (8_500, 10_000, Indicator.YELLOW),
        (9_999, 10_000, Indicator.YELLOW),
        (0, 1, Indicator.BLACK),
        (1, 1, Indicator.RED),
    ],
)
def test_the_state_of_known_numbers(used: int, limit: int, state: Indicator) -> None:
    assert indicator(used, limit) is state


@pytest.mark.parametrize("used", [0, 1, 85, 10**12])
def test_without_a_limit_nothing_is_ever_close(used: int) -> None:
    assert indicator(used, None) is Indicator.BLACK
    assert percent_used(used, None) is None


@pytest.mark.parametrize("used", [0, 1, 10**12])
def test_a_limit_of_nothing_is_not_in_the_plan(used: int) -> None:
    assert indicator(used, 0) is Indicator.NOT_IN_PLAN
    assert percent_used(used, 0) is None


@given(used=st.integers(0, 10**12), limit=st.integers(1, 10**12))
@example(used=84_999, limit=100_000)
@example(used=99_999, limit=100_000)
def test_no_percentage_runs_ahead_of_its_colour(used: int, limit: int) -> None:
    percent, state = percent_used(used, limit), indicator(used, limit)

    assert percent is not None
    assert (percent >= 85) == (state in {Indicator.YELLOW, Indicator.RED})
    assert (percent >= 100) == (state is Indicator.RED)
    assert percent <= Fraction(100 * used, limit) < percent + 1

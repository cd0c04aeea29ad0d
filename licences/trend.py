"""Where a count is heading: how fast it rises, and when it would come to its limit. Pure. Source: metering rules R31.

The pace is the median of the slopes between every two days of the last four weeks (Theil and Sen), so that a single
day on which a lot was imported or deleted does not bend it. What stays uncertain is how much the days differ from that
pace: it adds up with the square root of time, and the pace itself is known only as well as its days tell. Between the
two edges lie 80 of 100 outcomes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import floor, sqrt
from statistics import median
from typing import Final

FEWEST_DAYS: Final = 7
RECENT_DAYS: Final = 28
"""Four weeks, so that each day of the week counts alike."""
FEWEST_RISES: Final = 3
"""One large import is no pace."""
FARTHEST_DAYS: Final = 365
EDGE: Final = 1.2816
"""So many standard deviations to either side enclose 80 % of a normal distribution."""
ALMOST: Final = 1e-9
"""What floating point may lack of a whole number."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much more is in use each day, and the deviation of a single day from it; told by `days` changes."""

    per_day: float
    deviation: float
    days: int

    def more_in(self, days: int) -> tuple[float, float, float]:
        """How much more there will be so many days on: at the lower edge, most likely, and at the upper edge."""
        likely = self.per_day * days
        margin = EDGE * self.deviation * sqrt(days + days * days / self.days)
        return likely - margin, likely, likely + margin


@dataclass(frozen=True, slots=True)
class Forecast:
    """In how many days the limit is reached: most likely, and the range of 80 %. `latest` None: not within a year."""

    days: int
    earliest: int
    latest: int | None


@dataclass(frozen=True, slots=True)
class BackTest:
    """What forecasts a week ahead would have been worth: how many there were, by how much they were off on average, and
    the whole percent of them whose range held what came; rounded down."""

    forecasts: int
    off_by: float
    held_percent: int


def pace(values: Sequence[int]) -> Pace | None:
    """The pace of the last four weeks of daily values, the newest last; None with fewer than seven."""
    recent = values[-RECENT_DAYS:]
    if len(recent) < FEWEST_DAYS:
        return None
    pairs = combinations(enumerate(recent), 2)
    per_day = median((later - earlier) / (j - i) for (i, earlier), (j, later) in pairs)
    daily = [later - earlier - per_day for earlier, later in pairwise(recent)]
    weekly = [later - earlier - 7 * per_day for earlier, later in zip(recent, recent[7:], strict=False)]
    variance = sum(change**2 for change in daily) / len(daily)
    if len(weekly) >= FEWEST_DAYS:  # a project brings others: then weeks differ by more than their days tell
        variance = max(variance, sum(change**2 for change in weekly) / len(weekly) / 7)
    return Pace(per_day, sqrt(variance), len(daily))


def forecast(values: Sequence[int], limit: int | None) -> Forecast | None:
    """When a count comes to its limit if it goes on as in the last four weeks; `values` are daily, the newest last.

    None when there is nothing honest to say: fewer than seven days, no limit, one that is reached already or not in
    the plan, no rise on three days at least, or more than a year to go.
    """
    now = pace(values)
    if now is None or not limit or values[-1] >= limit or now.per_day <= 0 or not _keeps_rising(values):
        return None
    lacking = limit - values[-1] - ALMOST
    latest, likely, earliest = (_first_day(now, edge, lacking) for edge in range(3))
    return None if likely is None or earliest is None else Forecast(likely, earliest, latest)


def _keeps_rising(values: Sequence[int]) -> bool:
    return sum(later > earlier for earlier, later in pairwise(values[-RECENT_DAYS:])) >= FEWEST_RISES


def _first_day(now: Pace, edge: int, lacking: float) -> int | None:
    return next((day for day in range(1, FARTHEST_DAYS + 1) if now.more_in(day)[edge] >= lacking), None)


def back_test(values: Sequence[int], *, ahead: int = 7) -> BackTest | None:
    """What such forecasts would have been worth, made on each earlier day; None with fewer than seven to judge by."""
    errors, held = [], 0
    for end in range(FEWEST_DAYS, len(values) - ahead + 1):
        then = pace(values[max(0, end - RECENT_DAYS) : end])
        if then is None:
            continue
        low, likely, high = then.more_in(ahead)
        came = values[end - 1 + ahead] - values[end - 1]
        errors.append(abs(came - likely))
        held += low - ALMOST <= came <= high + ALMOST
    if len(errors) < FEWEST_DAYS:
        return None
    return BackTest(len(errors), sum(errors) / len(errors), floor(100 * held / len(errors)))

"""Where a month's use is heading: what it will come to by the month's end, with the range of 80 %.

It goes on at the pace of the last four weeks (licences/trend.py), of whole days only: today is not over. It is shown
beside the numbers and changes none of them. Sources: design §8, metering rules R31.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate
from typing import Final, Self

from licences.trend import RECENT_DAYS, BackTest, Pace, back_test, pace
from metering.models import RatedBy, UsageMonth
from metering.periods import Month
from metering.reports.days.used import Days, every_day, levels

MICROS: Final = 1_000_000
"""In one unit. Quantities have six decimals; the trend takes whole numbers."""
TESTED_DAYS: Final = 90
"""So far back forecasts are tried out."""


@dataclass(frozen=True, slots=True)
class MonthForecast:
    """What the month will come to: most likely, and the edges between which it stays four times out of five."""

    likely: Decimal
    low: Decimal
    high: Decimal

    @property
    def rounded(self) -> Self:
        """As it is told: each as exact as the highest is with three digits, from 1,000 on with four."""
        step = Decimal(1).scaleb(self.high.adjusted() - (3 if self.high >= 1_000 else 2))
        return type(self)(*(each.quantize(step, ROUND_HALF_UP) for each in (self.likely, self.low, self.high)))


@dataclass(frozen=True, slots=True)
class Tested:
    """What such forecasts, made a week ahead, would have been worth: by how much they were off on average."""

    forecasts: int
    off_by: Decimal
    held_percent: int


def history_needed(today: date) -> date:
    """The first day that a forecast looks at."""
    return today - timedelta(days=RECENT_DAYS + 1)


def month_forecast(row: UsageMonth, days: Days, *, today: date) -> MonthForecast | None:
    """None for a month that is over or to come, with fewer than seven days of data, and without any use in four
    weeks. `days` go back to `history_needed`."""
    month = Month(row.month)
    if not month.first <= today <= month.last:
        return None
    series = _series(row, days, first=history_needed(today), last=today - timedelta(days=1))
    rise = pace(series[-RECENT_DAYS:])
    if rise is None or not any(series):
        return None
    edges = sorted(_come_to(row, days, rise, edge, today=today) for edge in range(3))
    return MonthForecast(likely=edges[1], low=edges[0], high=edges[2])


def tested(row: UsageMonth, days: Days, *, today: date) -> Tested | None:
    """How far forecasts would have been off in the last 90 days; None with too few days to judge by."""
    result: BackTest | None = back_test(
        _series(row, days, first=today - timedelta(days=TESTED_DAYS), last=today - timedelta(days=1))
    )
    if result is None:
        return None
    return Tested(result.forecasts, _whole(result.off_by), result.held_percent)


def _series(row: UsageMonth, days: Days, *, first: date, last: date) -> Sequence[int]:
    """Daily values as the trend takes them, from the first day on which something is known: of a gauge its levels, of
    everything else what all days so far come to."""
    begins = max(first, min(days, default=last + timedelta(days=1)))
    if row.rated_by != RatedBy.TOTAL:
        return [int(level * MICROS) for level in levels(days, begins, last)]
    each = [days[day].quantity if day in days else Decimal(0) for day in every_day(begins, last)]
    return [int(total * MICROS) for total in accumulate(each)]


def _come_to(row: UsageMonth, days: Days, rise: Pace, edge: int, *, today: date) -> Decimal:
    """What the month comes to at one edge of the range; never less than what it has come to already, where what was
    used stays used."""
    used, left = Decimal(row.used), (Month(row.month).last - today).days + 1
    more = _whole(rise.more_in(left)[edge])
    if row.rated_by == RatedBy.TOTAL:
        until_today = used - (days[today].quantity if today in days else Decimal(0))
        return max(used, until_today + more)
    stood = levels(days, today - timedelta(days=1), today)[0]
    at_the_end = max(Decimal(0), stood + more)
    if row.rated_by == RatedBy.PEAK:
        return max(used, at_the_end)
    if row.rated_by == RatedBy.LAST:
        return at_the_end
    whole = Month(row.month).last.day
    return (used * (whole - left) + (stood + at_the_end) / 2 * left) / whole


def _whole(micros: float) -> Decimal:
    return Decimal(round(micros)) / MICROS

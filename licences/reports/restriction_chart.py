"""A trend as a picture: where each line and each word stands. Numbers are written here, so no locale bends them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from licences import trend
from licences.indicator import YELLOW_FROM_PERCENT
from licences.reports.restriction_trend import WINDOW_DAYS, Trend

LAST: Final = WINDOW_DAYS - 1
"""Where today stands, in days from the left edge."""
AHEAD_FEWEST: Final = 21
AHEAD_MOST: Final = 60
ROOM_ABOVE: Final = 1.16


@dataclass(frozen=True, slots=True)
class Spark:
    """A tiny chart in a box of 89 × 20: the line and what lies below it, as the points of a polygon."""

    line: str
    area: str


def spark(shown: Trend) -> Spark | None:
    """From the lowest to the highest number, but a few of many never look like a cliff. None for a single day."""
    if not shown.is_known:
        return None
    low, high = min(shown.values), max(shown.values)
    least = max(4, (shown.limit or high) // 10)
    if high - low < least:
        low = max(0, (low + high - least) // 2)
        high = low + least
    first = _place(shown, shown.first_on)
    points = [f"{first + x},{18 - 16 * (value - low) / (high - low):.1f}" for x, value in enumerate(shown.values)]
    return Spark(" ".join(points), " ".join([f"{first},20", *points, f"{first + len(points) - 1},20"]))


@dataclass(frozen=True, slots=True)
class Level:
    """A line across the chart: how far down in percent, and what it stands for."""

    percent: str
    value: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A day on the axis: how far to the right in percent."""

    percent: str
    day: date


@dataclass(frozen=True, slots=True)
class Chart:
    """The box is `width` days × 100. `expected` is the line of what comes and `range_` the area of its 80 %; both are
    empty when nothing is forecast. `near` and `limit` are the lines at 85 and 100 %."""

    width: int
    line: str
    area: str
    expected: str
    range_: str
    now: Level
    today: Mark
    first: Mark
    end: Mark | None
    limit: Level | None
    near: Level | None
    highest: Level | None


def chart(shown: Trend) -> Chart | None:
    """The last 90 days and, when there is a forecast, some weeks to come. None when there is only one day."""
    if not shown.is_known:
        return None
    ahead = _ahead(shown)
    width = LAST + ahead
    highest = max(shown.values)
    top = max(highest, shown.limit or 0, 1) * ROOM_ABOVE
    first, last = _place(shown, shown.first_on), _place(shown, shown.last_on)
    points = [f"{first + x},{_y(value, top)}" for x, value in enumerate(shown.values)]
    expected, range_ = _to_come(shown, top, last, width) if ahead else ("", "")
    return Chart(
        width=width,
        line=" ".join(points),
        area=" ".join([f"{first},100", *points, f"{last},100"]),
        expected=expected,
        range_=range_,
        now=Level(_y(shown.values[-1], top), shown.values[-1]),
        today=_mark(shown, last, width),
        first=_mark(shown, 0, width),
        end=_mark(shown, width, width) if ahead else None,
        limit=Level(_y(shown.limit, top), shown.limit) if shown.limit else None,
        near=_near(shown.limit, top) if shown.limit else None,
        highest=None if shown.limit else Level(_y(highest, top), highest),
    )


def _ahead(shown: Trend) -> int:
    """So many days to come that the day on which the limit is reached can be seen, if it is near enough."""
    if shown.forecast is None:
        return 0
    return min(AHEAD_MOST, max(AHEAD_FEWEST, (shown.forecast.on - shown.today).days + 7))


def _to_come(shown: Trend, top: float, last: int, width: int) -> tuple[str, str]:
    now, pace = shown.values[-1], trend.pace(shown.values)
    assert pace is not None, "there is a forecast"  # noqa: S101
    edges = [(last + day, *pace.more_in(day)) for day in range(width - last + 1)]
    expected = [f"{x},{_y(now + likely, top)}" for x, _low, likely, _high in edges]
    high = [f"{x},{_y(now + above, top)}" for x, _low, _likely, above in edges]
    low = [f"{x},{_y(max(0, now + below), top)}" for x, below, _likely, _high in reversed(edges)]
    return " ".join(expected), " ".join(high + low)


def _near(limit: int, top: float) -> Level:
    """The first whole number at which the indicator is yellow."""
    return Level(_y(limit * YELLOW_FROM_PERCENT / 100, top), -(-limit * YELLOW_FROM_PERCENT // 100))


def _place(shown: Trend, day: date) -> int:
    return LAST - (shown.today - day).days


def _mark(shown: Trend, place: int, width: int) -> Mark:
    return Mark(f"{100 * place / width:.2f}%", shown.today + timedelta(days=place - LAST))


def _y(value: float, top: float) -> str:
    return f"{100 - 100 * value / top:.2f}"

"""A month as a picture: where each line, bar and word stands. Numbers are written here, so no locale bends them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Final, Self

from metering.periods import Month
from metering.reports.days.used import Days, levels
from metering.reports.months.forecast import MonthForecast

DAY: Final = 10
"""So wide is a day."""
ROOM_ABOVE: Final = Decimal("1.16")
SPARK_HEIGHT: Final = 40


@dataclass(frozen=True, slots=True)
class Course:
    """What a month had come to by the end of each day so far: its sum, of a gauge what it stood at. `corrected` belongs
    to no day: the line ends with it."""

    month: Month
    values: Sequence[Decimal]
    allowance: Decimal | None
    forecast: MonthForecast | None = None
    corrected: Decimal = Decimal(0)

    @classmethod
    def read(cls, month: Month, days: Days, *, is_gauge: bool, until: int, allowance: Decimal | None) -> Self:
        """Of the first `until` days of the month; `days` may go back further."""
        shown = month.days[:until]
        if is_gauge and shown:
            return cls(month, levels(days, month.first, shown[-1]), allowance)
        each = [days[day].quantity if day in days else Decimal(0) for day in shown]
        return cls(month, list(accumulate(each)), allowance)

    @property
    def ends_at(self) -> Decimal:
        return self.values[-1] + self.corrected

    @property
    def highest(self) -> Decimal:
        return max(*self.values, self.ends_at) if self.values else Decimal(0)

    @property
    def is_early_over(self) -> bool:
        """Whether the allowance was used up in the first half of the month."""
        first_half = self.values[: self.month.last.day // 2]
        return self.allowance is not None and max(first_half, default=Decimal(0)) >= self.allowance

    @property
    def width(self) -> int:
        return DAY * self.month.last.day


@dataclass(frozen=True, slots=True)
class Level:
    """A line across the chart: how far down in percent, and what it stands for."""

    percent: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Bar:
    """A day in a box as high as the day with the most: where it stands, and how far it reaches down from where."""

    x: int
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The box is `width` × 100; `expected` and `range_` are empty when nothing is forecast. `now` is the newest value,
    `right` how far to the right it stands, in percent. `is_early_over`: the line crosses the
    allowance's on the left."""

    width: int
    line: str
    area: str
    expected: str
    range_: str
    now: Level
    right: str
    is_late: bool
    is_early_over: bool
    allowance: Level | None
    bars: Sequence[Bar]
    most: Decimal


def chart(course: Course, each_day: Sequence[Decimal]) -> Chart | None:
    """The month so far against its allowance, and what each day added. None before its first day, and where nothing was
    used and nothing is expected."""
    ahead = course.forecast
    if not course.values or not (course.highest or ahead):
        return None
    top = max(course.highest, course.allowance or 0, ahead.high if ahead else 0, Decimal(1)) * ROOM_ABOVE
    points = [f"{_middle(place)},{_y(value, top)}" for place, value in enumerate(course.values)]
    last = _middle(len(course.values) - 1)
    if course.corrected:
        points.append(f"{last},{_y(course.ends_at, top)}")
    expected, range_ = _to_come(course, ahead, top, last) if ahead else ("", "")
    right = 100 * last / course.width
    most = max(each_day, default=Decimal(0))
    return Chart(
        width=course.width,
        line=" ".join(points),
        area=" ".join([f"{_middle(0)},100", *points, f"{last},100"]),
        expected=expected,
        range_=range_,
        now=Level(_y(course.ends_at, top), course.ends_at),
        right=f"{right:.2f}",
        is_late=right > 50,
        is_early_over=course.is_early_over,
        allowance=Level(_y(course.allowance, top), course.allowance) if course.allowance else None,
        bars=[_bar(place, value, most) for place, value in enumerate(each_day) if value > 0],
        most=most,
    )


def _to_come(course: Course, ahead: MonthForecast, top: Decimal, last: int) -> tuple[str, str]:
    now, end = _y(course.ends_at, top), course.width
    low, high = _y(ahead.low, top), _y(ahead.high, top)
    return f"{last},{now} {end},{_y(ahead.likely, top)}", f"{last},{now} {end},{high} {end},{low}"


def _bar(place: int, value: Decimal, most: Decimal) -> Bar:
    height = 100 * value / most
    return Bar(place * DAY + 2, f"{100 - height:.2f}", f"{height:.2f}")


def _middle(place: int) -> int:
    return place * DAY + DAY // 2


def _y(value: Decimal, top: Decimal) -> str:
    return f"{100 - 100 * max(value, Decimal(0)) / top:.2f}"


@dataclass(frozen=True, slots=True)
class Spark:
    """A tiny chart in a box of `width` × 40: the line and what lies below it, and how far down the allowance is."""

    width: int
    line: str
    area: str
    allowance: str


def spark(course: Course) -> Spark | None:
    """None where a line would say nothing: with less than two days, or nothing used."""
    if len(course.values) < 2 or not course.highest:
        return None
    top = max(course.highest, course.allowance or 0) * Decimal("1.08")
    points = [f"{_middle(place)},{_at(value, top)}" for place, value in enumerate(course.values)]
    if course.corrected:
        points.append(f"{_middle(len(course.values) - 1)},{_at(course.ends_at, top)}")
    bottom, last = SPARK_HEIGHT, _middle(len(course.values) - 1)
    return Spark(
        width=course.width,
        line=" ".join(points),
        area=" ".join([f"{_middle(0)},{bottom}", *points, f"{last},{bottom}"]),
        allowance=_at(course.allowance, top) if course.allowance else "",
    )


def _at(value: Decimal, top: Decimal) -> str:
    return f"{SPARK_HEIGHT - SPARK_HEIGHT * max(value, Decimal(0)) / top:.1f}"

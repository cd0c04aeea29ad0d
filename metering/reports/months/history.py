"""Thirteen months of one service side by side: used, included, beyond, and what it cost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from config.csv_export import Cell
from licences.models import Tenant
from metering.models import UsageMonth
from metering.money import major
from metering.periods import Month
from metering.rating import Rating, plain
from metering.reports.invoices.by_month import LatePart, invoiced, with_lines

SHOWN: Final = 13
"""A year, and the same month of the year before."""
STEP: Final = 10


@dataclass(frozen=True, slots=True)
class PastMonth:
    """A service in a month. `amount_minor` is what was invoiced, with what came later; where something of it is still
    to be invoiced it is what the month comes to so far. `line_minor` is what its own invoice has of it, None where
    that has no line; `is_open`: that is still to come."""

    month: Month
    row: UsageMonth
    rating: Rating
    amount_minor: int
    line_minor: int | None
    is_open: bool
    late: Sequence[LatePart]

    @property
    def allowance(self) -> Decimal | None:
        """None where no tariff is agreed."""
        return self.rating.allowance if self.row.tariff else None

    @property
    def is_over(self) -> bool:
        return self.rating.overage > 0


def months_of(tenant: Tenant, service_code: str) -> QuerySet[UsageMonth]:
    """The service's months, the newest first, each with its tariff and its lines on invoices."""
    rows = UsageMonth.objects.filter(tenant=tenant, service__code=service_code)
    return with_lines(rows, tenant).select_related("service", "tariff").order_by("-month")


def past_month(row: UsageMonth) -> PastMonth:
    """One of `months_of`, rated."""
    rating = row.rating
    of = invoiced(row, rating.amount_minor)
    amount = rating.amount_minor if row.edition == 0 or row.has_late or of.amount_minor is None else of.amount_minor
    return PastMonth(Month(row.month), row, rating, amount, of.line_minor, of.is_open, of.late)


@dataclass(frozen=True, slots=True)
class Column:
    """A month in a box of 100: how high it stands, up to its allowance and beyond, each with where it begins."""

    x: int
    within_y: str
    within: str
    over_y: str
    over: str
    allowance: str


@dataclass(frozen=True, slots=True)
class HistoryChart:
    """The oldest month on the left; `width` is ten for each."""

    width: int
    columns: Sequence[Column]


def history_chart(months: Sequence[PastMonth]) -> HistoryChart | None:
    """None for a single month: there is nothing to compare."""
    if len(months) < 2:
        return None
    highest = max(max(each.rating.used, each.allowance or Decimal(0)) for each in months)
    top = max(highest, Decimal(1)) * Decimal("1.05")
    return HistoryChart(STEP * len(months), [_column(n, each, top) for n, each in enumerate(reversed(months))])


def _column(place: int, each: PastMonth, top: Decimal) -> Column:
    used = max(each.rating.used, Decimal(0))
    within = used - each.rating.overage if each.is_over else used
    return Column(
        x=place * STEP + 1,
        within_y=_percent(top - within, top),
        within=_percent(within, top),
        over_y=_percent(top - used, top),
        over=_percent(used - within, top),
        allowance=_percent(top - each.allowance, top) if each.allowance else "",
    )


def _percent(value: Decimal, top: Decimal) -> str:
    return f"{100 * value / top:.2f}"


def header() -> list[str]:
    """What the columns of `table` are called."""
    return [
        _("Month"),
        _("Used"),
        _("Allowance"),
        _("Beyond allowance"),
        _("Users"),
        _("Amount"),
        _("Currency"),
        _("Invoice"),
        _("How the allowance comes about"),
    ]


def table(tenant: Tenant, months: Sequence[PastMonth]) -> Iterator[list[Cell]]:
    """The months that the page shows, the newest first."""
    for each in months:
        tariff = each.row.tariff
        currency = tariff.currency if tariff else tenant.currency
        yield [
            str(each.month),
            Decimal(plain(each.rating.used)),
            None if each.allowance is None else Decimal(plain(each.allowance)),
            Decimal(plain(each.rating.overage)),
            each.row.users,
            major(each.amount_minor, currency),
            currency,
            _("not yet drawn") if each.is_open else _("drawn"),
            each.rating.formulas["allowance"] if tariff else _("no tariff"),
        ]

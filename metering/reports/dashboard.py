"""The metered services of a tenant in one month, on one page: a card for each, the invoice so far, the alerts.

Five queries, whatever was used. Sources: design §8, metering rules R10, R21, R22, R31.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from django.db.models import Q
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from config.csv_export import Cell
from licences.models import Tenant
from metering.models import MeteredService, UsageAlert, UsageMonth
from metering.money import major
from metering.periods import Month
from metering.rating import plain
from metering.reports.alerts import alerts_of
from metering.reports.days.used import Days, days_of_services
from metering.reports.invoices.by_month import LatePart, invoiced, late_by_invoice, with_lines
from metering.reports.months.chart import Course, Spark, spark
from metering.reports.months.forecast import MonthForecast, history_needed, month_forecast
from metering.reports.months.known import KnownMonth, MonthChoice, choice_of
from metering.reports.months.rated import (
    ServiceMonth,
    UseBar,
    UseState,
    bar_of,
    days_shown,
    is_stale,
    rating_of,
    service_month,
    use_state,
)


@dataclass(frozen=True, slots=True)
class Card:
    """A service in the month. `newest_on` is the last day on which something was counted; `measured_at` when a gauge
    was last measured, and `is_stale` that this is long ago. `late` is what came after the month's invoice."""

    of: ServiceMonth
    spark: Spark | None
    forecast: MonthForecast | None
    newest_on: date | None
    measured_at: datetime | None
    is_stale: bool
    late: Sequence[LatePart]

    @property
    def bar(self) -> UseBar:
        return bar_of(self.of)

    def currency(self, usual: str) -> str:
        """The currency of its price; without a price the tenant's."""
        return self.of.row.tariff.currency if self.of.row and self.of.row.tariff else usual

    @property
    def is_demo(self) -> bool:
        return bool(self.of.row and self.of.row.tariff and self.of.row.tariff.is_demo)


@dataclass(frozen=True, slots=True)
class Passed:
    """The highest threshold that a service came to at one moment, and those that it passed at once."""

    alert: UsageAlert
    others: Sequence[int]

    @property
    def level(self) -> UseState:
        return use_state(Decimal(self.alert.threshold), Decimal(100))

    @property
    def others_text(self) -> str:
        """“50, 85 and 100”, or “50”."""
        return get_text_list([str(each) for each in self.others], _("and"))


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the page shows. `total_minor` is that of the invoice, or what it would be if it were drawn now; None before
    anything is known of the month. `late_minor` is what of it came late, for earlier months, while it is a draft."""

    choice: MonthChoice
    cards: Sequence[Card]
    alerts: Sequence[Passed]
    total_minor: int | None
    late_minor: int
    currency: str
    as_of: datetime

    @property
    def month(self) -> KnownMonth:
        return self.choice.shown

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever reported."""
        return not any(each.events for each in self.choice.months)

    @property
    def is_demo(self) -> bool:
        return any(card.is_demo for card in self.cards)

    @property
    def late(self) -> Sequence[LatePart]:
        """What came after the month's invoice, by the invoice that it is on."""
        return late_by_invoice([part for card in self.cards for part in card.late])

    @property
    def serious(self) -> int:
        """How many alerts are of 85 % or more."""
        return sum(each.level != UseState.WITHIN for each in self.alerts)


def dashboard(tenant: Tenant, asked: str) -> Dashboard:
    """The month that is asked for, or the nearest that there is."""
    choice = choice_of(tenant, asked)
    rows = rows_of(tenant, choice)
    services = list(MeteredService.objects.order_by("sort_order"))
    alerts = alerts_of(tenant).filter(month=choice.shown.month.first)
    return Dashboard(
        choice=choice,
        cards=list(_cards(tenant, choice.shown.month, services, rows)),
        alerts=passed(alerts.order_by("-at", "service", "-threshold")),
        total_minor=total_of(choice.shown, rows),
        late_minor=sum(_due(row) for row in rows if row.month < choice.shown.month.first),
        currency=choice.shown.currency or tenant.currency,
        as_of=timezone.now().replace(second=0, microsecond=0),
    )


def passed(alerts: Iterable[UsageAlert]) -> list[Passed]:
    """One for each service and moment, the highest threshold first. The alerts come by these, each's highest first."""
    found = []
    for _key, each in groupby(alerts, key=lambda alert: (alert.at, alert.service_id)):
        highest, *others = each
        found.append(Passed(highest, sorted(other.threshold for other in others)))
    return sorted(found, key=lambda each: each.alert.threshold, reverse=True)


def rows_of(tenant: Tenant, choice: MonthChoice) -> list[UsageMonth]:
    """The rows of the month; and of earlier ones what the month's invoice takes in, if it is the next to be drawn. Each
    comes with its tariff, and with its lines on invoices."""
    month = choice.shown.month
    rows = with_lines(UsageMonth.objects.filter(tenant=tenant), tenant)
    return list(rows.filter(Q(month=month.first) | Q(taker=month.first)).select_related("tariff"))


def total_of(month: KnownMonth, rows: Sequence[UsageMonth]) -> int | None:
    """What the invoice says, or would say: for each row what it comes to, less what was invoiced for it before."""
    if month.total_minor is not None:
        return month.total_minor
    if not any(row.month == month.month.first for row in rows):
        return None
    return sum(_due(row) for row in rows)


def _due(row: UsageMonth) -> int:
    amount = rating_of(row).amount_minor
    return amount - (invoiced(row, amount).amount_minor or 0)


def _cards(
    tenant: Tenant, month: Month, services: Sequence[MeteredService], rows: Sequence[UsageMonth]
) -> Iterator[Card]:
    today = tenant.today
    first = min(month.first, history_needed(today)) if month.first <= today <= month.last else month.first
    days = days_of_services(tenant, [service.pk for service in services], first=first, last=month.last)
    by_service = {row.service_id: row for row in rows if row.month == month.first}
    for service in services:
        yield _card(service_month(service, by_service.get(service.pk)), month, days[service.pk], today=today)


def _card(of: ServiceMonth, month: Month, days: Days, *, today: date) -> Card:
    forecast = month_forecast(of.row, days, today=today) if of.row else None
    is_gauge = of.service.kind == MeteredService.Kind.GAUGE
    until, measured_at = days_shown(month, today), of.row.last_time if of.row else None
    course = Course.read(month, days, is_gauge=is_gauge, until=until, allowance=of.allowance)
    if course.values and not is_gauge:
        course = replace(course, corrected=of.used - course.values[-1])
    return Card(
        of=of,
        spark=spark(course),
        forecast=forecast,
        newest_on=max((day for day in days if day >= month.first), default=None),
        measured_at=measured_at,
        is_stale=is_gauge and today <= month.last and is_stale(measured_at),
        late=invoiced(of.row, of.rating.amount_minor).late if of.row else (),
    )


def header() -> list[str]:
    """What the columns of `table` are called."""
    return [
        _("Service"),
        _("Used"),
        _("Unit"),
        _("Allowance"),
        _("State"),
        _("Beyond allowance"),
        _("Amount so far"),
        _("Currency"),
        _("Expected"),
        _("At least"),
        _("At most"),
    ]


def table(shown: Dashboard) -> Iterator[list[Cell]]:
    """A row for each service, as on the cards."""
    for card in shown.cards:
        of, ahead = card.of, card.forecast.rounded if card.forecast else None
        yield [
            of.service.name,
            Decimal(plain(of.used)),
            of.service.unit,
            None if of.allowance is None else Decimal(plain(of.allowance)),
            str(of.state),
            Decimal(plain(of.rating.overage)),
            major(of.rating.amount_minor, card.currency(shown.currency)),
            card.currency(shown.currency),
            *([Decimal(plain(each)) for each in (ahead.likely, ahead.low, ahead.high)] if ahead else [None] * 3),
        ]

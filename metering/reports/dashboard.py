"""The metered services of a tenant in one month, on one page: a card for each, the invoice so far, the alerts.

Six queries, whatever was used. Sources: design §8, metering rules R10, R21, R22, R31.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import OuterRef, Q, Subquery, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from config.csv_export import Cell
from licences.models import Tenant
from metering.invoice_lines import terms_of
from metering.models import InvoiceLine, MeteredService, UsageAlert, UsageMonth
from metering.money import major
from metering.periods import Month
from metering.rating import Rating, plain, rate
from metering.reports.days import Days, days_of_services
from metering.reports.forecast import MonthForecast, history_needed, month_forecast
from metering.reports.known_months import KnownMonth, MonthChoice, choice_of
from metering.reports.month_chart import Course, Spark, spark
from metering.reports.months import ServiceMonth

STALE: Final = timedelta(hours=48)
"""A gauge is measured daily at least; what is older than two such days is not trusted silently. Source: R10."""


@dataclass(frozen=True, slots=True)
class UseBar:
    """A bar of 100: what is within the allowance, and what goes beyond; all of it is what was used, once it is over."""

    within: str
    over: str


def bar_of(of: ServiceMonth) -> UseBar:
    """Of a service without an allowance there is no bar: it stays empty."""
    if of.allowance is None or of.used <= 0:
        return UseBar("0", "")
    if of.used <= of.allowance:
        return UseBar(f"{100 * of.used / of.allowance:.2f}", "")
    within = 100 * of.allowance / of.used
    return UseBar(f"{within:.2f}", f"{100 - within:.2f}")


@dataclass(frozen=True, slots=True)
class Card:
    """A service in the month. `newest_on` is the last day on which something was counted; `measured_at` when a gauge
    was last measured, and `is_stale` that this is long ago."""

    of: ServiceMonth
    spark: Spark | None
    forecast: MonthForecast | None
    newest_on: date | None
    measured_at: datetime | None
    is_stale: bool

    @property
    def bar(self) -> UseBar:
        return bar_of(self.of)

    def currency(self, usual: str) -> str:
        """The currency of its price; without a price the tenant's."""
        return self.of.row.tariff.currency if self.of.row and self.of.row.tariff else usual

    @property
    def is_demo(self) -> bool:
        return bool(self.of.row and self.of.row.tariff and self.of.row.tariff.is_demo)

    @property
    def has_late(self) -> bool:
        """Whether something came after the invoice: it is on the next one."""
        taker: date | None = getattr(self.of.row, "taker", None)
        return self.of.row is not None and (self.of.row.has_late or taker not in (None, self.of.row.month))


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the page shows. `total_minor` is that of the invoice, or what it would be if it were drawn now; None before
    anything is known of the month. `late_minor` is what of it came late, for earlier months, while it is a draft."""

    choice: MonthChoice
    cards: Sequence[Card]
    alerts: Sequence[UsageAlert]
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


def dashboard(tenant: Tenant, asked: str) -> Dashboard:
    """The month that is asked for, or the nearest that there is."""
    choice = choice_of(tenant, asked)
    rows = rows_of(tenant, choice)
    services = list(MeteredService.objects.order_by("sort_order"))
    alerts = UsageAlert.objects.filter(tenant=tenant, month=choice.shown.month.first).select_related("service")
    return Dashboard(
        choice=choice,
        cards=list(_cards(tenant, choice.shown.month, services, rows)),
        alerts=list(alerts.order_by("-at", "-threshold")),
        total_minor=total_of(choice.shown, rows),
        late_minor=sum(_due(row) for row in rows if row.month < choice.shown.month.first),
        currency=choice.shown.currency or tenant.currency,
        as_of=timezone.now().replace(second=0, microsecond=0),
    )


def rows_of(tenant: Tenant, choice: MonthChoice) -> list[UsageMonth]:
    """The rows of the month; and of earlier ones what the month's invoice takes in, if it is the next to be drawn. Each
    comes with its tariff, and with what was invoiced for it so far."""
    month = choice.shown.month
    lines = InvoiceLine.objects.filter(tenant=tenant, service=OuterRef("service"), month=OuterRef("month"))
    sums = lines.order_by().values("service").annotate(sum=Sum("amount_minor")).values("sum")
    rows = UsageMonth.objects.filter(tenant=tenant).with_taker().annotate(invoiced=Subquery(sums))
    return list(rows.filter(Q(month=month.first) | Q(taker=month.first)).select_related("tariff"))


def total_of(month: KnownMonth, rows: Sequence[UsageMonth]) -> int | None:
    """What the invoice says, or would say: for each row what it comes to, less what was invoiced for it before."""
    if month.total_minor is not None:
        return month.total_minor
    if not any(row.month == month.month.first for row in rows):
        return None
    return sum(_due(row) for row in rows)


def _due(row: UsageMonth) -> int:
    invoiced: int | None = getattr(row, "invoiced", None)
    return _rating(row).amount_minor - (invoiced or 0)


def service_month(service: MeteredService, row: UsageMonth | None) -> ServiceMonth:
    """A service in a month, by its row."""
    return ServiceMonth(service, row, _rating(row))


def _rating(row: UsageMonth | None) -> Rating:
    if row is None:
        return rate(terms_of(None), used=Decimal(0), users=0)
    return rate(terms_of(row.tariff), used=row.used, users=row.users)


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
    return Card(
        of=of,
        spark=spark(course),
        forecast=forecast,
        newest_on=max((day for day in days if day >= month.first), default=None),
        measured_at=measured_at,
        is_stale=is_gauge and today <= month.last and is_stale(measured_at),
    )


def days_shown(month: Month, today: date) -> int:
    """How many days of the month there have been."""
    return max(0, min((today - month.first).days + 1, month.last.day))


def is_stale(measured_at: datetime | None) -> bool:
    """Whether a gauge was measured, and not since long."""
    return measured_at is not None and timezone.now() - measured_at > STALE


def header() -> list[str]:
    """What the columns of `table` are called."""
    return [
        _("Service"),
        _("Used"),
        _("Unit"),
        _("Allowance"),
        _("State"),
        _("Over"),
        _("Price so far"),
        _("Currency"),
        _("Expected"),
        _("At least"),
        _("At most"),
    ]


def table(shown: Dashboard) -> Iterator[list[Cell]]:
    """A row for each service, as on the cards."""
    for card in shown.cards:
        of, ahead = card.of, card.forecast
        yield [
            of.service.name,
            Decimal(plain(of.used)),
            of.service.unit,
            None if of.allowance is None else Decimal(plain(of.allowance)),
            str(of.state),
            Decimal(plain(of.rating.overage)),
            major(of.rating.amount_minor, card.currency(shown.currency)),
            card.currency(shown.currency),
            *([ahead.likely, ahead.low, ahead.high] if ahead else [None] * 3),
        ]

"""One service in one month: day by day, against its allowance, where it is heading, and the months before.

At most seven queries, of what is kept by day and month, whatever was used. Sources: design §8, metering rules §19.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from licences.models import Tenant
from metering.figures import decimals_of
from metering.models import Correction, MeteredService, UsageMonth
from metering.periods import Month, MonthState
from metering.reports.days.rows import Beside, DayRow, Sent, Stretch, beside_of, day_rows, stretches
from metering.reports.days.used import days_of_services
from metering.reports.events.listed import EventPage, Place, events_of_day
from metering.reports.months.chart import Chart, Course, chart
from metering.reports.months.forecast import TESTED_DAYS, MonthForecast, Tested, month_forecast, tested
from metering.reports.months.history import SHOWN, HistoryChart, PastMonth, history_chart, months_of, past_month
from metering.reports.months.known import KnownMonth, MonthChoice, choose, state_of
from metering.reports.months.rated import ServiceMonth, UseBar, bar_of, days_shown, is_stale, service_month
from metering.reports.users import users_by_day

MOST_SOURCES: Final = 50
"""So many are shown."""


@dataclass(frozen=True, slots=True)
class ServiceQuery:
    """What the address asks for; what makes no sense is left out."""

    month: str = ""
    day: date | None = None
    before: Place | None = None

    @classmethod
    def from_address(cls, params: Mapping[str, str]) -> "ServiceQuery":
        try:
            day = date.fromisoformat(params.get("day", ""))
        except ValueError:
            return cls(month=params.get("month", ""))
        return cls(month=str(Month.of(day)), day=day, before=Place.read(params.get("before", "")))


@dataclass(frozen=True, slots=True)
class UserDay:
    """A day on which it changed how many users there were. `is_peak`: the number that the allowance stands on."""

    day: date
    most: int
    last: int
    is_peak: bool


@dataclass(frozen=True, slots=True)
class FromSource:
    """What came from one source in the month."""

    source: str
    quantity: Decimal
    events: int


@dataclass(frozen=True, slots=True)
class ServiceDetail:
    """What the page shows. `events` are those of the day that is asked for."""

    today: date
    choice: MonthChoice
    of: ServiceMonth
    days: Sequence[DayRow]
    chart: Chart | None
    forecast: MonthForecast | None
    tested: Tested | None
    history: Sequence[PastMonth]
    history_chart: HistoryChart | None
    users: Sequence[UserDay]
    corrections: Sequence[Correction]
    all_sources: Sequence[FromSource]
    beside: Beside
    events: EventPage | None
    currency: str
    is_stale: bool

    @property
    def month(self) -> KnownMonth:
        return self.choice.shown

    @property
    def service(self) -> MeteredService:
        return self.of.service

    @property
    def bar(self) -> UseBar:
        return bar_of(self.of)

    @property
    def sources(self) -> Sequence[FromSource]:
        """Those with the most."""
        return self.all_sources[:MOST_SOURCES]

    @property
    def more_sources(self) -> int:
        return len(self.all_sources) - len(self.sources)

    @property
    def is_gauge(self) -> bool:
        return self.service.kind == MeteredService.Kind.GAUGE

    @property
    def adjusted(self) -> Decimal | None:
        """What adjustments by hand come to; None where there are none."""
        return adjusted_by(self.corrections)

    @property
    def stretches(self) -> Sequence[Stretch]:
        """The days, the newest first."""
        return stretches(self.days)[::-1]

    @property
    def has_repeats(self) -> bool:
        return any(row.repeats for row in self.days)

    @property
    def has_taken_out(self) -> bool:
        return any(row.taken_out for row in self.days)

    @property
    def has_totals(self) -> bool:
        return any(row.totals for row in self.days)

    @property
    def decimals(self) -> int:
        """As many as the number needs that needs the most, so that all stand in line."""
        numbers = [number for row in self.days for number in (row.counted, row.so_far)]
        return max((decimals_of(each) for each in [*numbers, *(h.rating.used for h in self.history)]), default=0)

    @property
    def taken(self) -> int:
        """How many events support took out."""
        return sum(each.kind == Correction.Kind.VOID for each in self.corrections)

    @property
    def mismatches(self) -> int:
        """Days of sources of which the producer says something else."""
        return sum(total.matches is False for row in self.days for total in row.totals)


def adjusted_by(corrections: Sequence[Correction]) -> Decimal | None:
    """What the adjustments among them come to; None where there are none."""
    numbers = [each.quantity for each in corrections if each.kind == Correction.Kind.ADJUST]
    return sum(numbers, Decimal(0)) if numbers else None


class NoSuchService(Exception):
    """Nothing with this code is metered."""


def service_detail(tenant: Tenant, code: str, query: ServiceQuery) -> ServiceDetail:
    """The month that is asked for, or the nearest of which something is known. Raises NoSuchService."""
    rows = list(months_of(tenant, code))
    service = rows[0].service if rows else MeteredService.objects.filter(code=code).first()
    if service is None:
        raise NoSuchService(code)
    choice = choose(tenant, [_known(tenant, row) for row in rows], query.month)
    month = choice.shown.month
    of = service_month(service, next((row for row in rows if row.month == month.first), None))
    return _detail(tenant, of, choice, [past_month(row) for row in rows[:SHOWN]], query)


def _known(tenant: Tenant, row: UsageMonth) -> KnownMonth:
    month = Month(row.month)
    return KnownMonth(month, state_of(tenant, month, is_final=not past_month(row).is_open), month.closes(tenant.zone))


def _detail(
    tenant: Tenant, of: ServiceMonth, choice: MonthChoice, history: Sequence[PastMonth], query: ServiceQuery
) -> ServiceDetail:
    month, today, service = choice.shown.month, tenant.today, of.service
    days = days_of_services(tenant, [service.pk], first=_first(month, today), last=month.last)[service.pk]
    corrections = list(Correction.objects.filter(tenant=tenant, service=service, month=month.first).order_by("at"))
    beside = beside_of(tenant, service, month)
    shown = day_rows(service, month, days, corrections, beside, until=days_shown(month, today))
    forecast = month_forecast(of.row, days, today=today) if of.row else None
    is_now = choice.shown.state == MonthState.OPEN
    is_gauge = service.kind == MeteredService.Kind.GAUGE
    corrected = Decimal(0) if is_gauge else adjusted_by(corrections) or Decimal(0)
    course = Course(month, [row.so_far for row in shown], of.allowance, forecast, corrected)
    return ServiceDetail(
        today=today,
        choice=choice,
        of=of,
        days=shown,
        chart=chart(course, [row.counted for row in shown]),
        forecast=forecast,
        tested=tested(of.row, days, today=today) if of.row and forecast else None,
        history=history,
        history_chart=history_chart(history),
        users=_users(tenant, month, of),
        corrections=corrections,
        all_sources=_sources(beside, is_gauge=is_gauge),
        beside=beside,
        events=_events(tenant, service, query, month),
        currency=of.row.tariff.currency if of.row and of.row.tariff else tenant.currency,
        is_stale=is_now and of.row is not None and is_stale(of.row.last_time),
    )


def _first(month: Month, today: date) -> date:
    """Forecasts look back; of a month that is over only its own days count."""
    if month.first <= today <= month.last:
        return min(month.first, today - timedelta(days=TESTED_DAYS))
    return month.first - timedelta(days=1)


def _users(tenant: Tenant, month: Month, of: ServiceMonth) -> list[UserDay]:
    peak = of.row.users if of.row else 0
    days, before = [], 0
    for day, most, last in users_by_day(tenant, month):
        days.append((day, max(most, before), last))
        before = last
    highest = next((day for day, most, _last in days if most == peak), None)
    return [UserDay(day, most, last, is_peak=day == highest) for day, most, last in days]


def _sources(beside: Beside, *, is_gauge: bool) -> list[FromSource]:
    found: dict[str, list[Sent]] = {}
    for key, sent in beside.sent.items():
        found.setdefault(key.source, []).append(sent)
    sources = [
        FromSource(
            source,
            max(each.quantity for each in of) if is_gauge else sum((each.quantity for each in of), Decimal(0)),
            sum(each.events for each in of),
        )
        for source, of in found.items()
    ]
    return sorted(sources, key=lambda each: (-each.quantity, each.source))


def _events(tenant: Tenant, service: MeteredService, query: ServiceQuery, month: Month) -> EventPage | None:
    if query.day is None or Month.of(query.day) != month:
        return None
    return events_of_day(tenant, service, query.day, before=query.before)

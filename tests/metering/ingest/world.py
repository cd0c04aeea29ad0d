"""Usage of a tenant as it might be, sent in some order, again and again, by several at once; and what it comes to."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from licences.models import Tenant
from metering.models import MeteredService, RatedBy, UsageAlert, UsageDay, UsageMonth
from metering.rating import THRESHOLDS
from metering.reports.recounts.counted import DayCount, MonthEdition, counted_days, spans
from tests.factories import MeteredServiceFactory, TariffFactory, scope_of
from tests.metering.sending import event

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
BEGINNING = datetime(2026, 10, 24, tzinfo=UTC)
NOVEMBER = datetime(2026, 10, 31, 23, tzinfo=UTC)
"""It begins in Oslo."""
MOST = Decimal(1_000)


@dataclass(frozen=True)
class Use:
    """An event to be sent, and what it must count as."""

    event_id: str
    service: str
    time: datetime
    quantity: Decimal

    def written(self) -> dict[str, Any]:
        return event(self.event_id, self.service, time=self.time, quantity=self.quantity)


def make_services() -> dict[str, MeteredService]:
    """Two sums and two gauges; 1,000 are included of each but the last, which has no tariff."""
    made = {}
    for code, kind in (("mails", "sum"), ("chats", "sum"), ("disk", "gauge"), ("files", "gauge")):
        made[code] = MeteredServiceFactory(code=code, kind=kind)
        if code != "files":
            rated_by = RatedBy.PEAK if kind == "gauge" else RatedBy.TOTAL
            TariffFactory(service=made[code], rated_by=rated_by, allowance_base=MOST, allowance_per_user=0)
    return made


def some_uses(chance: random.Random, number: int) -> list[Use]:
    """Of what has a value that lasts, and a tariff, all is in one month: what it begins with is another matter."""
    uses = []
    for place in range(number):
        service = chance.choice(["mails", "mails", "chats", "disk", "files"])
        since = NOVEMBER if service == "disk" else BEGINNING
        time = since + (NOW - since) * chance.random()
        quantity = Decimal(chance.randrange(1, 90_000_000)) / 1_000_000 * chance.choice([1, 1, 20])
        uses.append(Use(f"{service}-{place}", service, time, quantity))
    return uses


def some_batches(chance: random.Random, uses: Sequence[Use]) -> list[list[Use]]:
    """Every use at least once, some more often, in any order and parts of any size."""
    sent = [*uses, *chance.choices(uses, k=len(uses) // 2)]
    chance.shuffle(sent)
    batches = []
    while sent:
        size = chance.randint(1, 1 + len(uses) // 3)
        batches.append(sent[:size])
        del sent[:size]
    return batches


Newest = tuple[datetime, str, Decimal]


@dataclass(frozen=True)
class Total:
    """What some events come to; of a gauge with the newest."""

    quantity: Decimal
    events: int
    newest: Newest | None

    @classmethod
    def of(cls, uses: Sequence[Use], service: MeteredService) -> "Total":
        numbers = [use.quantity for use in uses]
        if service.kind == MeteredService.Kind.SUM:
            return cls(sum(numbers, Decimal(0)), len(uses), None)
        return cls(max(numbers), len(uses), max((use.time, use.event_id, use.quantity) for use in uses))


Totals = dict[tuple[str, date], Total]
Alerts = set[tuple[str, date, int]]


def expected(uses: Sequence[Use], tenant: Tenant, services: dict[str, MeteredService]) -> tuple[Totals, Totals, Alerts]:
    """By day, by month, and the alerts: reckoned once, from all uses."""
    days: dict[tuple[str, date], list[Use]] = {}
    months: dict[tuple[str, date], list[Use]] = {}
    for use in uses:
        day = use.time.astimezone(tenant.zone).date()
        days.setdefault((use.service, day), []).append(use)
        months.setdefault((use.service, day.replace(day=1)), []).append(use)
    by_month = {key: Total.of(of, services[key[0]]) for key, of in months.items()}
    alerts = {
        (service, month, threshold)
        for (service, month), total in by_month.items()
        for threshold in THRESHOLDS
        if service != "files" and 100 * total.quantity >= threshold * MOST
    }
    return {key: Total.of(of, services[key[0]]) for key, of in days.items()}, by_month, alerts


def stored(tenant: Tenant) -> tuple[Totals, Totals, Alerts]:
    """The same as the database has it; no alert stands there twice."""
    with scope_of(tenant):
        days = {
            (day.service.code, day.day): _total(day, day.quantity) for day in UsageDay.objects.select_related("service")
        }
        months = {
            (month.service.code, month.month): _total(month, month.total)
            for month in UsageMonth.objects.filter(events__gt=0).select_related("service")
        }
        alerts = [
            (alert.service.code, alert.month, alert.threshold) for alert in UsageAlert.objects.select_related("service")
        ]
    assert len(alerts) == len(set(alerts))
    return days, months, set(alerts)


def _total(row: UsageDay | UsageMonth, quantity: Decimal) -> Total:
    if row.last_time is None or row.last_id is None or row.last_quantity is None:
        return Total(quantity, row.events, None)
    return Total(quantity, row.events, (row.last_time, row.last_id, row.last_quantity))


def assert_days_are_what_their_events_say(tenant: Tenant) -> None:
    """Stored = counted anew from the raw events."""
    with scope_of(tenant):
        days = {
            (day.service_id, day.day, day.source, day.edition): (day.quantity, day.events)
            for day in UsageDay.objects.all()
        }
        asked = [
            MonthEdition(tenant.pk, row.service_id, row.month, edition)
            for row in UsageMonth.objects.all()
            for edition in range(row.edition + 1)
        ]
        again: dict[Any, DayCount] = dict(counted_days(spans(asked, {})))
    assert days == {key[1:]: (each.quantity, each.events) for key, each in again.items()}

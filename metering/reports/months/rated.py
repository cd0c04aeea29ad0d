"""What each service comes to in a month: used, included, and what goes beyond. Read only; a fixed number of queries.

Sources: design §8, §14.11, metering rules R11, R21.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from django.utils import timezone

from licences.models import Tenant
from metering.models import MeteredService, UsageMonth
from metering.periods import Month
from metering.rating import FREE, NEAR, Rating, plain, rate

STALE: Final = timedelta(hours=48)
"""A gauge is measured daily at least; what is older than two such days is not trusted silently. Source: R10."""


class UseState(StrEnum):
    """How near the allowance a service is, exactly. Without an allowance it is within."""

    WITHIN = "within"
    NEAR = "near"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class ServiceMonth:
    """One service in a month. `row` is None where nothing is known of it; then nothing was used.

    `rating` is what it would come to if the month ended now; without a tariff it is worked out for nothing.
    """

    service: MeteredService
    row: UsageMonth | None
    rating: Rating

    @property
    def used(self) -> Decimal:
        return self.rating.used

    @property
    def allowance(self) -> Decimal | None:
        """What is included; None where no tariff is agreed."""
        return self.rating.allowance if self.row is not None and self.row.tariff is not None else None

    @property
    def state(self) -> UseState:
        return use_state(self.used, self.allowance)

    @property
    def percent(self) -> int | None:
        """Whole percent of the allowance, rounded down: 85 is said only when it is near, 100 only when it is over."""
        return int(100 * self.used // self.allowance) if self.allowance else None

    @property
    def basis(self) -> Mapping[str, str | int] | None:
        """How the allowance comes about, as the API says it."""
        if self.row is None or self.row.tariff is None:
            return None
        terms = self.row.tariff.terms
        return {
            "base": plain(terms.base),
            "per_user": plain(terms.per_user),
            "users": self.rating.users,
            "formula": self.rating.formulas["allowance"],
        }


def use_state(used: Decimal, allowance: Decimal | None) -> UseState:
    """`near` from 85 % on; `over` from the whole allowance on, as an alert and a limit have it."""
    if allowance is None or (allowance == 0 and used <= 0):
        return UseState.WITHIN
    if used >= allowance:
        return UseState.OVER
    return UseState.NEAR if 100 * used >= NEAR * allowance else UseState.WITHIN


def service_months(tenant: Tenant, month: Month) -> list[ServiceMonth]:
    """Every service in its order; none on CRM Suite."""
    if tenant.is_suite:
        return []
    rows = UsageMonth.objects.filter(tenant=tenant, month=month.first).select_related("tariff")
    by_service = {row.service_id: row for row in rows}
    services = MeteredService.objects.order_by("sort_order")
    return [service_month(service, by_service.get(service.pk)) for service in services]


def service_month(service: MeteredService, row: UsageMonth | None) -> ServiceMonth:
    """A service in a month, by its row."""
    return ServiceMonth(service, row, rating_of(row))


def rating_of(row: UsageMonth | None) -> Rating:
    """What it comes to; where nothing is known of it, nothing."""
    return rate(FREE, used=Decimal(0), users=0) if row is None else row.rating


def days_shown(month: Month, today: date) -> int:
    """How many days of the month there have been."""
    return max(0, min((today - month.first).days + 1, month.last.day))


def is_stale(measured_at: datetime | None) -> bool:
    """Whether a gauge was measured, and not since long."""
    return measured_at is not None and timezone.now() - measured_at > STALE


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

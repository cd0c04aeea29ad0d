"""What everybody's use of the last full month would have cost by another tariff. Source: metering rules R23.

Rated as invoices are; a fixed number of queries, however many tenants there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.utils import timezone

from licences.models import Tenant
from metering.models import RatedBy, Tariff, UsageMonth
from metering.periods import Month
from metering.rating import Rating, number_that_counts, rate
from metering.reports.gauges import averages

LARGEST: Final = 10
LAST_CLOCK: Final = timedelta(hours=12)
"""Where a month ends last it is 12 hours behind UTC."""


@dataclass(frozen=True, slots=True)
class TenantChange:
    """What one tenant's month was rated at, and what the new tariff makes of it."""

    tenant: Tenant
    before: Rating
    after: Rating

    @property
    def difference_minor(self) -> int:
        return self.after.amount_minor - self.before.amount_minor


@dataclass(frozen=True, slots=True)
class TariffPreview:
    """`largest` are those whose amounts change most; amounts are in minor units of the tariff's currency."""

    month: Month
    tenants: int
    before_minor: int
    after_minor: int
    pay_more: int
    pay_less: int
    largest: Sequence[TenantChange]

    @property
    def difference_minor(self) -> int:
        return self.after_minor - self.before_minor

    @property
    def pay_the_same(self) -> int:
        return self.tenants - self.pay_more - self.pay_less


def last_full_month(now: datetime) -> Month:
    """The last month that is over everywhere."""
    return Month.of((now - LAST_CLOCK).date()).plus(-1)


def tariff_preview(tariff: Tariff) -> TariffPreview:
    """The tenants of the tariff's currency that used its service, or could have. At most two queries."""
    month = last_full_month(timezone.now())
    rows = UsageMonth.objects.filter(
        service=tariff.service_id, month=month.first, tenant__currency=tariff.currency
    ).select_related("tenant", "tariff")
    changes = list(_changes(list(rows), tariff))
    differences = [change.difference_minor for change in changes]
    moved = [change for change in changes if change.difference_minor]
    return TariffPreview(
        month,
        tenants=len(changes),
        before_minor=sum(change.before.amount_minor for change in changes),
        after_minor=sum(change.after.amount_minor for change in changes),
        pay_more=sum(difference > 0 for difference in differences),
        pay_less=sum(difference < 0 for difference in differences),
        largest=sorted(moved, key=lambda each: (-abs(each.difference_minor), each.tenant.pk))[:LARGEST],
    )


def _changes(rows: Sequence[UsageMonth], tariff: Tariff) -> list[TenantChange]:
    terms = tariff.terms
    asked = rows if tariff.rated_by == RatedBy.AVERAGE else []
    of_rows = {row.pk: average for row, average in averages(asked, at=timezone.now())}
    return [
        TenantChange(
            row.tenant,
            row.rating,
            rate(terms, used=_used(row, tariff.rated_by, of_rows.get(row.pk)), users=row.users),
        )
        for row in rows
    ]


def _used(row: UsageMonth, rated_by: str, average: Decimal | None) -> Decimal:
    """What would have counted."""
    number = number_that_counts(rated_by, total=row.total, carried=row.carried, last=row.last_quantity, average=average)
    return number + row.adjusted

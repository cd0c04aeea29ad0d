"""What a correction would come to, before anyone confirms it. Source: metering rules §19.13.

It is made by the service itself and taken back: what is shown is what will be.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from licences.models import Tenant
from metering.models import Correction, UsageMonth
from metering.periods import Month
from metering.rating import Rating


@dataclass(frozen=True, slots=True)
class MonthEffect:
    """One month, as it is and as it would be; of a gauge a later month may change too. `invoice` is the month whose
    invoice says so, None where none is to come; `is_late` that it is not its own, because that one is final."""

    row: UsageMonth
    before: Rating
    after: Rating
    invoice: Month | None
    is_late: bool

    @property
    def difference_minor(self) -> int:
        return self.after.amount_minor - self.before.amount_minor


class _TakenBack(Exception):
    """Ends the transaction in which the correction was only tried."""


def preview(tenant: Tenant, make: Callable[..., Correction], **said: Any) -> list[MonthEffect]:
    """What `make(tenant, **said)` would do to the months of the service, the corrected one first. Raises what it
    raises."""
    effects: list[MonthEffect] = []
    before = _rows(tenant)
    try:
        with transaction.atomic():
            correction = make(tenant, **said)
            after = _rows(tenant, service=correction.service_id, month__gte=correction.month)
            effects.extend(
                _effect(before[pk], row)
                for pk, row in after.items()
                if row.month == correction.month or row.used != before[pk].used
            )
            raise _TakenBack
    except _TakenBack:
        pass
    return effects


def _rows(tenant: Tenant, **which: Any) -> dict[int, UsageMonth]:
    months = UsageMonth.objects.filter(tenant=tenant, **which).with_taker()
    rows = months.select_related("tenant", "service", "tariff")
    return {row.pk: row for row in rows.order_by("month", "pk")}


def _effect(before: UsageMonth, after: UsageMonth) -> MonthEffect:
    invoice = invoice_that_says_it(after)
    return MonthEffect(after, before.rating, after.rating, invoice, is_late=invoice != Month(after.month))


def invoice_that_says_it(row: UsageMonth) -> Month | None:
    """The month's own while that is not drawn; then the next one that is to come, at the latest this month's, which on
    CRM Suite never comes."""
    if row.taker:
        return Month(row.taker)
    return None if row.tenant.is_suite else Month.of(row.tenant.today)

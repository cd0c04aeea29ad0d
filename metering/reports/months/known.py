"""The months of which something is known, each with its state and its invoice: what a month is chosen from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import connection
from django.utils import timezone

from licences.models import Tenant
from metering.periods import Month, MonthState

KNOWN: Final = """
SELECT of_tenant.month, sum(of_tenant.events), invoice.number, invoice.total_minor,
    invoice.currency, invoice.finalised_at
FROM metering_usagemonth of_tenant
LEFT JOIN metering_invoice invoice ON invoice.tenant_id = of_tenant.tenant_id AND invoice.month = of_tenant.month
WHERE of_tenant.tenant_id = %s
GROUP BY of_tenant.month, invoice.id ORDER BY of_tenant.month DESC
"""


@dataclass(frozen=True, slots=True)
class KnownMonth:
    """A month of a tenant's. The invoice's own facts are None before it is drawn."""

    month: Month
    state: MonthState
    closes_at: datetime
    events: int = 0
    number: str | None = None
    total_minor: int | None = None
    currency: str | None = None
    finalised_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MonthChoice:
    """The month that is shown among those that can be; `months` begins with the newest. `is_other`: nothing is known of
    the month that was asked for."""

    shown: KnownMonth
    months: Sequence[KnownMonth]
    is_other: bool = False

    @property
    def earlier(self) -> KnownMonth | None:
        return next((each for each in self.months if each.month < self.shown.month), None)

    @property
    def later(self) -> KnownMonth | None:
        return next((each for each in reversed(self.months) if each.month > self.shown.month), None)


def choice_of(tenant: Tenant, asked: str) -> MonthChoice:
    """Among all months of the tenant's. One query."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [tenant.pk])
        rows = cursor.fetchall()
    return choose(tenant, [_known(tenant, *row) for row in rows], asked)


def choose(tenant: Tenant, known: Sequence[KnownMonth], asked: str) -> MonthChoice:
    """The month that is asked for; where nothing is known of it the nearest of which something is, and the present one
    for what is no month. The present month can always be chosen, also if nothing is known of it yet."""
    present = Month.of(tenant.today)
    months = list(known)
    if all(each.month != present for each in months):
        months.append(KnownMonth(present, MonthState.OPEN, present.closes(tenant.zone)))
    months.sort(key=lambda each: each.month, reverse=True)
    wanted = Month.parse(asked) or present
    nearest = min(months, key=lambda each: abs((each.month.first - wanted.first).days))
    return MonthChoice(nearest, months, is_other=asked not in ("", str(nearest.month)))


def _known(
    tenant: Tenant,
    month: date,
    events: int,
    number: str | None,
    total_minor: int | None,
    currency: str | None,
    finalised_at: datetime | None,
) -> KnownMonth:
    of = Month(month)
    return KnownMonth(
        month=of,
        state=state_of(tenant, of, is_final=number is not None),
        closes_at=of.closes(tenant.zone),
        events=int(events),
        number=number,
        total_minor=total_minor,
        currency=currency,
        finalised_at=finalised_at,
    )


def state_of(tenant: Tenant, month: Month, *, is_final: bool) -> MonthState:
    """Whether events still come, the invoice is waited for, or is final."""
    if is_final:
        return MonthState.FINAL
    return MonthState.OPEN if timezone.now() < month.end(tenant.zone) else MonthState.CLOSING

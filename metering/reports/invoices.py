"""A month's invoice: the one that was drawn, or what it would say if it were drawn now.

Sources: metering rules R24, R25.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, Q

from licences.models import Tenant
from metering.invoice_lines import drawn_lines
from metering.models import Invoice, InvoiceLine, UsageDay, UsageMonth
from metering.periods import Month, MonthState
from metering.reports.counted import DayCount, DayKey, Of
from metering.reports.months import month_state

ORDER = ("service__sort_order", "-month")


@dataclass(frozen=True, slots=True)
class ShownInvoice:
    """An invoice to read. `invoice` is None while it is a draft; lines come with their service, in order."""

    month: Month
    state: MonthState
    currency: str
    total_minor: int
    lines: Sequence[InvoiceLine]
    invoice: Invoice | None = None


def invoice_of(tenant: Tenant, month: Month) -> ShownInvoice | None:
    """The invoice of the month or its draft; None where nothing is known of the month, and on CRM Suite before any."""
    invoice = Invoice.objects.filter(tenant=tenant, month=month.first).first()
    if invoice is not None:
        lines = list(invoice.lines.filter(tenant=tenant).select_related("service").order_by(*ORDER))
        return ShownInvoice(month, MonthState.FINAL, invoice.currency, invoice.total_minor, lines, invoice)
    rows = list(_to_take_in(tenant, month))
    if not any(row.month == month.first for row in rows):
        return None
    lines = _draft(rows)
    total = sum(line.amount_minor for line in lines)
    return ShownInvoice(month, month_state(tenant, month), tenant.currency, total, lines)


def _to_take_in(tenant: Tenant, month: Month) -> Sequence[UsageMonth]:
    """The month's own rows; and late usage of earlier months, which the first invoice to come takes in."""
    waiting = UsageMonth.objects.filter(tenant=tenant, month__lt=month.first, edition=0)
    own, late = Q(month=month.first, edition=0), Q(month__lt=month.first, has_late=True) & ~Q(Exists(waiting))
    rows = UsageMonth.objects.filter(own | late, tenant=tenant)
    return list(rows.select_related("tenant", "service", "tariff").order_by(*ORDER))


def _draft(rows: Sequence[UsageMonth]) -> list[InvoiceLine]:
    days = _days(rows)
    lines = drawn_lines(rows, days)
    for row in rows:
        lines[row.pk].service = row.service
        lines[row.pk].digest = ""  # only what was drawn stands on events that cannot change any more
    return [lines[row.pk] for row in rows]


def _days(rows: Sequence[UsageMonth]) -> dict[Of, dict[DayKey, DayCount]]:
    if not rows:
        return {}
    found: dict[Of, dict[DayKey, DayCount]] = defaultdict(dict)
    first, last = min(row.month for row in rows), Month(max(row.month for row in rows)).last
    for day in UsageDay.objects.filter(tenant=rows[0].tenant_id, day__range=(first, last)):
        of = Of(day.tenant_id, day.service_id, day.day.replace(day=1), day.edition)
        key = DayKey(day.tenant_id, day.service_id, day.day, day.source, day.edition)
        found[of][key] = DayCount(day.quantity, day.events, day.digest)
    return found

"""A month's invoice: the one that was drawn, or what it would say if it were drawn now.

Sources: metering rules R24, R25.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from licences.models import Tenant
from metering.models import Invoice, InvoiceLine, UsageDay, UsageMonth
from metering.periods import Month, MonthState
from metering.reports.invoices.drawing import drawn_lines
from metering.reports.months.known import state_of
from metering.reports.recounts.counted import DayCount, DayKey, MonthEdition

ORDER = ("service__sort_order", "-month")


@dataclass(frozen=True, slots=True)
class ShownInvoice:
    """An invoice to read. `invoice` is None while it is a draft; lines come with their service, in order."""

    month: Month
    state: MonthState
    time_zone: str
    currency: str
    total_minor: int
    lines: Sequence[InvoiceLine] = ()
    invoice: Invoice | None = None

    @property
    def closes_at(self) -> datetime:
        """From this moment on it is drawn."""
        return self.month.closes(ZoneInfo(self.time_zone))

    @property
    def is_demo(self) -> bool:
        """Whether a price on it was invented for demonstration."""
        return any(line.derivation.get("is_demo") for line in self.lines)

    @property
    def is_due(self) -> bool:
        """It should have been drawn by now, and will be."""
        return self.invoice is None and timezone.now() >= self.closes_at


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line by itself, with what is to be known of its invoice. The line comes with its service."""

    line: InvoiceLine
    month: Month
    state: MonthState
    currency: str
    invoice: Invoice | None = None


def invoice_of(tenant: Tenant, month: Month) -> ShownInvoice | None:
    """The invoice of the month or its draft; None where nothing is known of the month, and on CRM Suite before any."""
    invoice = Invoice.objects.filter(tenant=tenant, month=month.first).first()
    if invoice is not None:
        lines = list(invoice.lines.filter(tenant=tenant).select_related("service").order_by(*ORDER))
        return _drawn(invoice, lines)
    rows = list(_taken_in(tenant, month))
    return _draft(tenant, month, _draft_lines(rows)) if rows else None


def invoices_of(tenant: Tenant) -> list[ShownInvoice]:
    """Every month that has an invoice or a draft, newest first; those that were drawn without their lines."""
    drawn = {invoice.month: _drawn(invoice, ()) for invoice in Invoice.objects.filter(tenant=tenant)}
    rows = UsageMonth.objects.filter(tenant=tenant).to_take_in()
    waiting = list(rows.select_related("tenant", "service", "tariff").order_by(*ORDER))
    lines = drawn_lines(waiting, {})
    found: dict[Month, list[InvoiceLine]] = defaultdict(list)
    for row in waiting:
        if row.taker:
            found[Month(row.taker)].append(lines[row.pk])
    drafts = [_draft(tenant, month, of) for month, of in found.items()]
    return sorted([*drawn.values(), *drafts], key=lambda shown: shown.month, reverse=True)


def line_of(tenant: Tenant, month: Month, *, service: str, of: Month) -> ShownLine | None:
    """The line of a service, by its code, on the invoice of `month` or its draft; `of` is an earlier month for usage
    that came late."""
    rows = list(_taken_in(tenant, month).filter(service__code=service, month=of.first))
    if rows:
        (line,) = _draft_lines(rows)
        return ShownLine(line, month, state_of(tenant, month, is_final=False), tenant.currency)
    lines = InvoiceLine.objects.select_related("service", "invoice")
    found = lines.filter(tenant=tenant, invoice__month=month.first, service__code=service, month=of.first).first()
    return ShownLine(found, month, MonthState.FINAL, found.invoice.currency, found.invoice) if found else None


def _drawn(invoice: Invoice, lines: Sequence[InvoiceLine]) -> ShownInvoice:
    month = Month(invoice.month)
    return ShownInvoice(
        month, MonthState.FINAL, invoice.time_zone, invoice.currency, invoice.total_minor, lines, invoice
    )


def _draft(tenant: Tenant, month: Month, lines: Sequence[InvoiceLine]) -> ShownInvoice:
    total = sum(line.amount_minor for line in lines)
    return ShownInvoice(month, state_of(tenant, month, is_final=False), tenant.time_zone, tenant.currency, total, lines)


def _taken_in(tenant: Tenant, month: Month) -> QuerySet[UsageMonth]:
    rows = UsageMonth.objects.filter(tenant=tenant).taken_in_by(month)
    return rows.select_related("tenant", "service", "tariff").order_by(*ORDER)


def _draft_lines(rows: Sequence[UsageMonth]) -> list[InvoiceLine]:
    lines = drawn_lines(rows, _days(rows))
    for row in rows:
        line = lines[row.pk]
        line.service = row.service
        line.digest = ""  # only what was drawn stands on events that cannot change any more
    return [lines[row.pk] for row in rows]


def _days(rows: Sequence[UsageMonth]) -> dict[MonthEdition, dict[DayKey, DayCount]]:
    if not rows:
        return {}
    found: dict[MonthEdition, dict[DayKey, DayCount]] = defaultdict(dict)
    first, last = min(row.month for row in rows), Month(max(row.month for row in rows)).last
    of_services = UsageDay.objects.filter(tenant=rows[0].tenant_id, service__in={row.service_id for row in rows})
    for day in of_services.filter(day__range=(first, last)):
        key = DayKey.of_day(day)
        found[key.of][key] = DayCount.of_day(day)
    return found

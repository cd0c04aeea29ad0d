"""Invoices as rows of files: the list of them, the lines of one, and the days and events that a line stands on."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from config.csv_export import Cell
from licences.models import Tenant
from metering.figures import decimals_of
from metering.models import InvoiceLine, UsageDay
from metering.money import digits_of, major
from metering.rating import plain
from metering.reports.invoices.line_events import line_events
from metering.reports.invoices.line_rows import is_difference, label_of
from metering.reports.invoices.shown import ShownInvoice

type Rows = Iterable[Sequence[Cell]]


def invoices_header() -> list[str]:
    return [_("Month"), _("Number"), _("State"), _("Currency"), _("Total")]


def invoices_table(invoices: Iterable[ShownInvoice]) -> Rows:
    """A row for each month."""
    return [
        [
            str(shown.month),
            shown.invoice.number if shown.invoice else "",
            shown.state.value,
            shown.currency,
            major(shown.total_minor, shown.currency),
        ]
        for shown in invoices
    ]


def lines_header() -> list[str]:
    return [
        _("Service"),
        _("Unit"),
        _("Month"),
        _("Kind"),
        _("Used"),
        _("Allowance"),
        _("Beyond allowance"),
        _("Blocks"),
        _("Price of a block"),
        _("Amount"),
        _("Currency"),
        _("Events"),
    ]


def lines_table(shown: ShownInvoice) -> Rows:
    """A row for each line."""
    return [_line(line, shown.currency) for line in shown.lines]


def _line(line: InvoiceLine, currency: str) -> list[Cell]:
    price = line.unit_price_minor
    return [
        line.service.name,
        line.service.unit,
        f"{line.month:%Y-%m}",
        label_of(line) or _("Usage"),
        _plain(line.used),
        None if is_difference(line) else _plain(line.allowance),
        _plain(line.overage),
        line.blocks,
        None if price is None else _price(price, currency),
        major(line.amount_minor, currency),
        currency,
        line.events,
    ]


def days_header() -> list[str]:
    return [_("Day"), _("Source"), _("Quantity"), _("Events"), _("Digest")]


def days_table(days: Iterable[UsageDay]) -> Rows:
    """A row for each day and source."""
    return [[day.day, day.source, _plain(day.quantity), day.events, day.digest] for day in days]


def events_header() -> list[str]:
    return [_("Day"), _("Time"), _("Event ID"), _("Source"), _("Subject"), _("Quantity"), _("Received"), _("Taken out")]


def events_table(tenant: Tenant, line: InvoiceLine, day: date | None) -> Iterator[list[Cell]]:
    """A row for each event of the line, or of its day, in their order; times are the tenant's."""
    for event in line_events(tenant, line, day):
        yield [
            event.day,
            event.time.astimezone(tenant.zone),
            event.event_id,
            event.source,
            event.subject,
            _plain(event.quantity),
            event.received_at.astimezone(tenant.zone),
            event.taken_out,
        ]


def _price(minor: Decimal, currency: str) -> Decimal:
    """With the decimals of the currency, or those that a price of less than a minor unit needs."""
    price = major(minor, currency)
    return round(price, max(digits_of(currency), decimals_of(price)))


def _plain(number: Decimal | None) -> Decimal | None:
    """Without zeros behind that say nothing."""
    return None if number is None else Decimal(plain(number))

"""Invoices to download: as tables, and as the page of paper that a bookkeeper files."""

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from config.csv_export import csv_response
from licences.access import ConsoleRequest, administrators_only
from metering.periods import Month
from metering.reports.invoices import files
from metering.reports.invoices.explanation import days_of
from metering.reports.invoices.pdf import pdf_of
from metering.reports.invoices.shown import invoices_of
from metering.views.invoices import found_day, found_invoice, found_line


@require_safe
@administrators_only
def invoices_csv(request: ConsoleRequest) -> StreamingHttpResponse:
    """Every month, newest first."""
    return csv_response("invoices", files.invoices_header(), files.invoices_table(invoices_of(request.tenant)))


@require_safe
@administrators_only
def lines_csv(request: ConsoleRequest, month: Month) -> StreamingHttpResponse:
    """The lines of one invoice or draft."""
    shown = found_invoice(request, month)
    return csv_response(f"invoice-{month}", files.lines_header(), files.lines_table(shown))


@require_safe
@administrators_only
def days_csv(request: ConsoleRequest, month: Month, code: str) -> StreamingHttpResponse:
    """The days of one line, by source."""
    line = found_line(request, month, code).line
    name = f"days-{code}-{line.month:%Y-%m}"
    return csv_response(name, files.days_header(), files.days_table(list(days_of(line))))


@require_safe
@administrators_only
def events_csv(request: ConsoleRequest, month: Month, code: str) -> StreamingHttpResponse:
    """The events of one line, or of the day in the address."""
    shown = found_line(request, month, code)
    line, day = shown.line, found_day(request, shown)
    name = f"events-{code}-{day or f'{line.month:%Y-%m}'}"
    return csv_response(name, files.events_header(), files.events_table(request.tenant, line, day))


@require_safe
@administrators_only
def invoice_pdf(request: ConsoleRequest, month: Month) -> HttpResponse:
    """The invoice on paper; a draft has none."""
    shown = found_invoice(request, month)
    if shown.invoice is None:
        raise Http404
    return HttpResponse(
        pdf_of(request.tenant, shown),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="invoice-{shown.invoice.number}.pdf"'},
    )

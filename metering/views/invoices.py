"""A tenant's usage invoices: the list of them, one, and each line down to its events."""

from datetime import date

from django.conf import settings
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from config.htmx import page
from licences.access import ConsoleRequest, administrators_only, may_act
from metering.periods import Month
from metering.reports.invoices.explanation import explain
from metering.reports.invoices.line_events import event_page
from metering.reports.invoices.line_rows import label_of, rows_of
from metering.reports.invoices.shown import ShownInvoice, ShownLine, invoice_of, invoices_of, line_of
from metering.reports.recounts.verification import verify_invoice

SHOWN = 24
"""So many months are listed at first."""


@require_safe
@administrators_only
def invoices(request: ConsoleRequest) -> HttpResponse:
    """Every month, newest first: what it came to, or comes to so far."""
    found = invoices_of(request.tenant)
    shown = found if request.GET.get("show") == "all" else found[:SHOWN]
    context = {"invoices": shown, "more": len(found) - len(shown), "app_store_url": settings.APP_STORE_URL}
    return page(request, "metering/invoices.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def invoice(request: ConsoleRequest, month: Month) -> HttpResponse:
    """One month's invoice or its draft. To post asks for its lines to be done again, and shows what came of it."""
    shown = found_invoice(request, month)
    checked = None
    if request.method == "POST" and shown.invoice is not None:
        checked = verify_invoice(shown.invoice)
    context = {
        "shown": shown,
        "rows": rows_of(shown.lines),
        "checked": checked,
        "holds": checked is not None and all(each.holds for each in checked),
        "may_act": may_act(request),
    }
    return page(request, "metering/invoice.html", context, partials=("checked",))


@require_safe
@administrators_only
def line(request: ConsoleRequest, month: Month, code: str) -> HttpResponse:
    """Why a line says what it says; with a day in the address, the events of that day too."""
    shown = found_line(request, month, code)
    day = found_day(request, shown)
    events = day and event_page(request.tenant, shown.line, day, before=request.GET.get("before", ""))
    context = {"explained": explain(request.tenant, shown), "label": label_of(shown.line), "events": events}
    return page(request, "metering/line.html", context)


def found_invoice(request: ConsoleRequest, month: Month) -> ShownInvoice:
    """The invoice of the address, or 404."""
    shown = invoice_of(request.tenant, month)
    if shown is None:
        raise Http404
    return shown


def found_line(request: ConsoleRequest, month: Month, code: str) -> ShownLine:
    """The line of the address, or 404: `of` names the month of usage that came late."""
    of = Month.parse(request.GET.get("of", str(month)))
    shown = line_of(request.tenant, month, service=code, of=of) if of else None
    if shown is None:
        raise Http404
    return shown


def found_day(request: ConsoleRequest, shown: ShownLine) -> date | None:
    """The day of the address, if it is one of the line's month."""
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return None
    return day if Month.of(day) == Month(shown.line.month) else None

"""Seat use: whose seats lie idle, and how many would do."""

from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from config.csv_export import csv_response
from config.htmx import page
from licences.access import ConsoleRequest, administrators_only
from licences.reports import seat_use as report
from licences.reports import seats_needed


@require_safe
@administrators_only
def seat_use(request: ConsoleRequest) -> HttpResponse:
    """Seats that nobody used for 30, 60 or 90 days, and how many seats of one licence would have done."""
    licences = report.licences_in_use(request.tenant)
    query = report.SeatUseQuery.from_address(request.GET.dict(), licences)
    by_licence = report.use_by_licence(request.tenant, licences)
    listed, seats = report.unused_page(request.tenant, licences, query, by_licence)
    shown = query.licence or next(iter(licences), "")
    needed = seats_needed.seats_needed(request.tenant, {shown: licences[shown]} if shown else {})
    context = {
        "query": query,
        "licences": licences,
        "by_licence": by_licence,
        "days": report.DAYS,
        "page": listed,
        "seats": seats,
        "needed": needed[0] if needed else None,
        "fewest_days": seats_needed.FEWEST_DAYS,
    }
    return page(request, "licences/seat_use.html", context, partials=("seat-use",))


@require_safe
@administrators_only
def seat_use_csv(request: ConsoleRequest) -> StreamingHttpResponse:
    """The seats that the page lists or, with `?table=needed`, how many would do of each licence."""
    licences = report.licences_in_use(request.tenant)
    today = f"{request.tenant.today:%Y-%m-%d}"
    if request.GET.get("table") == "needed":
        rows = list(seats_needed.table(request.tenant, licences))
        return csv_response(f"seats-needed-{today}", seats_needed.header(), rows)
    query = report.SeatUseQuery.from_address(request.GET.dict(), licences)
    rows = list(report.table(request.tenant, licences, query))
    return csv_response(f"unused-seats-{today}", report.header(), rows)

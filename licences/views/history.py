"""What was changed about the tenant's licences: to read and to download."""

from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from config.csv_export import csv_response
from config.htmx import page
from licences.access import ConsoleRequest, administrators_only
from licences.models import HistoryEntry
from licences.reports import history as report


@require_safe
@administrators_only
def history(request: ConsoleRequest) -> HttpResponse:
    """Who changed what, when and why, newest first."""
    query = report.HistoryQuery.from_address(request.GET.dict())
    context = {
        "query": query,
        "history": report.history_page(request.tenant, query),
        "actions": HistoryEntry.Action.choices,
        "licences": report.licences_in_history(request.tenant),
    }
    return page(request, "licences/history.html", context, partials=("entries",))


@require_safe
@administrators_only
def history_csv(request: ConsoleRequest) -> StreamingHttpResponse:
    """Everything that fits the filters, as a file."""
    query = report.HistoryQuery.from_address(request.GET.dict())
    name = f"history-{request.tenant.today:%Y-%m-%d}"
    return csv_response(name, report.header(), report.table(request.tenant, query))

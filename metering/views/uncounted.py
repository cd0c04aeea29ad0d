"""What was sent and not counted."""

from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from config.csv_export import csv_response
from config.htmx import page
from licences.access import ConsoleRequest, administrators_only
from metering.reports.events import uncounted as report
from metering.views.access import metered_only


@require_safe
@administrators_only
@metered_only
def uncounted(request: ConsoleRequest) -> HttpResponse:
    """What was sent in a month and not counted, and why."""
    shown = report.uncounted(request.tenant, report.UncountedQuery.from_address(request.GET.dict()))
    return page(request, "metering/uncounted.html", {"shown": shown}, partials=("panel",))


@require_safe
@administrators_only
@metered_only
def uncounted_csv(request: ConsoleRequest) -> StreamingHttpResponse:
    """All of it as a file."""
    shown = report.uncounted(request.tenant, report.UncountedQuery.from_address(request.GET.dict()))
    month = shown.choice.shown.month
    return csv_response(f"not-counted-{month}", report.header(), report.table(request.tenant, shown.service, month))

"""Single events: the way of one, and those that were not counted."""

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from config.csv_export import csv_response
from config.htmx import page
from licences.access import ConsoleRequest, administrators_only
from metering.reports import uncounted as report
from metering.reports.journey import JourneyQuery, journey


@require_safe
@administrators_only
def events(request: ConsoleRequest) -> HttpResponse:
    """What became of the event that the address names."""
    _refuse_suite(request)
    shown = journey(request.tenant, JourneyQuery.from_address(request.GET.dict()))
    return page(request, "metering/journey.html", {"shown": shown}, partials=("found",))


@require_safe
@administrators_only
def uncounted(request: ConsoleRequest) -> HttpResponse:
    """What was sent in a month and not counted, and why."""
    _refuse_suite(request)
    shown = report.uncounted(request.tenant, report.UncountedQuery.from_address(request.GET.dict()))
    return page(request, "metering/uncounted.html", {"shown": shown}, partials=("panel",))


@require_safe
@administrators_only
def uncounted_csv(request: ConsoleRequest) -> StreamingHttpResponse:
    """All of it as a file."""
    _refuse_suite(request)
    shown = report.uncounted(request.tenant, report.UncountedQuery.from_address(request.GET.dict()))
    month = shown.choice.shown.month
    return csv_response(f"not-counted-{month}", report.header(), report.table(request.tenant, shown.service, month))


def _refuse_suite(request: ConsoleRequest) -> None:
    """On CRM Suite nothing is metered, so there is nothing here."""
    if request.tenant.is_suite:
        raise Http404

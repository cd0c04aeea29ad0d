"""One metered service: its month day by day, the months before, and its tables as files."""

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from config.csv_export import csv_response
from config.htmx import page
from licences.access import ConsoleRequest, administrators_only
from metering.reports.days import rows as day_rows
from metering.reports.events import listed as events
from metering.reports.months import history
from metering.reports.service_detail import NoSuchService, ServiceDetail, ServiceQuery, service_detail
from metering.views.access import metered_only


@require_safe
@administrators_only
@metered_only
def service(request: ConsoleRequest, code: str) -> HttpResponse:
    """A month of the service; with a day in the address the events of that day too."""
    return page(request, "metering/service.html", {"shown": _shown(request, code)}, partials=("panel",))


@require_safe
@administrators_only
@metered_only
def days_csv(request: ConsoleRequest, code: str) -> StreamingHttpResponse:
    """The days of the month."""
    shown = _shown(request, code)
    rows = list(day_rows.table(shown.days, shown.adjusted, shown.of.used))
    return csv_response(f"{code}-days-{shown.month.month}", day_rows.header(is_gauge=shown.is_gauge), rows)


@require_safe
@administrators_only
@metered_only
def history_csv(request: ConsoleRequest, code: str) -> StreamingHttpResponse:
    """The last 13 months."""
    rows = list(history.table(request.tenant, _shown(request, code).history))
    return csv_response(f"{code}-months", history.header(), rows)


@require_safe
@administrators_only
@metered_only
def events_csv(request: ConsoleRequest, code: str) -> StreamingHttpResponse:
    """Every event of the month."""
    shown = _shown(request, code)
    month = shown.month.month
    rows = events.table(request.tenant, shown.service, month)
    return csv_response(f"{code}-events-{month}", events.header(), rows)


def _shown(request: ConsoleRequest, code: str) -> ServiceDetail:
    """What the address asks for, or 404."""
    try:
        return service_detail(request.tenant, code, ServiceQuery.from_address(request.GET.dict()))
    except NoSuchService:
        raise Http404 from None

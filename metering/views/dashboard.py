"""The page of the metered services: each in one month, what it will cost, and where to look further."""

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from config.csv_export import csv_response
from config.htmx import page
from licences.access import ConsoleRequest, administrators_only
from metering.reports import dashboard as report
from metering.views.access import metered_only


@require_safe
@administrators_only
def dashboard(request: ConsoleRequest) -> HttpResponse:
    """A month of every service; on CRM Suite nothing is metered, and the page says where to go instead."""
    shown = None if request.tenant.is_suite else report.dashboard(request.tenant, request.GET.get("month", ""))
    context = {"shown": shown, "app_store_url": settings.APP_STORE_URL}
    return page(request, "metering/dashboard.html", context, partials=("panel",) if shown else ())


@require_safe
@administrators_only
@metered_only
def dashboard_csv(request: ConsoleRequest) -> StreamingHttpResponse:
    """The same month as a file, a row for each service."""
    shown = report.dashboard(request.tenant, request.GET.get("month", ""))
    rows = list(report.table(shown))
    return csv_response(f"metered-services-{shown.month.month}", report.header(), rows)

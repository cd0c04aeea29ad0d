"""The way of a single event."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from config.htmx import page
from licences.access import ConsoleRequest, administrators_only
from metering.reports.events.journey import JourneyQuery, journey


@require_safe
@administrators_only
def events(request: ConsoleRequest) -> HttpResponse:
    """What became of the event that the address names."""
    refuse_suite(request)
    shown = journey(request.tenant, JourneyQuery.from_address(request.GET.dict()))
    return page(request, "metering/journey.html", {"shown": shown}, partials=("found",))


def refuse_suite(request: ConsoleRequest) -> None:
    """On CRM Suite nothing is metered, so there is nothing here."""
    if request.tenant.is_suite:
        raise Http404

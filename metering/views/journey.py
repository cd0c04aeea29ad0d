"""The way of a single event."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from config.htmx import page
from licences.access import ConsoleRequest, administrators_only
from metering.reports.events.journey import JourneyQuery, journey
from metering.views.access import metered_only


@require_safe
@administrators_only
@metered_only
def events(request: ConsoleRequest) -> HttpResponse:
    """What became of the event that the address names."""
    shown = journey(request.tenant, JourneyQuery.from_address(request.GET.dict()))
    return page(request, "metering/journey.html", {"shown": shown}, partials=("found",))

"""The System notifications tab: the list, the description of the selected row, and what can be started there."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from config.htmx import page
from licences.access import ConsoleRequest, administrators_only, may_act, sees_totals
from licences.reports.tabs import active_sets, tabs
from notifications.jobs.counter_regeneration import CounterRegeneration
from notifications.models import SystemEvent
from notifications.reports import event_list as reports
from notifications.reports.event_detail import differences
from notifications.services import tracker
from notifications.tasks import nudge

PARTIALS = ("panel", "events", "detail")
DIFFERENCES = 50
"""How many corrected counters a description lists at most; the message says how many there were."""


@require_safe
def events(request: ConsoleRequest, event_id: int | None = None) -> HttpResponse:
    """The list, with one event's description when its address is asked for."""
    tenant = request.tenant
    selected = (
        get_object_or_404(SystemEvent.objects.of(tenant).select_related("activated_by"), pk=event_id)
        if event_id is not None
        else None
    )
    query = reports.EventQuery.from_address(request.GET.dict())
    listed = reports.event_page(tenant, query)
    context = {
        "tab": "notifications",
        "tabs": tabs(active_sets(tenant)),
        "events": listed,
        "query": query,
        "shows": [(code, text) for code, (text, _which) in reports.SHOW.items()],
        "selected": selected,
        "differences": differences(selected)[:DIFFERENCES] if selected and sees_totals(request) else None,
        "is_live": any(event.is_active for event in listed),
        "may_act": may_act(request),
    }
    return page(request, "notifications/events.html", context, partials=PARTIALS)


@require_POST
@administrators_only
def regenerate(request: ConsoleRequest) -> HttpResponse:
    """Start the counter regeneration."""
    try:
        event = tracker.start_job(CounterRegeneration(), tenant=request.tenant, by=request.user)
    except tracker.AlreadyActive:
        messages.info(request, _("The counters are being regenerated already."))
        return redirect("notifications:events")
    nudge()
    return redirect("notifications:event", event.pk)

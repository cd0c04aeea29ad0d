"""What administrators do on the System notifications tab: start a job, cancel one, try one again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from config.htmx import page
from licences.access import ConsoleRequest, administrators_only
from notifications.jobs import KINDS
from notifications.jobs.counter_regeneration import CounterRegeneration
from notifications.models import SystemEvent
from notifications.services.cancelling import AlreadyAsked, NotCancelled, cancel_event
from notifications.services.retrying import retry_event
from notifications.services.tracker import AlreadyActive, NotRetried, start_job
from notifications.tasks import nudge
from notifications.views.events import detail_of, event_of


@require_POST
@administrators_only
def regenerate(request: ConsoleRequest) -> HttpResponse:
    """Start the counter regeneration."""
    try:
        event = start_job(CounterRegeneration(), tenant=request.tenant, by=request.user)
    except AlreadyActive:
        messages.info(request, _("The counters are being regenerated already."))
        return redirect("notifications:events")
    nudge()
    return redirect("notifications:event", event.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def cancel(request: ConsoleRequest, event_id: int) -> HttpResponse:
    """Ask once more before what has a warning is cancelled; the page's own button confirms it."""
    event = event_of(request, event_id)
    detail = detail_of(request, event)
    if request.method != "POST":
        return page(request, "notifications/cancel.html", {"event": event, "detail": detail})
    if detail.can_be_cancelled and detail.warns and "confirmed" not in request.POST:
        return redirect(reverse("notifications:cancel", args=[event.pk], query=request.GET))
    try:
        event = cancel_event(event, KINDS, by=request.user)
    except AlreadyAsked:
        messages.info(request, _("It was asked to stop before, and stops before its next step."))
    except NotCancelled:
        messages.info(request, detail.why_not or _("There is nothing to cancel: it has ended."))
    else:
        said = _("It stops before its next step.") if event.is_active else _("It was cancelled.")
        messages.success(request, said)
    return _back_to(request, event)


@require_POST
@administrators_only
def retry(request: ConsoleRequest, event_id: int) -> HttpResponse:
    """Start a job again that failed or was cancelled."""
    event = event_of(request, event_id)
    try:
        event = retry_event(event, KINDS, by=request.user)
    except AlreadyActive:
        messages.info(request, _("The same is under way already: it can be tried again when that has ended."))
    except NotRetried:
        messages.info(request, _("It cannot be tried again: it has not stopped, or was started again since."))
    else:
        nudge()
    return _back_to(request, event)


def _back_to(request: ConsoleRequest, event: SystemEvent) -> HttpResponse:
    """To the event, with the list as it was."""
    return redirect(reverse("notifications:event", args=[event.pk], query=request.GET))

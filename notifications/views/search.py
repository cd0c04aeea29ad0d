"""The console's search, and the start of a new index for it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from config.htmx import page
from licences.access import ConsoleRequest, administrators_only, sees_totals
from notifications.jobs.freetext_rebuild import FreetextRebuild
from notifications.reports import search as report
from notifications.reports.search_kinds import kinds_for
from notifications.services import tracker
from notifications.tasks import nudge


@require_safe
def search(request: ConsoleRequest) -> HttpResponse:
    """What fits, of what the asker may see. While the search is switched off, the notice that says so."""
    query, sees_all = report.SearchQuery.from_address(request.GET.dict()), sees_totals(request)
    off = report.search_is_off(request.user, request.tenant)
    context = {
        "query": query,
        "off": off,
        "kinds": kinds_for(sees_all=sees_all),
        "groups": [] if off else report.search(request.tenant, query, sees_all=sees_all),
    }
    return page(request, "notifications/search.html", context, partials=("found",))


@require_POST
@administrators_only
def rebuild_index(request: ConsoleRequest) -> HttpResponse:
    """Start building the index anew."""
    try:
        event = tracker.start_job(FreetextRebuild(), tenant=request.tenant, by=request.user)
    except tracker.AlreadyActive:
        messages.info(request, _("The search index is being built already."))
        return redirect("notifications:events")
    nudge()
    return redirect("notifications:event", event.pk)

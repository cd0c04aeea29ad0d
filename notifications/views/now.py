"""What is said to whoever is in, on every page: the banners, asked for again now and then, and ended jobs of theirs."""

from urllib.parse import urlsplit

from django.http import HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from config.htmx import address_bar, page
from licences.access import ConsoleRequest
from notifications.context import CLOSED, bulletin_of
from notifications.event_kinds import About, about
from notifications.models import SystemEvent
from notifications.reports.bulletin import ended_jobs
from notifications.services.cancelling import job_behind

LONGEST_NUMBER = 18


@require_safe
def now(request: ConsoleRequest) -> HttpResponse:
    """The active notices, and those of the watched jobs that have ended: whoever asks watches them no longer then.

    Nothing is remembered here: which jobs are watched stands in the address.
    """
    watched = {int(one) for one in ",".join(request.GET.getlist("watch")).split(",") if is_number(one)}
    ended = ended_jobs(request.user, request.tenant, sorted(watched)) if watched else []
    context = {"ended": [event for event in ended if not is_shown(request, event)]}
    return page(request, "notifications/now.html", context, partials=("now",))


@require_POST
def close(request: ConsoleRequest) -> HttpResponse:
    """Say this notice no more to this user until the next login, and go on where they were."""
    request.session[CLOSED] = bulletin_of(request).closing(request.POST.get("name", ""))
    next_page = request.POST.get("next", "")
    is_ours = next_page.startswith("/") and url_has_allowed_host_and_scheme(next_page, allowed_hosts=None)
    return redirect(next_page if is_ours else resolve_url("home"))


def is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) <= LONGEST_NUMBER


def is_shown(request: ConsoleRequest, event: SystemEvent) -> bool:
    """Whether the asker looks at the page of the event or of its import, which says the same."""
    shown = urlsplit(address_bar(request.htmx) or "").path
    if shown == reverse("notifications:event", args=[event.pk]):
        return True
    may_be_of_import = about(event.key) == About.IMPORTS and shown.startswith(reverse("notifications:imports"))
    job = job_behind(event) if may_be_of_import else None
    return job is not None and shown == reverse("notifications:import_file", args=[job.subject or 0])

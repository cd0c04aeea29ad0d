"""What is said to whoever is in, on every page: the banners, asked for again now and then, and ended jobs of theirs."""

from urllib.parse import urlsplit

from django.http import HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from config.htmx import address_bar, page
from licences.access import ConsoleRequest, sees_totals
from notifications.context import CLOSED, bulletin_of
from notifications.models import SystemEvent
from notifications.reports.bulletin import ended_jobs
from notifications.reports.imports import imports_behind

LONGEST_NUMBER = 18


@require_safe
def now(request: ConsoleRequest) -> HttpResponse:
    """The active notices, and those of the watched jobs that have ended: whoever asks watches them no longer then.

    Nothing is remembered here: which jobs are watched stands in the address.
    """
    watched = {int(one) for one in ",".join(request.GET.getlist("watch")).split(",") if is_number(one)}
    ended = list(ended_jobs(request.user, request.tenant, sorted(watched))) if watched else []
    imports = imports_behind(request.tenant, ended)
    shown = urlsplit(address_bar(request.htmx) or "").path
    pages = [(event, _pages(event, imports.get(event.pk))) for event in ended]
    told = sees_totals(request)  # only administrators have the page of an import
    context = {"ended": [(event, at[-1] if told else at[0]) for event, at in pages if shown not in at]}
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


def _pages(event: SystemEvent, import_id: int | None) -> list[str]:
    """Where it is said that it has ended: on the page of the event and, if it worked on one, on that of the import."""
    of_import = [] if import_id is None else [reverse("notifications:import_file", args=[import_id])]
    return [reverse("notifications:event", args=[event.pk]), *of_import]

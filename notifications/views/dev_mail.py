"""The inbox of development: all mail of this machine's console, secret or not. It does not exist unless DEBUG is on."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from config.tenancy.scopes import support_scope
from notifications.models import OutboxEntry
from notifications.views.mail_text import WITH_A_MAIL, framed

NEWEST = 50

type View = Callable[[HttpRequest], HttpResponse]


def only_in_development(view: View) -> View:
    @login_not_required
    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not settings.DEBUG:
            raise Http404
        with support_scope("the inbox of development", routine=True):
            return view(request)

    return guarded


@only_in_development
@csp_override(WITH_A_MAIL)
def dev_mail(request: HttpRequest) -> HttpResponse:
    """The newest mails, and the one that is open; by itself the newest is."""
    entries = list(OutboxEntry.objects.filter(kind="mail").select_related("tenant")[:NEWEST])
    entry = _chosen(request) or next(iter(entries), None)
    return render(request, "notifications/dev_mail.html", {"entries": entries, "entry": entry})


@only_in_development
def dev_mail_html(request: HttpRequest) -> HttpResponse:
    """The HTML of one mail, for the frame."""
    entry = _chosen(request)
    if entry is None:
        raise Http404
    return framed(entry.payload.get("html", ""))


def _chosen(request: HttpRequest) -> OutboxEntry | None:
    number = request.GET.get("entry", "")
    if not number:
        return None
    if not number.isdecimal() or len(number) > 18:
        raise Http404
    entry = OutboxEntry.objects.filter(pk=int(number)).first()
    if entry is None:
        raise Http404
    return entry

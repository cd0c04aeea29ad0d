"""One URL, one view, for the page and for a fragment of it."""

from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails


class HtmxRequest(HttpRequest):
    """A request behind HtmxMiddleware."""

    htmx: HtmxDetails


VARY = ("HX-Request", "HX-Target", "HX-Boosted", "HX-History-Restore-Request")


def page(
    request: HtmxRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    partials: Collection[str] = (),
    status: int = 200,
) -> HttpResponse:
    """Render `template`, or only the partial that HTMX asks for when it is one of `partials`.

    A partial's name is the id of the element that it fills. What the partial shows is decided in the view: an
    `{% if %}` around a partial does not protect it when it is rendered alone.
    """
    htmx = request.htmx
    wants_part = htmx and not htmx.boosted and not htmx.history_restore_request and htmx.target in partials
    name = f"{template}#{htmx.target}" if wants_part else template
    response = render(request, name, dict(context), status=status)
    patch_vary_headers(response, VARY)
    response["Cache-Control"] = "no-store, private"
    if not wants_part:
        return response
    set_response_etag(response)
    return unless_known(request, response)


def unless_known(request: HttpRequest, part: HttpResponse) -> HttpResponse:
    """The part, or 304 for whoever names its tag: what polls has it already (static/app.js)."""
    return get_conditional_response(request, etag=part.get("ETag"), response=part) or part


def address_bar(htmx: HtmxDetails) -> str | None:
    """The path of the page that asks; None when it is another site's, or what was sent is no address."""
    try:
        return htmx.current_url_abs_path
    except ValueError:
        return None


class LoginRedirectMiddleware:
    """An expired session sends the whole browser to the login page, never the login form into a panel."""

    def __init__(self, get_response: Callable[[HtmxRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HtmxRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.htmx and response.status_code == 302:
            target = urlsplit(response["Location"])
            if target.path == resolve_url(settings.LOGIN_URL):
                # Back to the page in the address bar; what was asked for is a part of it, or a poll.
                where = address_bar(request.htmx)
                return HttpResponseClientRedirect(redirect_to_login(where).url if where else target.path)
        return response

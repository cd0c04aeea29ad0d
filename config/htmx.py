"""One URL, one view, for the page and for a fragment of it."""

from collections.abc import Callable, Collection, Mapping
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Concatenate
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails


class HtmxRequest(HttpRequest):
    """A request behind HtmxMiddleware."""

    htmx: HtmxDetails


POLL = "-poll"
"""How the id of an element that asks by itself ends."""
MOMENT = "moment"
"""The cache for what is as good as new for a second."""
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
    return _unless_known(request, response) if wants_part else response


def _unless_known(request: HttpRequest, part: HttpResponse) -> HttpResponse:
    """A part with its tag, or 304 for whoever names that tag: what polls has it already (static/app.js)."""
    set_response_etag(part)
    return get_conditional_response(request, etag=part["ETag"], response=part) or part


def shared_poll[**P](
    who: Callable[[Any], str],
) -> Callable[[Callable[Concatenate[Any, P], HttpResponse]], Callable[Concatenate[Any, P], HttpResponse]]:
    """A view whose polls share their answers for a moment: many who watch the same thing cost little more than one.

    `who` names all that the answer depends on beside the address: tenant, rights and, where it is personal, the user.
    An answer is kept in this process for a second, so what a poll is told may be so old.
    """

    def decorate(view: Callable[Concatenate[Any, P], HttpResponse]) -> Callable[Concatenate[Any, P], HttpResponse]:
        @wraps(view)
        def shared(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not is_poll(request):
                return view(request, *args, **kwargs)
            asked = repr((who(request), request.htmx.target, request.get_full_path()))
            key = sha256(asked.encode()).hexdigest()
            known = request.META.pop("HTTP_IF_NONE_MATCH", None)  # what is kept is the whole part
            part = caches[MOMENT].get(key)
            if part is None:
                part = view(request, *args, **kwargs)
                if part.status_code == HTTPStatus.OK:
                    caches[MOMENT].set(key, part)
            if known is not None:
                request.META["HTTP_IF_NONE_MATCH"] = known
            return get_conditional_response(request, etag=part.get("ETag"), response=part) or part

        return shared

    return decorate


def is_poll(request: HtmxRequest) -> bool:
    """Whether an element asks by itself for a part of its page, as the end of its id says."""
    htmx = request.htmx
    wants_part = bool(htmx) and not htmx.boosted and not htmx.history_restore_request
    return wants_part and (htmx.trigger or "").endswith(POLL)


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

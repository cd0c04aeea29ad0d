"""What pages ask for by themselves, every few seconds: many who watch the same thing cost little more than one."""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Concatenate, Final, cast

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse

from config.htmx import HtmxRequest, unless_known

POLL: Final = "-poll"
"""How the id of an element that asks by itself ends."""
MOMENT: Final = "moment"
"""This process's cache for what is as good as new for a second."""
LEAST_SECONDS, MORE_SECONDS = 10, 10
"""How long a session that was let in for a poll is not looked at again for the same poll: 10 to 20 s, each session its
own time, so that those who came together are not all looked at in the same second."""


def is_poll(request: HtmxRequest) -> bool:
    """Whether an element asks by itself for a part of its page, as the end of its id says."""
    htmx = request.htmx
    wants_part = bool(htmx) and not htmx.boosted and not htmx.history_restore_request
    return wants_part and request.method == "GET" and (htmx.trigger or "").endswith(POLL)


def shared_poll[W, **P](
    who: Callable[[Any], tuple[str, W]],
) -> Callable[[Callable[Concatenate[Any, W | None, P], HttpResponse]], Callable[Concatenate[Any, P], HttpResponse]]:
    """A view whose polls share their answers for a second.

    `who` names all that the answer depends on beside the address (tenant, rights and, where it is personal, the user)
    and says who that is for: the view takes it after the request. It is None when the answer is for nobody else.
    """

    def decorate(
        view: Callable[Concatenate[Any, W | None, P], HttpResponse],
    ) -> Callable[Concatenate[Any, P], HttpResponse]:
        @wraps(view)
        def shared(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not is_poll(request):
                return view(request, None, *args, **kwargs)
            named, watcher = who(request)
            key = _key("part", named, request)
            known = request.META.pop("HTTP_IF_NONE_MATCH", None)  # what is kept is the whole part
            part = caches[MOMENT].get(key)
            if part is None:
                part = view(request, watcher, *args, **kwargs)
                if part.status_code == HTTPStatus.OK:
                    caches[MOMENT].set(key, part)
            if known is not None:
                request.META["HTTP_IF_NONE_MATCH"] = known
            answer = unless_known(request, part)
            answer.shared_as = key  # type: ignore[attr-defined]  # for the middleware
            return answer

        return shared

    return decorate


class SharedPollMiddleware:
    """Gives a session that was let in for a poll a moment ago the shared part again, without looking at the session.

    Stands before whatever asks the database who it is: a poll may be answered for up to twenty seconds after a logout
    or a lost right, and what it says may be a second old. Everything else is looked at each time.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HtmxRequest) -> HttpResponse:
        session = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        if not session or not is_poll(request):
            return self.get_response(request)
        admitted = _key("admitted", session, request)
        part = cast("HttpResponse | None", caches[MOMENT].get(caches[MOMENT].get(admitted, "")))
        if part is not None:
            return unless_known(request, part)
        answer = self.get_response(request)
        if shared_as := getattr(answer, "shared_as", None):
            caches[MOMENT].set(admitted, shared_as, LEAST_SECONDS + int(admitted, 16) % MORE_SECONDS)
        return answer


def _key(kind: str, who: str, request: HtmxRequest) -> str:
    asked = repr((kind, who, request.htmx.target, request.get_full_path()))
    return sha256(asked.encode()).hexdigest()

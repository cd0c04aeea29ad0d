"""The API under /api/v1/: joins the apps' routers, answers every error as a problem, and describes itself."""

from collections.abc import Callable, Sequence
from functools import cached_property, wraps
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from config.api.body import JSONBody, too_large
from config.api.described import Description
from config.api.docs import DocsPage
from config.api.problems import (
    FORBIDDEN,
    GENERAL,
    INVALID,
    MALFORMED,
    NOT_FOUND,
    SERVER_ERROR,
    WRONG_METHOD,
    Kind,
    Problem,
    error_at,
)

NAMESPACE: Final = "api"
ROOT: Final = "/api/"
MOST_ERRORS: Final = 100
"""So many mistakes are told: an answer is no larger than a page, whatever was sent."""


class ConsoleAPI(NinjaAPI):
    """Every view is open to whoever has a token: neither a login nor a CSRF token has anything to say here."""

    def __init__(self, *, title: str, description: str, problems: Sequence[Kind] = ()) -> None:
        super().__init__(
            title=title,
            version="1",
            description=description,
            urls_namespace=NAMESPACE,
            parser=JSONBody(),
            docs=DocsPage(),
        )
        self.problems = (*GENERAL, *problems)
        for error, answer in ANSWERS.items():
            self.add_exception_handler(error, answer)

    def get_openapi_schema(self, **options: Any) -> Description:
        """Made once: the addresses of a process stay as they are."""
        return self._description

    @cached_property
    def _description(self) -> Description:
        return Description(self, self.get_root_path({}))

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        *urls, _root = super()._get_urls()
        urls.append(path("", lambda request: redirect(f"{NAMESPACE}:openapi-view"), name="api-root"))
        for url in urls:
            if isinstance(url, URLPattern):
                url.callback = _without_login(url.callback)
        return urls


def _without_login(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let LoginRequiredMiddleware pass, and give a method that is not taken a problem for an answer."""

    @wraps(view, updated=["__dict__"])
    def api_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return response
        return Problem(WRONG_METHOD, headers={"Allow": response["Allow"]}).as_response()

    api_view.login_required = False  # type: ignore[attr-defined]
    return api_view


def unknown_address(_request: HttpRequest) -> HttpResponse:
    """Whatever else is asked for below /api/."""
    return Problem(NOT_FOUND, _("The API has no such address.")).as_response()


unknown_address.login_required = False  # type: ignore[attr-defined]
unknown_address.csrf_exempt = True  # type: ignore[attr-defined]


def server_error(request_id: str) -> HttpResponse:
    """The answer to an error of ours, with the ID under which the log has it."""
    return Problem(SERVER_ERROR, _("The log has it under %(id)s.") % {"id": request_id}).as_response()


def _as_problem(_request: HttpRequest, error: Any) -> HttpResponse:
    response: HttpResponse = error.as_response()
    return response


def _as_invalid(_request: HttpRequest, error: Any) -> HttpResponse:
    return Problem(INVALID, errors=[error_at(*_told(each)) for each in error.errors[:MOST_ERRORS]]).as_response()


def _told(error: dict[str, Any]) -> tuple[list[str | int], str, str]:
    """Where, what and why; the body is one thing, so the name of the view's argument is left out."""
    source, *steps = error["loc"]
    return [source, *(steps[1:] if source == "body" else steps)], error["type"], error["msg"]


def _as_http_error(_request: HttpRequest, error: Any) -> HttpResponse:
    """The framework's own; reading the body wraps our problems in one."""
    cause = error.__cause__
    return (cause if isinstance(cause, Problem) else Problem(MALFORMED)).as_response()


def _as_missing(_request: HttpRequest, _error: Any) -> HttpResponse:
    return Problem(NOT_FOUND).as_response()


def _as_forbidden(_request: HttpRequest, _error: Any) -> HttpResponse:
    return Problem(FORBIDDEN).as_response()


def _as_too_large(_request: HttpRequest, _error: Any) -> HttpResponse:
    return too_large().as_response()


def _to_django(_request: HttpRequest, error: Any) -> HttpResponse:
    """It logs what was raised and asks config.errors for the answer."""
    raise error


ANSWERS: Final[dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]]] = {
    Problem: _as_problem,
    ValidationError: _as_invalid,
    HttpError: _as_http_error,
    Http404: _as_missing,
    PermissionDenied: _as_forbidden,
    RequestDataTooBig: _as_too_large,
    Exception: _to_django,
}

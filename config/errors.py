"""The answer to an error of ours."""

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template.loader import render_to_string
from structlog.contextvars import get_contextvars


def server_error(_request: HttpRequest) -> HttpResponse:
    """A page with the ID under which the log has the error. No database is asked: it may be what failed."""
    return HttpResponseServerError(render_to_string("500.html", {"request_id": get_contextvars().get("request_id")}))

"""The answer to an error of ours."""

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template.loader import render_to_string
from structlog.contextvars import get_contextvars

from config.api import console


def server_error(request: HttpRequest) -> HttpResponse:
    """A page with the ID under which the log has the error; below /api/ a problem. No database is asked: it may be what
    failed."""
    request_id = get_contextvars().get("request_id")
    if request.path.startswith(console.ROOT):
        return console.server_error(str(request_id))
    return HttpResponseServerError(render_to_string("500.html", {"request_id": request_id}))

"""How long a session lasts."""

import time
from collections.abc import Callable

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse

from config.polls import POLL

IDLE_SECONDS = 30 * 60
LONGEST_SECONDS = 12 * 60 * 60
WRITE_SECONDS = 5 * 60
"""When somebody was last seen is written down at most this often."""

STARTED = "started"
SEEN = "seen"


class SessionLimitsMiddleware:
    """Ends a session after 30 minutes without use, and 12 hours after the login whatever its use.

    Stands before anything asks for the user: whose session has ended is nobody for the whole request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        now = time.time()
        if not (request.session.session_key or "a").isalnum():
            # Made up: no session has such a key, and PostgreSQL cannot even look for one with a NUL in it.
            request.session = type(request.session)()
        if is_over(request.session, now):
            request.session.flush()
        response = self.get_response(request)
        if SESSION_KEY in request.session:
            note_use(request.session, now, by_poll=request.headers.get("HX-Trigger", "").endswith(POLL))
        return response


def is_over(session: SessionBase, now: float) -> bool:
    """Whether this is the session of somebody who logged in too long ago, or was last seen too long ago."""
    if SESSION_KEY not in session or STARTED not in session:
        return False
    return bool(now - session[STARTED] >= LONGEST_SECONDS or now - session[SEEN] >= IDLE_SECONDS)


def note_use(session: SessionBase, now: float, *, by_poll: bool) -> None:
    """Write down when the session started, and now and then that it is in use. What polls keeps no session alive."""
    if STARTED not in session:
        session[STARTED] = session[SEEN] = now
    elif not by_poll and now - session[SEEN] >= WRITE_SECONDS:
        session[SEEN] = now

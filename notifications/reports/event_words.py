"""What is said of an event's time and rows. Times to come are said in whole minutes, so that a list in which nothing
has happened reads the same when it is asked for again two seconds later."""

from datetime import datetime, timedelta
from math import ceil
from urllib.parse import urlsplit

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications.models import SystemEvent

MINUTE, HOUR = 60, 3600
IN_WORDS = 48 * HOUR
"""What ends later than this is said by its date."""


def time_left(event: SystemEvent, now: datetime) -> str:
    """How long it will take; empty when nobody knows, for notices, and for what should have ended by now."""
    if not event.is_under_way or event.expected_at is None:
        return ""
    seconds = (event.expected_at - now).total_seconds()
    if not 0 < seconds <= IN_WORDS:
        return ""
    if seconds < MINUTE:
        return _("less than 1 min left")
    if seconds <= 90 * MINUTE:
        return _("about %d min left") % ceil(seconds / MINUTE)
    return _("about %d h left") % ceil(seconds / HOUR)


def run_time(event: SystemEvent, now: datetime) -> str:
    """How long it ran, or has been running; empty for what has not begun."""
    if event.started_at is None:
        return ""
    if event.is_active:
        minutes = int((now - event.started_at).total_seconds()) // MINUTE
        return _("%s so far") % _in_minutes(minutes) if minutes else _("less than 1 min so far")
    seconds = max(0, round(((event.finished_at or now) - event.started_at).total_seconds()))
    return _in_minutes(seconds // MINUTE) if seconds >= 10 * MINUTE else _in_seconds(seconds)


def _in_minutes(minutes: int) -> str:
    if minutes < HOUR // MINUTE:
        return _("%d min") % minutes
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}


def _in_seconds(seconds: int) -> str:
    if seconds < MINUTE:
        return _("%d s") % seconds
    return _("%(minutes)d min %(seconds)d s") % {"minutes": seconds // MINUTE, "seconds": seconds % MINUTE}


def rows_done(event: SystemEvent) -> str:
    """“12,000 of 100,000 rows”; empty when there are none to speak of."""
    if event.done is None:
        return ""
    done = intcomma(event.done)
    if event.total is None or (event.total == event.done and not event.is_active):
        return ngettext("%s row", "%s rows", event.done) % done if event.done else ""
    said = ngettext("%(done)s of %(total)s row", "%(done)s of %(total)s rows", event.total)
    return said % {"done": done, "total": intcomma(event.total)} if event.total else ""


def rate(event: SystemEvent, done_before: int = 0) -> str:
    """Rows per second of this run, from its beginning to its last sign of life; empty before there is one to tell."""
    if event.started_at is None or event.done is None:
        return ""
    took: timedelta = (event.finished_at or event.heartbeat_at) - event.started_at
    rows, seconds = event.done - done_before, took.total_seconds()
    if rows <= 0 or seconds < 1:
        return ""
    per_second = rows / seconds
    if per_second < 0.05:
        return ""
    return _("%s rows/s") % (intcomma(round(per_second)) if per_second >= 10 else f"{per_second:.1f}")


def reported_by(event: SystemEvent) -> str:
    """The product whose event it is, by the name of its server; empty for the console's own."""
    if event.source == SystemEvent.CONSOLE:
        return ""
    try:
        return urlsplit(event.source).hostname or event.source
    except ValueError:
        return event.source

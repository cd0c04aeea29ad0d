"""Why an event was not counted, in words for whoever looks after the back end that sent it."""

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from metering.events import Reason

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

WORDS: "Final[dict[Reason, StrOrPromise]]" = {
    Reason.NOT_AN_EVENT: _("It is no CloudEvent."),
    Reason.MEMBER_TWICE: _("It names one of its members twice, so it is not clear which holds."),
    Reason.EVENT_TOO_LARGE: _("It is larger than 32 KiB."),
    Reason.INVALID_ID: _("Its ID is missing, or longer than 200 characters."),
    Reason.WRONG_VERSION: _("It is not CloudEvents 1.0."),
    Reason.WRONG_SOURCE: _("Its source is not the one that the API token is for."),
    Reason.UNKNOWN_SERVICE: _("There is no metered service with this code."),
    Reason.NOT_METERED: _("Nothing is metered on your subscription."),
    Reason.INVALID_TIME: _("Its time cannot be read: it needs a date, a time and an offset."),
    Reason.TIME_MISSING: _("It has no time; only measurements may come without."),
    Reason.INVALID_SUBJECT: _("Its subject is longer than 200 characters."),
    Reason.INVALID_QUANTITY: _("Its quantity is not a number from 0 to 1,000,000,000,000 with at most six decimals."),
    Reason.EVENT_TOO_OLD: _("It came too late: its time is more than 35 days ago."),
    Reason.EVENT_IN_FUTURE: _("Its time is more than five minutes ahead."),
    Reason.ID_REUSED: _("Another event with this ID was counted before, and said something else."),
}


def words_of(reason: str) -> "StrOrPromise":
    """The words for a reason; one that is not known stays as it is."""
    return WORDS.get(Reason(reason), reason) if reason in Reason else reason

"""How much of one tenant's the desk takes: so many open requests, so many a day, so many replies to one."""

from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from licences.models import CustomerRequest, RequestEvent, Restriction, Tenant

State = CustomerRequest.State

UNDECIDED: Final = (State.SUBMITTED, State.IN_PROGRESS, State.WAITING)
"""What the desk has still to decide."""
MOST_OPEN: Final = 10
MOST_A_DAY: Final = 20
"""Requests of one tenant. A mail tells of each, and people read them. Source: S-29."""
MOST_REPLIES: Final = 20
"""To one request within a day: each takes the clocks along, and a mail tells of it."""


class OpenAlready(Exception):
    """There is an open request for the same limit: `request`."""

    def __init__(self, asked: CustomerRequest) -> None:
        super().__init__(asked.number)
        self.request = asked


class TooMany(Exception):
    """The tenant has as many open requests as it may have, or has sent or said as much as it may in a day; the message
    says what to do."""


def check_room(tenant: Tenant, restriction: Restriction | None, now: datetime, *, is_security: bool) -> None:
    """One open request for a limit, few at a time that are to be decided, few a day. What is about security waits for
    no answer to others."""
    requests = CustomerRequest.objects.filter(tenant=tenant)
    if restriction and (there := requests.open().filter(restriction=restriction).first()):
        raise OpenAlready(there)
    if not is_security and requests.filter(state__in=UNDECIDED).count() >= MOST_OPEN:
        said = _("%(most)d requests are open at most. Wait for an answer, or withdraw one that you do not need.")
        raise TooMany(said % {"most": MOST_OPEN})
    if requests.filter(submitted_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
        said = _("%(most)d requests a day are taken at most. Add what you have to say to one of them, or come back.")
        raise TooMany(said % {"most": MOST_A_DAY})


def check_replies(asked: CustomerRequest, now: datetime) -> None:
    """Under the request's lock."""
    replies = RequestEvent.objects.filter(tenant=asked.tenant_id, request=asked, kind=RequestEvent.Kind.REPLIED)
    if replies.filter(at__gt=now - timedelta(days=1)).count() >= MOST_REPLIES:
        said = _(
            "%(most)d replies a day are taken to one request. Put together what you have to say, and come back later."
        )
        raise TooMany(said % {"most": MOST_REPLIES})

"""Requests of customers, from the question to the answer: every change of state is made here, under the request's lock.

Each change writes an event and has the clocks follow, in one transaction; mail tells of events (notifications).
Sources: design §7 and §14.7.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from licences.models import (
    AddOn,
    CustomerRequest,
    Licence,
    RequestEvent,
    Restriction,
    SuitePlan,
    Tenant,
    User,
)
from licences.service_hours import urgency
from licences.services.history import lock_history
from licences.services.request_files import Attachment, keep_files
from licences.services.service_clocks import follow_clocks, reclassify, start_clocks

log = structlog.get_logger(__name__)

State = CustomerRequest.State
Kind = RequestEvent.Kind

UNDECIDED: Final = (State.SUBMITTED, State.IN_PROGRESS, State.WAITING)

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


class MovedOn(Exception):
    """The request is in another state by now, in which this cannot be done: `state`."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


@dataclass(frozen=True, slots=True)
class Contact:
    name: str
    email: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What an upgrade asks for: one of them, and how much. `quantity` is the limit asked for, or the seats more."""

    wants: CustomerRequest.Wants
    restriction: Restriction | None = None
    suite_plan: SuitePlan | None = None
    licence: Licence | None = None
    add_on: AddOn | None = None
    quantity: int | None = None


@transaction.atomic
def submit_request(
    tenant: Tenant,
    *,
    title: str,
    description: str,
    contact: Contact,
    affected_users: int,
    all_users: int,
    by: User,
    wish: Wish | None = None,
    facts: Mapping[str, Any] | None = None,
    evidence: Mapping[str, Any] | None = None,
    files: Sequence[Attachment] = (),
    is_security: bool = False,
    form_key: UUID | None = None,
) -> CustomerRequest:
    """Send a request: an upgrade with a `wish`, else support. Its clocks run from now. What comes from a form that has
    sent the same already is that request, as it is now.

    Raises OpenAlready, TooMany, TooManyFiles or NoPolicy, and then nothing has changed.
    """
    # As whoever changes licences does, before any other lock. What is counted stays so until this is written.
    lock_history(tenant)
    before = _said_with(tenant.pk, form_key)
    if before and _says(before, before.request, Kind.SUBMITTED, description, files) and _asks(before, title, wish):
        return before.request
    now = timezone.now()
    _check_room(tenant, wish.restriction if wish else None, now, is_security=is_security)
    said = {"title": title, "description": description, "is_security": is_security, "submitted_by": by}
    reach = {"affected_users": affected_users, "all_users": all_users}
    kept = {"facts": dict(facts or {}), "evidence": dict(evidence or {})}
    asked = _begin(tenant, now, **said, **reach, **kept, **_of_contact(contact), **_of_wish(wish))
    key = None if before else form_key
    event = _write(asked, Kind.SUBMITTED, at=now, by=by, text=description, form_key=key)
    keep_files(files, event)
    start_clocks(asked)
    log.info("request_submitted", tenant_id=tenant.pk, request_id_of_customer=asked.pk, user_id=by.pk)
    return asked


def _begin(tenant: Tenant, now: datetime, **said: Any) -> CustomerRequest:
    """The row of a request that comes in now; how urgent it is follows from how many are affected."""
    how_urgent = urgency(said["affected_users"], said["all_users"])
    return CustomerRequest.objects.create(tenant=tenant, urgency=how_urgent, state_since=now, submitted_at=now, **said)


def _of_contact(contact: Contact) -> dict[str, str]:
    return {"contact_name": contact.name, "contact_email": contact.email, "contact_phone": contact.phone}


def _of_wish(wish: Wish | None) -> dict[str, Any]:
    """Support asks for nothing that is sold."""
    if wish is None:
        return {"kind": CustomerRequest.Kind.SUPPORT}
    return {"kind": CustomerRequest.Kind.UPGRADE} | {name: getattr(wish, name) for name in Wish.__slots__}


def _said_with(tenant_id: int, form_key: UUID | None) -> RequestEvent | None:
    """What was said with the key of this form. Something else that comes with it is new, and kept without the key.

    Whoever sends something with the same key, of another request too, waits.
    """
    if form_key is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [f"form {form_key}", tenant_id])
    return RequestEvent.objects.filter(tenant=tenant_id, form_key=form_key).select_related("request").first()


def _says(
    event: RequestEvent | None,
    asked: CustomerRequest,
    kind: RequestEvent.Kind,
    text: str,
    files: Sequence[Attachment] = (),
) -> bool:
    """Whether it said just this, of this request: the same words, with the same files."""
    if event is None or (event.request_id, event.kind, event.text) != (asked.pk, kind, text):
        return False
    kept = event.files.order_by("pk").values_list("name", "size_bytes")
    return list(kept) == [(each.name, len(each.content)) for each in files]


def _asks(event: RequestEvent, title: str, wish: Wish | None) -> bool:
    """Whether its request is called that, and wants that."""
    return all(getattr(event.request, name) == value for name, value in {"title": title, **_of_wish(wish)}.items())


def _check_room(tenant: Tenant, restriction: Restriction | None, now: datetime, *, is_security: bool) -> None:
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


def take(asked: CustomerRequest, *, by: User) -> CustomerRequest:
    """Support takes it on, or over; whoever works on it already has nothing to take. Raises MovedOn."""
    with transaction.atomic():
        asked = _locked(asked, UNDECIDED)
        if asked.taken_by_name == by.login_id and asked.state == State.IN_PROGRESS:
            return asked
        asked.taken_by_name = by.login_id
        asked.save(update_fields=["taken_by_name"])
        return _move(asked, State.IN_PROGRESS, Kind.TAKEN, by=by)


def answer(asked: CustomerRequest, *, text: str, by: User, form_key: UUID | None = None) -> CustomerRequest:
    """Support says something; the clocks of what is not decided run on. A form that was sent already says nothing more.

    Raises MovedOn.
    """
    with transaction.atomic():
        asked = _locked(asked, State)
        before = _said_with(asked.tenant_id, form_key)
        if _says(before, asked, Kind.ANSWERED, text):
            return asked
        _check_state(asked, (*UNDECIDED, State.APPROVED))
        becomes = State.IN_PROGRESS if asked.state == State.SUBMITTED else State(asked.state)
        return _move(asked, becomes, Kind.ANSWERED, by=by, text=text, form_key=None if before else form_key)


def ask(asked: CustomerRequest, *, text: str, by: User, form_key: UUID | None = None) -> CustomerRequest:
    """Support needs to know something: the solution clock waits for the reply. A form that was sent already asks
    nothing more. Raises MovedOn."""
    with transaction.atomic():
        asked = _locked(asked, State)
        before = _said_with(asked.tenant_id, form_key)
        if _says(before, asked, Kind.ASKED, text):
            return asked
        _check_state(asked, UNDECIDED)
        return _move(asked, State.WAITING, Kind.ASKED, by=by, text=text, form_key=None if before else form_key)


def reply(
    asked: CustomerRequest,
    *,
    text: str,
    by: User,
    files: Sequence[Attachment] = (),
    form_key: UUID | None = None,
) -> CustomerRequest:
    """The customer says something; what waited for it goes on. A form that was sent already says nothing more.

    Raises MovedOn, TooMany or TooManyFiles.
    """
    with transaction.atomic():
        asked = _locked(asked, State)
        before = _said_with(asked.tenant_id, form_key)
        if _says(before, asked, Kind.REPLIED, text, files):
            return asked
        _check_state(asked, (*UNDECIDED, State.APPROVED))
        _check_replies(asked, timezone.now())
        becomes = State.IN_PROGRESS if asked.state == State.WAITING else State(asked.state)
        return _move(asked, becomes, Kind.REPLIED, by=by, text=text, files=files, form_key=None if before else form_key)


def _check_replies(asked: CustomerRequest, now: datetime) -> None:
    """Under the request's lock."""
    replies = RequestEvent.objects.filter(tenant=asked.tenant_id, request=asked, kind=Kind.REPLIED)
    if replies.filter(at__gt=now - timedelta(days=1)).count() >= MOST_REPLIES:
        said = _(
            "%(most)d replies a day are taken to one request. Put together what you have to say, and come back later."
        )
        raise TooMany(said % {"most": MOST_REPLIES})


def note(asked: CustomerRequest, *, text: str, by: User, form_key: UUID | None = None) -> CustomerRequest:
    """Support notes something for itself. A form that was sent already notes nothing more."""
    with transaction.atomic():
        asked = _locked(asked, State)
        before = _said_with(asked.tenant_id, form_key)
        if not _says(before, asked, Kind.NOTED, text):
            key = None if before else form_key
            _write(asked, Kind.NOTED, by=by, text=text, is_internal=True, form_key=key)
        return asked


def reclassify_request(asked: CustomerRequest, *, affected_users: int, all_users: int, by: User) -> CustomerRequest:
    """Support corrects how many are affected: the urgency follows, and the deadlines from the same start.

    Raises MovedOn.
    """
    with transaction.atomic():
        asked = _locked(asked, UNDECIDED)
        before = asked.urgency
        asked.affected_users, asked.all_users = affected_users, all_users
        asked.urgency = urgency(affected_users, all_users)
        asked.save(update_fields=["affected_users", "all_users", "urgency"])
        _write(asked, Kind.RECLASSIFIED, by=by, data={"before": str(before), "after": str(asked.urgency)})
        reclassify(asked)
        return asked


def approve(
    asked: CustomerRequest, *, text: str, by: User, granted: Mapping[str, Any] | None = None
) -> CustomerRequest:
    """Say yes; of a support request, that it is solved. What is granted is carried out by services/granting.py, in the
    same transaction. Raises MovedOn."""
    with transaction.atomic():
        asked = _locked(asked, UNDECIDED)
        asked.granted = dict(granted or {})
        asked.save(update_fields=["granted"])
        return _move(asked, State.APPROVED, Kind.APPROVED, by=by, text=text, data=asked.granted)


def lock_undecided(asked: CustomerRequest) -> CustomerRequest:
    """The request as it is now, which nobody decides meanwhile. In the transaction that decides. Raises MovedOn."""
    return _locked(asked, UNDECIDED)


def decline(asked: CustomerRequest, *, text: str, by: User) -> CustomerRequest:
    """Say no, and why. Raises MovedOn."""
    with transaction.atomic():
        return _move(_locked(asked, UNDECIDED), State.DECLINED, Kind.DECLINED, by=by, text=text)


def fulfil(asked: CustomerRequest, *, by: User, text: str = "") -> CustomerRequest:
    """What was approved has been done. Raises MovedOn."""
    with transaction.atomic():
        return _move(_locked(asked, (State.APPROVED,)), State.FULFILLED, Kind.FULFILLED, by=by, text=text)


def withdraw(asked: CustomerRequest, *, by: User) -> CustomerRequest:
    """The customer does not want it any more. Raises MovedOn."""
    with transaction.atomic():
        return _move(_locked(asked, UNDECIDED), State.WITHDRAWN, Kind.WITHDRAWN, by=by)


def _locked(asked: CustomerRequest, states: Collection[str] | type[State]) -> CustomerRequest:
    """The request as it is now; whoever else changes it waits."""
    requests = CustomerRequest.objects.select_for_update(no_key=True, of=("self",)).select_related("tenant")
    [asked] = requests.filter(tenant=asked.tenant_id, pk=asked.pk)
    _check_state(asked, states)
    return asked


def _check_state(asked: CustomerRequest, states: Collection[str] | type[State]) -> None:
    if asked.state not in list(states):
        raise MovedOn(asked.state)


def _move(
    asked: CustomerRequest,
    becomes: State,
    kind: RequestEvent.Kind,
    *,
    by: User,
    text: str = "",
    data: Mapping[str, Any] | None = None,
    files: Sequence[Attachment] = (),
    form_key: UUID | None = None,
) -> CustomerRequest:
    now = timezone.now()
    if asked.state != becomes:
        asked.state, asked.state_since = becomes, now
        asked.closed_at = None if asked.is_open else now
        asked.save(update_fields=["state", "state_since", "closed_at"])
    event = _write(asked, kind, at=now, by=by, text=text, data=data, form_key=form_key)
    keep_files(files, event)
    follow_clocks(asked)
    return asked


def _write(
    asked: CustomerRequest,
    kind: RequestEvent.Kind,
    *,
    by: User,
    at: datetime | None = None,
    text: str = "",
    data: Mapping[str, Any] | None = None,
    is_internal: bool = False,
    form_key: UUID | None = None,
) -> RequestEvent:
    return RequestEvent.objects.create(
        tenant_id=asked.tenant_id,
        request=asked,
        kind=kind,
        at=at or timezone.now(),
        by=None if by.is_support else by,
        by_name=by.full_name or by.login_id,
        is_of_support=by.is_support,
        is_internal=is_internal,
        text=text,
        data=dict(data or {}),
        form_key=form_key,
    )

"""What becomes of a request, from one state to the next. Each move has the clocks follow."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from licences.models import CustomerRequest, RequestEvent, User
from licences.service_hours import urgency
from licences.services.customer_requests.room import UNDECIDED, check_replies
from licences.services.customer_requests.thread import said_with, says, write
from licences.services.request_files import Attachment, keep_files
from licences.services.service_clocks import follow_clocks, reclassify

State = CustomerRequest.State
Kind = RequestEvent.Kind


class MovedOn(Exception):
    """The request is in another state by now, in which this cannot be done: `state`."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


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
        before = said_with(asked.tenant_id, form_key)
        if says(before, asked, Kind.ANSWERED, text):
            return asked
        _check_state(asked, (*UNDECIDED, State.APPROVED))
        becomes = State.IN_PROGRESS if asked.state == State.SUBMITTED else State(asked.state)
        return _move(asked, becomes, Kind.ANSWERED, by=by, text=text, form_key=None if before else form_key)


def ask(asked: CustomerRequest, *, text: str, by: User, form_key: UUID | None = None) -> CustomerRequest:
    """Support needs to know something: the solution clock waits for the reply. A form that was sent already asks
    nothing more. Raises MovedOn."""
    with transaction.atomic():
        asked = _locked(asked, State)
        before = said_with(asked.tenant_id, form_key)
        if says(before, asked, Kind.ASKED, text):
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
        before = said_with(asked.tenant_id, form_key)
        if says(before, asked, Kind.REPLIED, text, files):
            return asked
        _check_state(asked, (*UNDECIDED, State.APPROVED))
        check_replies(asked, timezone.now())
        becomes = State.IN_PROGRESS if asked.state == State.WAITING else State(asked.state)
        return _move(asked, becomes, Kind.REPLIED, by=by, text=text, files=files, form_key=None if before else form_key)


def note(asked: CustomerRequest, *, text: str, by: User, form_key: UUID | None = None) -> CustomerRequest:
    """Support notes something for itself. A form that was sent already notes nothing more."""
    with transaction.atomic():
        asked = _locked(asked, State)
        before = said_with(asked.tenant_id, form_key)
        if not says(before, asked, Kind.NOTED, text):
            key = None if before else form_key
            write(asked, Kind.NOTED, by=by, text=text, is_internal=True, form_key=key)
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
        write(asked, Kind.RECLASSIFIED, by=by, data={"before": str(before), "after": str(asked.urgency)})
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
    event = write(asked, kind, at=now, by=by, text=text, data=data, form_key=form_key)
    keep_files(files, event)
    follow_clocks(asked)
    return asked

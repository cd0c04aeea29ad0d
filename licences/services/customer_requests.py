"""Requests of customers, from the question to the answer: every change of state is made here, under the request's lock.

Each change writes an event and has the clocks follow, in one transaction; mail tells of events (notifications).
Sources: design §7 and §14.7.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from licences.models import (
    AddOn,
    CustomerRequest,
    Licence,
    RequestEvent,
    RequestFile,
    Restriction,
    SuitePlan,
    Tenant,
    User,
)
from licences.service_hours import urgency
from licences.services.service_clocks import follow_clocks, reclassify, start_clocks

log = structlog.get_logger(__name__)

State = CustomerRequest.State
Kind = RequestEvent.Kind

ONE_OPEN: Final = "customerrequest_one_open_per_restriction"
UNDECIDED: Final = (State.SUBMITTED, State.IN_PROGRESS, State.WAITING)


class OpenAlready(Exception):
    """There is an open request for the same limit: `request`."""

    def __init__(self, request: CustomerRequest) -> None:
        super().__init__(request.number)
        self.request = request


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


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content: bytes = field(repr=False)


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
) -> CustomerRequest:
    """Send a request: an upgrade with a `wish`, else support. Its clocks run from now.

    Raises OpenAlready, and then nothing has changed.
    """
    now = timezone.now()
    wanted: dict[str, Any] = {} if wish is None else {name: getattr(wish, name) for name in Wish.__slots__}
    request = CustomerRequest(
        tenant=tenant,
        kind=CustomerRequest.Kind.SUPPORT if wish is None else CustomerRequest.Kind.UPGRADE,
        title=title,
        description=description,
        facts=dict(facts or {}),
        evidence=dict(evidence or {}),
        contact_name=contact.name,
        contact_email=contact.email,
        contact_phone=contact.phone,
        affected_users=affected_users,
        all_users=all_users,
        urgency=urgency(affected_users, all_users),
        is_security=is_security,
        state_since=now,
        submitted_at=now,
        submitted_by=by,
        **wanted,
    )
    _save(request)
    RequestFile.objects.bulk_create(
        RequestFile(
            tenant=tenant, request=request, name=each.name, size_bytes=len(each.content), content=each.content, at=now
        )
        for each in files
    )
    _write(request, Kind.SUBMITTED, by=by, text=description)
    start_clocks(request)
    log.info("request_submitted", tenant_id=tenant.pk, request_id_of_customer=request.pk, user_id=by.pk)
    return request


def _save(request: CustomerRequest) -> None:
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except IntegrityError:
        there = CustomerRequest.objects.open().filter(tenant=request.tenant_id, restriction=request.restriction_id)
        if request.restriction_id is None or (open_one := there.first()) is None:
            raise
        raise OpenAlready(open_one) from None


def take(request: CustomerRequest, *, by: User) -> CustomerRequest:
    """Support takes it on, or over. Raises MovedOn."""
    with transaction.atomic():
        request = _locked(request, UNDECIDED)
        request.taken_by = by
        request.save(update_fields=["taken_by"])
        return _move(request, State.IN_PROGRESS, Kind.TAKEN, by=by)


def answer(request: CustomerRequest, *, text: str, by: User) -> CustomerRequest:
    """Support says something; the clocks of what is not decided run on. Raises MovedOn."""
    with transaction.atomic():
        request = _locked(request, (*UNDECIDED, State.APPROVED))
        becomes = State.IN_PROGRESS if request.state == State.SUBMITTED else State(request.state)
        return _move(request, becomes, Kind.ANSWERED, by=by, text=text)


def ask(request: CustomerRequest, *, text: str, by: User) -> CustomerRequest:
    """Support needs to know something: the solution clock waits for the reply. Raises MovedOn."""
    with transaction.atomic():
        return _move(_locked(request, UNDECIDED), State.WAITING, Kind.ASKED, by=by, text=text)


def reply(request: CustomerRequest, *, text: str, by: User, files: Sequence[Attachment] = ()) -> CustomerRequest:
    """The customer says something; what waited for it goes on. Raises MovedOn."""
    with transaction.atomic():
        request = _locked(request, (*UNDECIDED, State.APPROVED))
        becomes = State.IN_PROGRESS if request.state == State.WAITING else State(request.state)
        now = timezone.now()
        RequestFile.objects.bulk_create(
            RequestFile(
                tenant_id=request.tenant_id,
                request=request,
                name=each.name,
                size_bytes=len(each.content),
                content=each.content,
                at=now,
            )
            for each in files
        )
        return _move(request, becomes, Kind.REPLIED, by=by, text=text)


def note(request: CustomerRequest, *, text: str, by: User) -> CustomerRequest:
    """Support notes something for itself."""
    with transaction.atomic():
        request = _locked(request, State)
        _write(request, Kind.NOTED, by=by, text=text, is_internal=True)
        return request


def reclassify_request(request: CustomerRequest, *, affected_users: int, all_users: int, by: User) -> CustomerRequest:
    """Support corrects how many are affected: the urgency follows, and the deadlines from the same start.

    Raises MovedOn.
    """
    with transaction.atomic():
        request = _locked(request, UNDECIDED)
        before = request.urgency
        request.affected_users, request.all_users = affected_users, all_users
        request.urgency = urgency(affected_users, all_users)
        request.save(update_fields=["affected_users", "all_users", "urgency"])
        _write(request, Kind.RECLASSIFIED, by=by, data={"before": str(before), "after": str(request.urgency)})
        reclassify(request)
        return request


def approve(
    request: CustomerRequest, *, text: str, by: User, granted: Mapping[str, Any] | None = None
) -> CustomerRequest:
    """Say yes; of a support request, that it is solved. What is granted is carried out by services/granting.py, in the
    same transaction. Raises MovedOn."""
    with transaction.atomic():
        request = _locked(request, UNDECIDED)
        request.granted = dict(granted or {})
        request.save(update_fields=["granted"])
        return _move(request, State.APPROVED, Kind.APPROVED, by=by, text=text, data=request.granted)


def decline(request: CustomerRequest, *, text: str, by: User) -> CustomerRequest:
    """Say no, and why. Raises MovedOn."""
    with transaction.atomic():
        return _move(_locked(request, UNDECIDED), State.DECLINED, Kind.DECLINED, by=by, text=text)


def fulfil(request: CustomerRequest, *, by: User, text: str = "") -> CustomerRequest:
    """What was approved has been done. Raises MovedOn."""
    with transaction.atomic():
        return _move(_locked(request, (State.APPROVED,)), State.FULFILLED, Kind.FULFILLED, by=by, text=text)


def withdraw(request: CustomerRequest, *, by: User) -> CustomerRequest:
    """The customer does not want it any more. Raises MovedOn."""
    with transaction.atomic():
        return _move(_locked(request, UNDECIDED), State.WITHDRAWN, Kind.WITHDRAWN, by=by)


def _locked(request: CustomerRequest, states: Collection[str] | type[State]) -> CustomerRequest:
    """The request as it is now; whoever else changes it waits."""
    requests = CustomerRequest.objects.select_for_update(no_key=True, of=("self",)).select_related("tenant")
    request = requests.get(tenant=request.tenant_id, pk=request.pk)
    if request.state not in list(states):
        raise MovedOn(request.state)
    return request


def _move(
    request: CustomerRequest,
    becomes: State,
    kind: RequestEvent.Kind,
    *,
    by: User,
    text: str = "",
    data: Mapping[str, Any] | None = None,
) -> CustomerRequest:
    now = timezone.now()
    if request.state != becomes:
        request.state, request.state_since = becomes, now
        request.closed_at = None if request.is_open else now
        request.save(update_fields=["state", "state_since", "closed_at"])
    _write(request, kind, by=by, text=text, data=data)
    follow_clocks(request)
    return request


def _write(
    request: CustomerRequest,
    kind: RequestEvent.Kind,
    *,
    by: User,
    text: str = "",
    data: Mapping[str, Any] | None = None,
    is_internal: bool = False,
) -> None:
    RequestEvent.objects.create(
        tenant_id=request.tenant_id,
        request=request,
        kind=kind,
        at=timezone.now(),
        by=by,
        by_name=by.full_name or by.login_id,
        is_of_support=by.is_support,
        is_internal=is_internal,
        text=text,
        data=dict(data or {}),
    )

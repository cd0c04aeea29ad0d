"""Sending a request: an upgrade, or support."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from licences.models import AddOn, CustomerRequest, Licence, RequestEvent, Restriction, SuitePlan, Tenant, User
from licences.service_hours import urgency
from licences.services.customer_requests.room import check_room
from licences.services.customer_requests.thread import said_with, says, write
from licences.services.history import lock_history
from licences.services.request_files import Attachment, keep_files
from licences.services.service_clocks import start_clocks

log = structlog.get_logger(__name__)

Kind = RequestEvent.Kind


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
    before = said_with(tenant.pk, form_key)
    if before and says(before, before.request, Kind.SUBMITTED, description, files) and _asks(before, title, wish):
        return before.request
    now = timezone.now()
    check_room(tenant, wish.restriction if wish else None, now, is_security=is_security)
    said = {"title": title, "description": description, "is_security": is_security, "submitted_by": by}
    reach = {"affected_users": affected_users, "all_users": all_users}
    kept = {"facts": dict(facts or {}), "evidence": dict(evidence or {})}
    asked = _begin(tenant, now, **said, **reach, **kept, **_of_contact(contact), **_of_wish(wish))
    key = None if before else form_key
    event = write(asked, Kind.SUBMITTED, at=now, by=by, text=description, form_key=key)
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


def _asks(event: RequestEvent, title: str, wish: Wish | None) -> bool:
    """Whether its request is called that, and wants that."""
    return all(getattr(event.request, name) == value for name, value in {"title": title, **_of_wish(wish)}.items())

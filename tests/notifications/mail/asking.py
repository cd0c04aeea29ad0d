"""A customer who asks, and what the desk does about it, at whatever time the test says that it is."""

from typing import Any

from config.tenancy.scopes import support_scope
from licences.models import CustomerRequest, User
from licences.services import customer_requests as service
from licences.services.customer_requests import Contact
from notifications.models import OutboxEntry
from notifications.services.request_mails import tell_of_requests
from tests.factories import desk_policy, scope_of
from tests.notifications.mail.entries import entries

DESK = "desk@console.example"
CONTACT = Contact("Ask Nordby", "ask@nordlys.example")
WHY = "We plan thirty more.\nAll of them in spring."


def submit(user: User, **fields: Any) -> CustomerRequest:
    """One of 20 users is affected: low."""
    desk_policy()
    asked = {"title": "Room for the spring", "description": WHY, "contact": CONTACT}
    with scope_of(user):
        return service.submit_request(user.tenant, **asked | {"affected_users": 1, "all_users": 20} | fields, by=user)


def by_customer(request: CustomerRequest, what: str, user: User, **said: Any) -> None:
    with scope_of(user):
        getattr(service, what)(request, by=user, **said)


def by_support(request: CustomerRequest, what: str, support: User, **said: Any) -> None:
    with support_scope("a test answers"):
        getattr(service, what)(request, by=support, **said)


def sweep() -> list[OutboxEntry]:
    """What the task brings, beside what was there."""
    known = {entry.pk for entry in entries()}
    tell_of_requests()
    return [entry for entry in entries() if entry.pk not in known]


def told(entry: OutboxEntry) -> tuple[str, str]:
    return entry.recipient, entry.subject

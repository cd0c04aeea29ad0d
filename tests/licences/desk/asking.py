"""Requests that tenants of the demo send, what the desk does about them, and what there is of them afterwards."""

from typing import Any
from uuid import uuid4

from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from config.tenancy.scopes import support_scope
from licences.models import AddOn, CustomerRequest, Licence, Restriction, SuitePlan, Tenant, User
from licences.services.customer_requests import Contact, Wish, submit_request
from tests.factories import scope_of

MODULES, SUITE = "1000000001", "1000000002"
"""Of the demo: a tenant with user plans, and one on CRM Suite Core with 97 of 100 active projects."""
PROJECTS = "active-projects"
Wants = CustomerRequest.Wants


def tenant_of(serial_number: str) -> Tenant:
    with support_scope("a test looks"):
        return Tenant.objects.select_related("suite_plan").get(serial_number=serial_number)


def ask(tenant: Tenant, wish: Wish | None = None, **more: Any) -> CustomerRequest:
    """What the tenant's administrator asks for; support without a wish."""
    with scope_of(tenant):
        by = User.objects.filter(tenant=tenant, role=User.Role.ADMINISTRATOR).order_by("pk")[0]
        asked = {"title": "We need more", "description": "We grow.", "affected_users": 1, "all_users": 20} | more
        return submit_request(tenant, wish=wish, contact=Contact(by.full_name, by.email), by=by, **asked)


def limit_of(tenant: Tenant, code: str = PROJECTS) -> Restriction:
    with scope_of(tenant):
        return Restriction.objects.select_related("tenant", "type").get(tenant=tenant, type__code=code)


def licence_of(tenant: Tenant, code: str) -> Licence:
    with scope_of(tenant):
        return Licence.objects.in_force().select_related("type", "licence_set__owner").get(type__code=code)


def for_more(tenant: Tenant, limit: int = 150) -> CustomerRequest:
    """More active projects."""
    return ask(tenant, Wish(Wants.LIMIT, restriction=limit_of(tenant), quantity=limit))


def for_plan(tenant: Tenant, code: str) -> CustomerRequest:
    return ask(tenant, Wish(Wants.PLAN, suite_plan=SuitePlan.objects.get(code=code)))


def for_seats(tenant: Tenant, code: str, more: int) -> CustomerRequest:
    return ask(tenant, Wish(Wants.SEATS, licence=licence_of(tenant, code), quantity=more))


def for_add_on(tenant: Tenant, code: str) -> CustomerRequest:
    return ask(tenant, Wish(Wants.ADD_ON, add_on=AddOn.objects.get(code=code)))


def now_of(asked: CustomerRequest) -> CustomerRequest:
    with scope_of(asked):
        return CustomerRequest.objects.get(pk=asked.pk)


def story_of(asked: CustomerRequest) -> list[str]:
    """What happened to it, in order."""
    with scope_of(asked):
        return list(asked.events.order_by("at", "pk").values_list("kind", flat=True))


def page_of(asked: CustomerRequest, name: str = "change") -> str:
    return reverse(f"admin:licences_customerrequest_{name}", args=[asked.pk])


def do(client: Client, asked: CustomerRequest, name: str, **typed: Any) -> Any:
    return client.post(page_of(asked, "act"), {name: "", "form_key": str(uuid4())} | typed)


def logged() -> list[str]:
    with support_scope("a test looks"):
        return list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True))


def approval(asked: CustomerRequest, **typed: Any) -> dict[str, Any]:
    """What the second form of the page sends for what was asked."""
    shown = {"restriction": "active-projects", "limit": 150, "looked_at": 100}
    return shown | {"approve": "1", "text": "Granted.", "fulfil_too": "on"} | typed

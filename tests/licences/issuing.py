"""The page in Django admin on which support issues licence sets, and what its form sends."""

from typing import Any

from django.forms import BoundField
from django.test import Client
from django.urls import reverse

from licences.models import Tenant


def page_of(tenant: Tenant, owner: str = "") -> str:
    return reverse("admin:licences_tenant_issue", args=[tenant.pk], query={"owner": owner} if owner else None)


def filled_in(client: Client, page: str, **typed: Any) -> dict[str, Any]:
    """What the page's form sends when it is sent as it is shown, but for what is typed."""
    shown: list[BoundField] = list(client.get(page).context["form"])
    values = {field.html_name: field.value() for field in shown}
    sent = {name: value for name, value in values.items() if value is not None}
    return sent | {"why": "Contract 4711"} | typed

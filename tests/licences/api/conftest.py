"""Back ends that call the API as some tenant's source."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from licences.models import ApiToken, Tenant
from licences.services.api_tokens import make_token
from tests.factories import TenantFactory, scope_of

SOURCE = "https://crm.nordlys.example"


class BackEnd:
    """Calls with a token of its own and no cookies; `token` is what it shows."""

    def __init__(self, tenant: Tenant, scopes: list[str], source: str) -> None:
        self.tenant = tenant
        with scope_of(tenant):
            made = make_token(tenant, source=source, scopes=scopes, by=None)
        self.made, self.token = made.token, made.clear

    def call(self, method: str, address: str, body: Any = None, **headers: str) -> HttpResponse:
        data = "" if body is None else json.dumps(body)
        shown = {"Authorization": f"Bearer {self.token}"} | headers
        return Client().generic(method, address, data, "application/json", headers=shown)

    def get(self, address: str, **headers: str) -> HttpResponse:
        return self.call("GET", address, **headers)


BackEndOf = Callable[..., BackEnd]


@pytest.fixture
def back_end_of() -> BackEndOf:
    def make(tenant: Tenant, *scopes: str, source: str = SOURCE) -> BackEnd:
        return BackEnd(tenant, list(scopes) or ApiToken.Scope.values, source)

    return make


@pytest.fixture
def tenant(db: None) -> Tenant:
    return TenantFactory()


@pytest.fixture
def back_end(tenant: Tenant, back_end_of: BackEndOf) -> BackEnd:
    """May do everything, for a tenant of its own."""
    return back_end_of(tenant)


def problem(response: HttpResponse) -> str:
    """The code of the problem that an answer is."""
    assert response["Content-Type"] == "application/problem+json"
    said = response.json()
    assert said["status"] == response.status_code
    return str(said["type"]).removeprefix("/api/v1/docs#")

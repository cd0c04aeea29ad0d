"""Product back ends that send usage over the API."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from licences.models import ApiToken, Tenant
from licences.services.api_tokens import make_token
from tests.factories import scope_of
from tests.metering.sending import SOURCE

BATCH = "application/cloudevents-batch+json"


class Sender:
    """Sends with a token of its own, and no cookies."""

    def __init__(self, tenant: Tenant, scopes: list[str], source: str) -> None:
        with scope_of(tenant):
            self.token = make_token(tenant, source=source, scopes=scopes, by=None).clear

    def send(self, body: Any, media_type: str = BATCH, **headers: str) -> HttpResponse:
        """Events, or bytes as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        shown = {"Authorization": f"Bearer {self.token}"} | headers
        return Client().post("/api/v1/events", data, content_type=media_type, headers=shown)


SenderOf = Callable[..., Sender]


@pytest.fixture
def sender_of() -> SenderOf:
    def make(tenant: Tenant, *scopes: str, source: str = SOURCE) -> Sender:
        return Sender(tenant, list(scopes) or [ApiToken.Scope.EVENTS_WRITE], source)

    return make


@pytest.fixture
def sender(metered: Tenant, sender_of: SenderOf) -> Sender:
    """May send events for `metered`, and nothing else."""
    return sender_of(metered)


def statuses(response: HttpResponse) -> list[str]:
    """What became of each event, in their order; the numbers say the same."""
    said = response.json()
    found = [result["status"] for result in said["results"]]
    assert [result["index"] for result in said["results"]] == list(range(len(found)))
    for status in ("accepted", "duplicate", "conflict", "rejected"):
        assert said[status] == found.count(status)
    return found


def codes(response: HttpResponse) -> list[str]:
    """Why each event that does not count does not."""
    return [
        result["problem"]["type"].removeprefix("/api/v1/docs#")
        for result in response.json()["results"]
        if "problem" in result
    ]

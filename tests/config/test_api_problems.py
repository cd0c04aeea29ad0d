"""Whatever goes wrong below /api/ is a problem as RFC 9457 has it, of a kind that the page about the API explains."""

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from ninja import Router, Schema

from config.api.console import ConsoleAPI, unknown_address
from config.api.problems import GENERAL, error_at

pytestmark = pytest.mark.django_db


class Card(Schema):
    names: list[str] = []


router = Router(tags=["Cards"])


@router.post("/cards", response=Card)
def make_card(request: Any, card: Card) -> Card:
    """A card as it was sent."""
    return card


@router.get("/faulty", response=Card)
def faulty(request: Any) -> Card:
    """Does not work."""
    raise RuntimeError("a secret of ours")


api = ConsoleAPI(title="Cards", description="For this test.")
api.add_router("", router)
urlpatterns = [path("api/v1/", api.urls), path("api/none", unknown_address)]
handler500 = "config.errors.server_error"


@dataclass(frozen=True)
class Sent:
    body: bytes | str
    content_type: str = "application/json"

    def answer(self) -> HttpResponse:
        return Client().post("/api/v1/cards", self.body, content_type=self.content_type)


REFUSED = {
    "no JSON": (Sent("{"), 400, "malformed-body"),
    "two things": (Sent("{}{}"), 400, "malformed-body"),
    "no number": (Sent('{"names": NaN}'), 400, "malformed-body"),
    "infinite": (Sent('{"names": -Infinity}'), 400, "malformed-body"),
    "too deep": (Sent("[" * 200_000), 400, "malformed-body"),
    "too many digits": (Sent("9" * 5_000), 400, "malformed-body"),
    "not UTF-8": (Sent(b'{"names": ["\xff"]}'), 400, "malformed-body"),
    "UTF-16": (Sent("{}".encode("utf-16")), 400, "malformed-body"),
    "a form": (Sent("names=1", "application/x-www-form-urlencoded"), 415, "wrong-media-type"),
    "text": (Sent("{}", "text/plain"), 415, "wrong-media-type"),
    "no media type": (Sent("{}", ""), 415, "wrong-media-type"),
    "too large": (Sent('{"names": ["' + "x" * 1024 * 1024 + '"]}'), 413, "too-large"),
    "far too large": (Sent("x" * 3 * 1024 * 1024), 413, "too-large"),
    "a wrong value": (Sent('{"names": [1]}'), 422, "invalid"),
    "nothing": (Sent(""), 422, "invalid"),
}


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(("sent", "status", "code"), REFUSED.values(), ids=REFUSED)
def test_a_body_that_cannot_be_taken_is_a_problem(sent: Sent, status: int, code: str) -> None:
    response = sent.answer()

    assert response["Content-Type"] == "application/problem+json"
    said = response.json()
    assert (response.status_code, said["status"], said["type"]) == (status, status, f"/api/v1/docs#{code}")
    assert said["title"]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "application/cloudevents+json"])
def test_json_comes_under_more_than_one_name(content_type: str) -> None:
    response = Sent('{"names": ["Ask"]}', content_type).answer()

    assert response.json() == {"names": ["Ask"]}


@pytest.mark.urls(__name__)
def test_a_method_that_is_not_taken_is_a_problem_that_names_those_that_are() -> None:
    response = Client().put("/api/v1/cards", "{}", content_type="application/json")

    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert response.json()["type"].endswith("#method-not-allowed")


@pytest.mark.urls(__name__)
def test_an_error_of_ours_is_a_problem_with_the_id_of_the_log_and_nothing_else() -> None:
    client = Client(raise_request_exception=False)

    response = client.get("/api/v1/faulty")

    assert (response.status_code, response["Content-Type"]) == (500, "application/problem+json")
    assert response["X-Request-ID"] in response.json()["detail"]
    assert "secret" not in response.content.decode()


@pytest.mark.urls(__name__)
def test_of_very_many_mistakes_the_first_hundred_are_told() -> None:
    response = Sent(json.dumps({"names": list(range(1_000))})).answer()

    assert response.status_code == 422
    assert [each["pointer"] for each in response.json()["errors"]] == [f"#/names/{place}" for place in range(100)]


@pytest.mark.parametrize("address", ["/api/", "/api/v1/nothing", "/api/v1/licences/", "/api/v2/licences", "/api/x?a=b"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_address_that_is_none_is_a_problem(method: str, address: str) -> None:
    response = Client(enforce_csrf_checks=True).generic(method, address)

    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert response.json()["type"] == "/api/v1/docs#not-found"


def test_the_root_leads_to_the_page() -> None:
    assert Client().get("/api/v1/")["Location"] == "/api/v1/docs"


def test_the_page_explains_every_kind_and_every_reason() -> None:
    page = Client().get("/api/v1/docs")

    explained = set(re.findall(r'<tr id="([a-z_-]+)">', page.content.decode()))
    of_users, of_limits, of_events, of_usage = (
        {"unknown-user", "too-long-ago", "in-the-future"},
        {
            "counted-by-product",
            "counted-by-console",
            "below-zero",
            "ahead-of-time",
            "idempotency-key-reused",
            "reservation-ended",
        },
        {
            "already_active",
            "of-another-scope",
            "reserved-key",
            "reserved-source",
        },
        {
            "not-an-event",
            "member-twice",
            "event-too-large",
            "invalid-id",
            "wrong-specversion",
            "wrong-source",
            "unknown-service",
            "not-metered",
            "invalid-time",
            "time-missing",
            "invalid-subject",
            "invalid-quantity",
            "event-too-old",
            "event-in-future",
            "event-id-reused",
            "not-all-count",
            "try-again",
            "day-not-taken",
        },
    )
    assert {kind.code for kind in GENERAL} | of_users | of_limits | of_events | of_usage == explained
    assert "plan_lacks_it" in page.content.decode()


def test_the_document_is_openapi_and_open_to_everybody() -> None:
    document = Client().get("/api/v1/openapi.json").json()

    assert document["openapi"].startswith("3.1")
    calls = [call for calls in document["paths"].values() for call in calls.values()]
    assert all(call["security"] and {"401", "403", "429"} <= call["responses"].keys() for call in calls)
    assert len({call["operationId"] for call in calls}) == len(calls)


@pytest.mark.parametrize(
    ("where", "place"),
    [
        (["body"], {"pointer": "#"}),
        (["body", "uses", 0, "a/b"], {"pointer": "#/uses/0/a~1b"}),
        (["body", "~"], {"pointer": "#/~0"}),
        (["body", "å b"], {"pointer": "#/%C3%A5%20b"}),
        (["query", "limit"], {"parameter": "limit"}),
    ],
)
def test_a_place_in_the_body_is_a_json_pointer(where: list[str | int], place: dict[str, str]) -> None:
    assert error_at(where, "missing", "It is missing.") == place | {"code": "missing", "detail": "It is missing."}

"""Usage over the API: what may be sent how, and what is answered for each event."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from licences.models import ApiToken, Tenant
from metering.models import MeteredService, UncountedEvent, UsageEvent, UsageMonth
from tests.factories import TenantFactory, scope_of
from tests.licences.api.conftest import problem
from tests.metering.ingest.conftest import BATCH, Sender, SenderOf, codes, statuses
from tests.metering.sending import event

ONE = "application/cloudevents+json"
PLAIN = "application/json"


def used(tenant: Tenant) -> Decimal:
    with scope_of(tenant):
        return sum(UsageMonth.objects.values_list("used", flat=True), Decimal(0))


@pytest.mark.parametrize("media_type", [ONE, PLAIN, "application/json; charset=utf-8", "Application/CloudEvents+JSON"])
def test_one_event_is_an_object(media_type: str, sender: Sender, metered: Tenant, emails: MeteredService) -> None:
    response = sender.send(event("a", time=timezone.now(), quantity=7), media_type)

    assert (response.status_code, response["Content-Type"]) == (200, PLAIN)
    assert response.json() == {
        "accepted": 1,
        "duplicate": 0,
        "conflict": 0,
        "rejected": 0,
        "results": [{"index": 0, "id": "a", "status": "accepted"}],
    }
    assert used(metered) == 7


@pytest.mark.parametrize("media_type", [BATCH, PLAIN])
def test_several_are_a_list(media_type: str, sender: Sender, metered: Tenant, emails: MeteredService) -> None:
    now = timezone.now()

    response = sender.send([event("a", time=now, quantity=7), event("b", time=now, quantity="0.5")], media_type)

    assert (response.status_code, statuses(response)) == (200, ["accepted", "accepted"])
    assert used(metered) == Decimal("7.5")


def test_none_are_an_empty_list(sender: Sender) -> None:
    response = sender.send([])

    assert (response.status_code, statuses(response)) == (200, [])


REFUSED = {
    "a list as one event": (b"[{}]", ONE, 400, "malformed-body"),
    "one event as a list": (b"{}", BATCH, 400, "malformed-body"),
    "no JSON": (b"{", PLAIN, 400, "malformed-body"),
    "blanks": (b" ", PLAIN, 400, "malformed-body"),
    "a number": (b"5", PLAIN, 400, "malformed-body"),
    "no UTF-8": (b'["\xff"]', PLAIN, 400, "malformed-body"),
    "very deep": (b"[" * 10_000 + b"]" * 10_000, BATCH, 400, "malformed-body"),
    "text": (b"{}", "text/plain", 415, "wrong-media-type"),
    "a form": (b"a=b", "application/x-www-form-urlencoded", 415, "wrong-media-type"),
    "other JSON": (b"{}", "application/problem+json", 415, "wrong-media-type"),
    "XML": (b"<e/>", "application/cloudevents+xml", 415, "wrong-media-type"),
    "no media type": (b"{}", "", 415, "wrong-media-type"),
    "one event too many": (b"[" + b"{}," * 1_000 + b"{}]", BATCH, 413, "too-large"),
    "one byte too many": (b"[" + b" " * (1024 * 1024 - 1) + b"]", BATCH, 413, "too-large"),
    "far too many bytes": (b" " * 3 * 1024 * 1024, BATCH, 413, "too-large"),
}


@pytest.mark.parametrize(("body", "media_type", "status", "code"), REFUSED.values(), ids=REFUSED)
def test_a_body_that_cannot_be_taken_is_a_problem(
    body: bytes, media_type: str, status: int, code: str, sender: Sender
) -> None:
    response = sender.send(body, media_type)

    assert (response.status_code, problem(response)) == (status, code)


def test_as_much_as_may_be_sent_is_taken(sender: Sender) -> None:
    assert sender.send(b"[" + b" " * (1024 * 1024 - 2) + b"]").status_code == 200
    assert len(statuses(sender.send(b"[" + b"{}," * 999 + b"{}]"))) == 1_000


def test_each_is_answered_for_in_its_order(sender: Sender, metered: Tenant, emails: MeteredService) -> None:
    now = timezone.now()
    sender.send([event("before", time=now), event("other", time=now)])

    response = sender.send(
        [
            event("new", time=now, quantity=10),
            event("before", time=now, quantity="1.0"),
            event("other", time=now, quantity=2),
            event("strange", "unheard-of", time=now),
            event("late", time=now - timedelta(days=36)),
            event("early", time=now + timedelta(minutes=6)),
            event("theirs", time=now, source="https://other.example"),
            event("timeless"),
            event("less", time=now, quantity=-1),
            7,
        ]
    )

    assert response.status_code == 207
    assert statuses(response) == ["accepted", "duplicate", "conflict", *["rejected"] * 7]
    assert [result["id"] for result in response.json()["results"]] == [
        *("new", "before", "other", "strange", "late", "early", "theirs", "timeless", "less", ""),
    ]
    assert codes(response) == [
        *("event-id-reused", "unknown-service", "event-too-old", "event-in-future", "wrong-source"),
        *("time-missing", "invalid-quantity", "not-an-event"),
    ]
    assert used(metered) == 12
    with scope_of(metered):
        assert sorted(UncountedEvent.objects.values_list("reason", flat=True)) == sorted(codes(response))


def test_an_event_that_does_not_count_says_where_and_why(sender: Sender, emails: MeteredService) -> None:
    now = timezone.now()

    (_, refused) = sender.send([event("a", time=now), event("b", time=now, quantity="x")]).json()["results"]
    (alone,) = sender.send(event("b", time=now, quantity="x"), ONE).json()["results"]

    assert refused["problem"] == {
        "type": "/api/v1/docs#invalid-quantity",
        "title": "The quantity is no amount that can be counted",
        "status": 422,
        "errors": [
            {
                "pointer": "#/1/data/quantity",
                "code": "invalid-quantity",
                "detail": "The quantity is no amount that can be counted",
            }
        ],
    }
    assert alone["problem"]["errors"][0]["pointer"] == "#/data/quantity"


def test_a_conflict_is_told_as_one(sender: Sender, emails: MeteredService) -> None:
    now = timezone.now()
    sender.send([event("a", time=now)])

    (result,) = sender.send([event("a", time=now, subject="another")]).json()["results"]

    assert (result["status"], result["problem"]["status"]) == ("conflict", 409)
    assert result["problem"]["errors"][0]["pointer"] == "#/0/id"


STRICT = ["handling=strict", "respond-async, handling=strict", 'handling="strict"; wait=1', "Handling = Strict"]


@pytest.mark.parametrize("wish", STRICT)
def test_strictly_all_count_or_none(wish: str, sender: Sender, metered: Tenant, emails: MeteredService) -> None:
    now = timezone.now()
    sender.send([event("before", time=now)])
    sent = [event("before", time=now), event("a", time=now), event("b", time=now, quantity="x"), event("a", time=now)]

    response = sender.send(sent, Prefer=wish)

    assert (response.status_code, problem(response)) == (422, "not-all-count")
    assert [(each["pointer"], each["code"]) for each in response.json()["errors"]] == [
        ("#/2/data/quantity", "invalid-quantity")
    ]
    assert used(metered) == 1
    with scope_of(metered):
        assert UsageEvent.objects.count() == 1
        assert UncountedEvent.objects.get().event_id == "b"
    assert statuses(sender.send([sent[0], sent[1], sent[3]], Prefer=wish)) == ["duplicate", "accepted", "duplicate"]
    assert used(metered) == 2


@pytest.mark.parametrize("wish", ["", "handling=lenient", "handling=strictly", "return=minimal"])
def test_otherwise_what_counts_counts(wish: str, sender: Sender, metered: Tenant, emails: MeteredService) -> None:
    now = timezone.now()

    response = sender.send([event("a", time=now), event("b", time=now, quantity="x")], Prefer=wish)

    assert (response.status_code, statuses(response)) == (207, ["accepted", "rejected"])
    assert used(metered) == 1


def test_it_takes_the_scope(metered: Tenant, emails: MeteredService, sender_of: SenderOf) -> None:
    others = [scope for scope in ApiToken.Scope.values if scope != ApiToken.Scope.EVENTS_WRITE]

    response = sender_of(metered, *others).send([event("a", time=timezone.now())])

    assert (response.status_code, problem(response)) == (403, "missing-scope")
    assert 'scope="events:write"' in response["WWW-Authenticate"]
    assert used(metered) == 0


def without_a_token(**headers: str) -> HttpResponse:
    return Client().post("/api/v1/events", b"[]", content_type=BATCH, headers=headers)


@pytest.mark.django_db
def test_without_a_token_nothing_is_taken() -> None:
    assert problem(without_a_token()) == "no-token"
    assert problem(without_a_token(Authorization=f"Bearer lic_{'0' * 64}")) == "invalid-token"


def test_the_tenant_is_the_tokens(metered: Tenant, emails: MeteredService, sender_of: SenderOf) -> None:
    other = TenantFactory()

    sender_of(metered).send([event("a", time=timezone.now(), tenant=other.serial_number)], BATCH)
    sender_of(other).send([event("a", time=timezone.now(), quantity=2)])

    assert (used(metered), used(other)) == (1, 2)


def test_sources_have_ids_of_their_own(metered: Tenant, emails: MeteredService, sender_of: SenderOf) -> None:
    now = timezone.now()

    for source in ("crm", "mailer"):
        sent = [event("a", time=now, quantity=len(source), source=source)]
        assert statuses(sender_of(metered, source=source).send(sent)) == ["accepted"]

    assert used(metered) == 9


def test_on_suite_nothing_is_metered(emails: MeteredService, sender_of: SenderOf) -> None:
    response = sender_of(TenantFactory(suite=True)).send([event("a", time=timezone.now())])

    assert (response.status_code, statuses(response), codes(response)) == (207, ["rejected"], ["not-metered"])


def test_the_page_about_the_api_says_how(db: None) -> None:
    page = Client().get("/api/v1/docs").content.decode()

    for words in (
        "data.quantity",
        "number or string",
        "specversion",
        "handling=strict",
        "events:write",
        "duplicate",
        "In the headers",
    ):
        assert words in page

"""The way of one event, found by its ID."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from licences.models import User
from metering.events import key_of
from metering.models import MeteredService
from metering.periods import Month
from metering.services.closing import close
from metering.services.ingest import ingest
from tests.conftest import ClientOf
from tests.factories import CorrectionFactory, scope_of
from tests.metering.pages.conftest import NOW
from tests.metering.sending import SOURCE, event, send
from tests.pages import element, links, text

pytestmark = pytest.mark.django_db

PAGE = reverse("metering:events")
OCTOBER = Month(date(2026, 10, 1))


def test_an_event_that_counts_says_where(boss: User, emails: MeteredService, client_of: ClientOf) -> None:
    send(boss.tenant, [event("a", time=NOW, quantity="12.5", subject="Autumn")])

    found = element(client_of(boss).get(PAGE, {"id": "a"}), "found")

    said = text(found)
    assert "E-mails counted" in said
    assert f"20 November 2026, 13:00:00 from {SOURCE}" in said
    assert "12.5 e-mails, at 13:00:00 on 20 November 2026 about Autumn" in said
    assert "Not yet: it will be on the invoice of November 2026" in said


def test_an_event_is_followed_to_the_line_of_its_invoice(
    boss: User, emails: MeteredService, client_of: ClientOf
) -> None:
    october = datetime(2026, 10, 20, 12, tzinfo=UTC)
    with time_machine.travel(october, tick=False):
        send(boss.tenant, [event("a", time=october)])
    with time_machine.travel(datetime(2026, 11, 4, 12, tzinfo=UTC), tick=False), scope_of(boss):
        close([boss.tenant], OCTOBER)
    send(boss.tenant, [event("late", time=october)])
    client = client_of(boss)

    response, late = client.get(PAGE, {"id": "a"}), client.get(PAGE, {"id": "late"})

    (invoice,) = [name for name in links(response, "found") if name.startswith("Invoice")]
    assert links(response, "found")[invoice] == reverse("metering:invoice_line", args=[OCTOBER, "emails"])
    assert client.get(links(response, "found")[invoice]).status_code == 200
    assert "It came after the invoice of its month, and will be on the next one." in text(element(late, "found"))


def test_what_was_refused_and_what_conflicts_have_their_answer(
    boss: User, emails: MeteredService, client_of: ClientOf
) -> None:
    send(boss.tenant, [event("a", time=NOW, quantity=2500), event("a", time=NOW, quantity=2400)])
    send(boss.tenant, [event("old", time=NOW - timedelta(days=40))])
    client = client_of(boss)

    conflict, refused = (text(element(client.get(PAGE, {"id": each}), "found")) for each in ("a", "old"))

    assert "Invoiced" in conflict
    assert "Not counted: a conflict" in conflict
    assert "Another event with this ID was counted before" in conflict
    assert "It said 2,400 e-mails 20 November 2026, 13:00:00 The other said 2,500 e-mails 20 November" in conflict
    assert "Not counted: refused" in refused
    assert "its time is more than 35 days ago" in refused
    assert "First came 20 November 2026, 13:00:00" in refused
    assert "It said 1 e-mails 11 October 2026, 14:00:00" in refused
    assert "The other said" not in refused


def test_a_conflict_over_nothing_but_the_subject_says_so(
    boss: User, emails: MeteredService, client_of: ClientOf
) -> None:
    send(boss.tenant, [event(name, time=NOW, subject="Autumn") for name in ("a", "b")])
    send(boss.tenant, [event("a", time=NOW, subject="Winter"), event("b", time=NOW, quantity=2, subject="Winter")])
    client = client_of(boss)

    of_subject, of_both = (text(element(client.get(PAGE, {"id": each}), "found")) for each in ("a", "b"))

    assert "only what they are about differs" in of_subject
    assert "only what they are about differs" not in of_both


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"quantity": "many"}, "It said many 20 November 2026, 13:00:00"),
        ({"quantity": "1e400"}, "It said 1e400 20 November 2026, 13:00:00"),
        ({"time": "yesterday"}, "It said 1 e-mails yesterday"),
        ({"time": "2026-11-20T12:00:00"}, "It said 1 e-mails 2026-11-20T12:00:00"),
        ({"time": "0001-01-01T00:00:00+10:00"}, "It said 1 e-mails 0001-01-01T00:00:00+10:00"),
        ({"time": None}, "It said 1 e-mails without a time"),
        ({"service": "text-messages", "quantity": 12_000}, "Service text-messages Source"),
        ({"service": "text-messages", "quantity": 12_000}, "It said 12,000 20 November 2026, 13:00:00"),
    ],
)
def test_what_was_refused_is_told_as_it_came(
    sent: dict[str, Any], told: str, boss: User, emails: MeteredService, client_of: ClientOf
) -> None:
    send(boss.tenant, [event("a", **({"time": NOW} | sent))])

    assert told in text(element(client_of(boss).get(PAGE, {"id": "a"}), "found"))


def test_who_took_it_out_is_told_and_why(boss: User, emails: MeteredService, client_of: ClientOf) -> None:
    send(boss.tenant, [event("a", time=NOW)])
    CorrectionFactory(
        tenant=boss.tenant,
        service=emails,
        month=date(2026, 11, 1),
        kind="void",
        day=NOW.date(),
        quantity=1,
        event_key=key_of(SOURCE, "a"),
        event_id="a",
        by_name="Siri at the desk",
    )

    said = text(element(client_of(boss).get(PAGE, {"id": "a", "source": SOURCE}), "found"))

    assert "counted, then taken out" in said
    assert "by Siri at the desk A test mailing" in said


@pytest.mark.parametrize("asked", ["unknown", "a' OR 1=1", "\0b", "x" * 500])
def test_what_never_came_is_not_known(asked: str, boss: User, emails: MeteredService, client_of: ClientOf) -> None:
    send(boss.tenant, [event("a", time=NOW)])

    response = client_of(boss).get(PAGE, {"id": asked})

    assert "No event with this ID has come" in text(element(response, "found"))


@pytest.mark.parametrize("asked", ["", "  ", "\0"])
def test_without_an_id_nothing_is_said_of_any_event(
    asked: str, boss: User, emails: MeteredService, client_of: ClientOf
) -> None:
    send(boss.tenant, [event("a", time=NOW)])

    assert text(element(client_of(boss).get(PAGE, {"id": asked}), "found")) == ""


def test_another_tenants_event_is_one_that_never_came(
    boss: User, emails: MeteredService, outsider: User, client_of: ClientOf
) -> None:
    send(outsider.tenant, [event("theirs", time=NOW)])

    for query in ({"id": "theirs"}, {"id": "theirs", "source": SOURCE}):
        assert "No event with this ID has come" in text(element(client_of(boss).get(PAGE, query), "found"))


def test_among_very_many_sources_the_source_is_asked_for(
    boss: User, emails: MeteredService, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metering.reports.events.journey.MOST_SOURCES", 2)
    for source in ("a", "b", "c"):
        with scope_of(boss.tenant):
            ingest(boss.tenant, [json.dumps(event(f"from-{source}", time=NOW, source=source)).encode()], source=source)

    first = text(element(client_of(boss).get(PAGE, {"id": "from-a"}), "found"))
    unnamed = client_of(boss).get(PAGE, {"id": "from-c"})
    named = text(element(client_of(boss).get(PAGE, {"id": "from-c", "source": "c"}), "found"))

    assert "13:00:00 from a" in first
    assert "it may well be counted" in text(element(unnamed, "found"))
    assert 'name="source"' in unnamed.content.decode()
    assert "13:00:00 from c" in named

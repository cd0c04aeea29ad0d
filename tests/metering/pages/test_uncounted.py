"""What was sent and not counted, and why, in words."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from licences.models import User
from metering.events import Reason
from metering.models import MeteredService
from metering.reports.events.reasons import WORDS, words_of
from tests.conftest import ClientOf
from tests.factories import CorrectionFactory, RepeatDayFactory, UncountedEventFactory
from tests.metering.pages.conftest import NOW
from tests.metering.sending import event, send
from tests.pages import element, links, table, text

pytestmark = pytest.mark.django_db

PAGE = reverse("metering:uncounted")


def test_there_are_words_for_every_reason() -> None:
    assert WORDS.keys() == set(Reason)
    assert words_of("of-another-time") == "of-another-time"


def test_what_was_refused_says_why(boss: User, emails: MeteredService, client_of: ClientOf) -> None:
    send(boss.tenant, [event("old", time=NOW - timedelta(days=40)), event("sms", "text-messages", time=NOW)])
    send(boss.tenant, [event("a", time=NOW), event("a", time=NOW, quantity=2), event("a", time=NOW)])

    response = client_of(boss).get(PAGE)

    rows = {row[0]: row[1:3] for row in table(response, "refused")}
    assert rows == {
        "old": ["It came too late: its time is more than 35 days ago.", emails.name],
        "sms": ["There is no metered service with this code.", "text-messages"],
        "a": ["Another event with this ID was counted before, and said something else.", emails.name],
    }
    assert [row[3] for row in table(response, "repeats")] == ["1"]


def test_it_is_shown_by_service_and_month(boss: User, emails: MeteredService, client_of: ClientOf) -> None:
    send(boss.tenant, [event("sms", "text-messages", time=NOW), event("old", time=NOW - timedelta(days=40))])
    UncountedEventFactory(
        tenant=boss.tenant, event_id="october", service_code="emails", last_at=datetime(2026, 10, 31, 22, tzinfo=UTC)
    )
    client = client_of(boss)

    shown = {
        query: [row[0] for row in table(client.get(PAGE + query), "refused")]
        for query in ("?service=emails", "?month=2026-11", "?service=nothing")
    }

    assert shown["?service=emails"] == ["old"]
    assert sorted(shown["?month=2026-11"]) == sorted(shown["?service=nothing"]) == ["old", "sms"]


def test_a_long_list_is_paged_by_place(boss: User, emails: MeteredService, client_of: ClientOf) -> None:
    send(boss.tenant, [event(f"n{n}", "text-messages", time=NOW) for n in range(120)])
    client, seen = client_of(boss), []

    address: str | None = ""
    while address is not None and len(seen) < 200:
        response = client.get(PAGE + address)
        seen += [row[0] for row in table(response, "refused")]
        address = links(response, "panel").get("Older")

    assert len(seen) == len(set(seen)) == 120


def test_what_support_took_out_is_shown_with_the_reason(
    boss: User, emails: MeteredService, client_of: ClientOf
) -> None:
    CorrectionFactory(
        tenant=boss.tenant,
        service=emails,
        month=date(2026, 11, 1),
        kind="void",
        quantity=100,
        day=NOW.date(),
        event_key="00000000-0000-0000-0000-000000000001",
        event_id="test-1",
    )

    response = client_of(boss).get(PAGE)

    assert text(element(response, "taken-out")).startswith("test-1 100 e-mails A test mailing support,")


def test_a_month_in_which_everything_counted_says_so(boss: User, emails: MeteredService, client_of: ClientOf) -> None:
    assert "Everything was counted" in text(element(client_of(boss).get(PAGE), "panel"))


def test_all_of_it_is_a_file(
    boss: User, emails: MeteredService, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metering.reports.events.uncounted.BATCH", 7)
    send(boss.tenant, [event(f"n{n}", "=text-messages", time=NOW) for n in range(30)])
    RepeatDayFactory(tenant=boss.tenant, service=emails, day=NOW.date(), times=3)

    response = client_of(boss).get(reverse("metering:uncounted_csv"))

    header, repeats, *refused = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert header.startswith('"What","First came","Last came","Times"')
    assert repeats.startswith('"Repeats","2026-11-20","2026-11-20",3,"emails"')
    assert len({row.split(",")[6] for row in refused}) == 30
    assert all('"\'=text-messages"' in row for row in refused)

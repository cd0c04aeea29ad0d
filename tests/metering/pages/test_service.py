"""The page of one service: its month by day, the months before, how its allowance comes about."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.http import HttpResponse
from django.urls import reverse

from config.tenancy.scopes import support_scope
from licences.models import User
from metering.events import key_of
from metering.models import EventKey, MeteredService
from metering.periods import Month
from metering.services.closing import close
from metering.services.corrections import adjust
from tests.conftest import ClientOf
from tests.factories import (
    CorrectionFactory,
    ProducerTotalFactory,
    RepeatDayFactory,
    SeatFactory,
    UsageDayFactory,
    UsageMonthFactory,
    UserFactory,
    scope_of,
)
from tests.metering.pages.conftest import NOW
from tests.metering.sending import SOURCE, event, send
from tests.pages import element, facts, links, table, text

pytestmark = pytest.mark.django_db

PAGE = reverse("metering:service", args=["emails"])


def csv_of(response: HttpResponse) -> list[str]:
    return b"".join(response.streaming_content).decode("utf-8-sig").splitlines()


def days_of(response: HttpResponse) -> dict[str, list[str]]:
    return {day: cells for day, *cells in table(response, "days")}


def test_each_day_says_what_it_added_and_what_the_month_had_come_to(
    boss: User, emails: MeteredService, client_of: ClientOf
) -> None:
    before = NOW - timedelta(days=2)
    send(boss.tenant, [event("a", time=before, quantity=100), event("b", time=before, quantity="20.5")])
    send(boss.tenant, [event("c", time=NOW, quantity=5), event("c", time=NOW, quantity=5)])

    response = client_of(boss).get(PAGE)

    days = days_of(response)
    assert days["Wed 18 Nov"][:4] == ["120.5", "120.5", "2", ""]
    assert days["Thu 19 Nov"][:3] == ["nothing", "120.5", ""]
    assert days["Fri 20 Nov"][:4] == ["5.0", "125.5", "1", "1"]
    assert days["1–17 November"][:3] == ["nothing", "0.0", ""]
    assert len(days) == 4
    assert facts(response, "uncounted")["Repeats"].startswith("1 ")
    assert facts(response, "sources") == {SOURCE: "125.5 3 events"}


def test_the_sources_with_the_most_are_shown_and_the_others_counted(
    boss: User, emails: MeteredService, client_of: ClientOf
) -> None:
    for number in range(53):
        source = f"https://{number}.example"
        UsageDayFactory(tenant=boss.tenant, service=emails, day=NOW.date(), source=source, quantity=Decimal(number))

    response = client_of(boss).get(PAGE)

    assert list(facts(response, "sources")) == [f"https://{number}.example" for number in range(52, 2, -1)]
    assert "3 more" in text(element(response, "main"))


def test_the_days_are_a_chart_against_the_allowance(boss: User, emails: MeteredService, client_of: ClientOf) -> None:
    send(boss.tenant, [event("a", time=NOW - timedelta(days=1), quantity=600), event("b", time=NOW, quantity=1)])

    main = client_of(boss).get(PAGE).content.decode()

    assert 'class="use-allowance"' in main
    assert "Allowance 520" in main
    assert main.count('class="use-bar" x=') == 2
    assert 'points="5,100.00 15,100.00' in main


@pytest.mark.parametrize(("days_ago", "is_on_the_right"), [(18, True), (1, False)])
def test_the_allowance_is_named_where_the_line_is_not(
    days_ago: int, is_on_the_right: bool, boss: User, emails: MeteredService, client_of: ClientOf
) -> None:
    send(boss.tenant, [event("a", time=NOW - timedelta(days=days_ago), quantity=600)])

    (label,) = re.findall(r"<text[^>]*>Allowance", client_of(boss).get(PAGE).content.decode())

    assert ('text-anchor="end"' in label) == is_on_the_right


def test_where_nothing_was_used_there_is_no_chart(boss: User, emails: MeteredService, client_of: ClientOf) -> None:
    UsageMonthFactory(tenant=boss.tenant, service=emails, month=date(2026, 11, 1))

    response = client_of(boss).get(PAGE)

    assert "Nothing used in this month." in text(element(response, "main"))
    assert 'class="use-plot"' not in response.content.decode()
    assert days_of(response)["1–20 November"][0] == "nothing yet"


def test_a_gauge_shows_its_level(boss: User, storage: MeteredService, client_of: ClientOf) -> None:
    before = NOW - timedelta(days=2)
    send(boss.tenant, [event("a", "storage", time=before, quantity=9), event("b", "storage", time=NOW, quantity=4)])
    send(boss.tenant, [event("c", "storage", time=before + timedelta(hours=1), quantity="7.5")])

    days = days_of(client_of(boss).get(reverse("metering:service", args=["storage"])))

    assert days["Wed 18 Nov"][:3] == ["9.0", "7.5", "2"]
    assert days["Thu 19 Nov"][:3] == ["not measured", "7.5", ""]
    assert days["Fri 20 Nov"][:3] == ["4.0", "4.0", "1"]


def test_what_was_taken_out_counts_no_more_and_stays_in_sight(
    boss: User, emails: MeteredService, client_of: ClientOf
) -> None:
    send(boss.tenant, [event("test", time=NOW, quantity=100), event("b", time=NOW, quantity=5)])
    with scope_of(boss):
        key = EventKey.objects.get(key=key_of(SOURCE, "test")).key
    CorrectionFactory(
        tenant=boss.tenant,
        service=emails,
        month=date(2026, 11, 1),
        kind="void",
        quantity=100,
        day=NOW.date(),
        event_key=key,
        event_id="test",
    )
    CorrectionFactory(tenant=boss.tenant, service=emails, month=date(2026, 11, 1), quantity=-3, reason="As agreed")

    response = client_of(boss).get(PAGE, {"day": "2026-11-20"})

    assert days_of(response)["Fri 20 Nov"] == ["5", "5", "2", "1"]
    assert 'id="day-20" href="?day=2026-11-20#day-events" aria-current="true"' in response.content.decode()
    said = text(element(response, "corrections"))
    assert "A test mailing" in said
    assert "As agreed" in said
    assert "-3" not in said
    assert "−3" in said
    assert "test taken out" in text(element(response, "day-events"))


def test_the_days_and_the_chart_end_with_what_was_adjusted(
    boss: User, support: User, emails: MeteredService, client_of: ClientOf
) -> None:
    send(boss.tenant, [event("a", time=NOW, quantity=800)])
    with support_scope("a test corrects"):
        november = date(2026, 11, 1)
        adjust(boss.tenant, service=emails, month=november, quantity=Decimal(-640), reason="Agreed", by=support)
    client = client_of(boss)

    response = client.get(PAGE)
    *_days, last = csv_of(client.get(reverse("metering:days_csv", args=["emails"])))

    assert days_of(response)["Adjustment"] == ["−640", "160", ""]
    assert " 195," in response.content.decode()
    assert 'dy="-8" text-anchor="end">160</text>' in response.content.decode()
    assert last.startswith('"Adjustment",-640,160')


def test_what_a_producer_says_is_held_against_each_day(boss: User, emails: MeteredService, client_of: ClientOf) -> None:
    send(boss.tenant, [event("a", time=NOW, quantity=5), event("b", time=NOW - timedelta(days=1), quantity=7)])
    for day, said in ((NOW.date(), 5), (NOW.date() - timedelta(days=1), 9), (date(2026, 11, 2), 1)):
        ProducerTotalFactory(tenant=boss.tenant, service=emails, day=day, quantity=said)

    response = client_of(boss).get(PAGE)

    days = days_of(response)
    assert [days[day][3] for day in ("Fri 20 Nov", "Thu 19 Nov", "Mon 2 Nov", "3–18 November")] == [
        "agrees",
        "says 9",
        "says 1",
        "",
    ]
    assert "2 days differ from what the back ends say" in text(element(response, "main"))


def test_the_allowance_is_told_with_the_users_it_comes_from(
    boss: User, emails: MeteredService, client_of: ClientOf
) -> None:
    SeatFactory(
        user=UserFactory(tenant=boss.tenant),
        licence__type__plan=True,
        assigned_at=datetime(2026, 11, 3, 9, tzinfo=UTC),
        released_at=datetime(2026, 11, 9, 9, tzinfo=UTC),
    )
    send(boss.tenant, [event("a", time=NOW, quantity=790)])

    response = client_of(boss).get(PAGE)

    said = facts(response, "how")
    assert said["Allowance"] == "540 = 500 + 2 users × 20"
    assert said["Price"] == "EUR 2.50 for each started 100 e-mails since January 2020"
    assert said["Amount so far"] == "3 × EUR 2.50 = EUR 7.50"
    main = text(element(response, "main"))
    assert "1 Nov 1 3 Nov 2 counts 9 Nov 2 1 at the end of the day" in main


def test_thirteen_months_stand_side_by_side(boss: User, emails: MeteredService, client_of: ClientOf) -> None:
    october = datetime(2026, 10, 20, 12, tzinfo=UTC)
    with time_machine.travel(october, tick=False):
        send(boss.tenant, [event("a", time=october, quantity=620)])
    with time_machine.travel(datetime(2026, 11, 4, 12, tzinfo=UTC), tick=False), scope_of(boss):
        close([boss.tenant], Month(october.date().replace(day=1)))
    for back in range(2, 16):
        UsageMonthFactory(tenant=boss.tenant, service=emails, month=Month(date(2026, 11, 1)).plus(-back).first)
    send(boss.tenant, [event("b", time=NOW, quantity=1)])
    client = client_of(boss)

    response = client.get(PAGE)

    rows = table(response, "history")
    assert len(rows) == 13
    assert rows[0] == ["November 2026", "1", "520", "", "", "So far November 2026"]
    assert rows[1] == ["October 2026", "620", "520", "100", "EUR 2.50", "Invoice line October 2026"]
    header, newest, second, *_older = csv_of(client.get(reverse("metering:history_csv", args=["emails"])))
    assert header.startswith('"Month","Used","Allowance"')
    assert newest == '"2026-11",1,520,0,1,0.00,"EUR","not yet drawn","500 + 1 × 20 = 520"'
    assert second.startswith('"2026-10",620,520,100,1,2.50,"EUR","drawn"')


def test_the_events_of_a_day_are_paged_by_their_place(boss: User, emails: MeteredService, client_of: ClientOf) -> None:
    begins = datetime(2026, 11, 18, 8, tzinfo=UTC)
    send(boss.tenant, [event(f"n{n}", time=begins + timedelta(seconds=n // 3), quantity=1) for n in range(120)])
    client, seen = client_of(boss), []

    address: str | None = "?day=2026-11-18"
    while address and len(seen) < 200:
        response = client.get(PAGE + address.split("#")[0])
        seen += [row[2] for row in table(response, "day-events")]
        address = links(response, "day-events").get("Older")

    assert len(seen) == len(set(seen)) == 120
    seconds = [int(event_id.removeprefix("n")) // 3 for event_id in seen]
    assert seconds == sorted(seconds, reverse=True)


@pytest.mark.parametrize("before", ["", "nonsense", "9" * 60 + "-1", "1-99999999999999999999999", "٣-1", "-", "1-1"])
def test_a_place_that_is_none_leads_nowhere_wrong(
    before: str, boss: User, emails: MeteredService, client_of: ClientOf
) -> None:
    send(boss.tenant, [event("a", time=NOW, quantity=1)])

    response = client_of(boss).get(PAGE, {"day": "2026-11-20", "before": before})

    assert response.status_code == 200


def test_days_and_events_are_files_too_with_nothing_that_a_spreadsheet_would_run(
    boss: User, emails: MeteredService, client_of: ClientOf
) -> None:
    send(boss.tenant, [event("=cmd|' /C calc'!A0", time=NOW, quantity="1000.5", subject="+1")])
    RepeatDayFactory(tenant=boss.tenant, service=emails, day=NOW.date(), times=4)
    client = client_of(boss)

    *_days, last = csv_of(client.get(reverse("metering:days_csv", args=["emails"])))
    header, only = csv_of(client.get(reverse("metering:events_csv", args=["emails"])))

    assert last == '"2026-11-20",1000.5,1000.5,1,4,0,"",""'
    assert header.startswith('"Day","Time","Event ID"')
    assert "\"'=cmd|' /C calc'!A0\"" in only
    assert '"\'+1",1000.5,' in only


def test_a_file_of_events_has_all_of_the_month_and_no_other(
    boss: User, emails: MeteredService, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metering.reports.events.listed.BATCH", 7)
    begins = datetime(2026, 11, 1, 0, tzinfo=UTC)
    send(boss.tenant, [event(f"n{n}", time=begins + timedelta(hours=n // 2), quantity=1) for n in range(40)])
    send(boss.tenant, [event("october", time=datetime(2026, 10, 31, 22, tzinfo=UTC), quantity=1)])

    rows = csv_of(client_of(boss).get(reverse("metering:events_csv", args=["emails"]), {"month": "2026-11"}))[1:]

    ids = [row.split(",")[2].strip('"') for row in rows]
    assert sorted(ids) == sorted(f"n{n}" for n in range(40))
    assert [row.split(",")[1] for row in rows] == sorted(row.split(",")[1] for row in rows)


def test_how_far_forecasts_were_off_is_told(boss: User, emails: MeteredService, client_of: ClientOf) -> None:
    for back in range(1, 60):
        UsageDayFactory(tenant=boss.tenant, service=emails, day=NOW.date() - timedelta(days=back), quantity=Decimal(10))
    UsageMonthFactory(tenant=boss.tenant, service=emails, month=date(2026, 11, 1), total=190)

    said = text(element(client_of(boss).get(PAGE), "forecast"))

    assert said.startswith("By 30 November: about 300 e-mails It goes on")
    assert "would have been off by 0 e-mails on average, and 100 % would have been within their range" in said


def test_nothing_of_that_name_is_metered(boss: User, emails: MeteredService, client_of: ClientOf) -> None:
    assert client_of(boss).get(reverse("metering:service", args=["nothing"])).status_code == 404

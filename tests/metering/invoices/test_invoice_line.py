"""A line of an invoice opens: how it came about, on which days, by which events, and that it still holds."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection
from django.test import Client

from licences.models import Tenant, User
from metering.models import Invoice, InvoiceLine, MeteredService, UsageDay, UsageEvent
from metering.reports.events.listed import PER_PAGE, Place
from tests.factories import behind_the_policies, scope_of
from tests.metering.billed import OCTOBER, at, count, draw
from tests.metering.sending import event, send
from tests.pages import element, facts, links, table, text, tree

pytestmark = pytest.mark.django_db

LINE = "/metering/invoices/2026-10/emails/"
LATE = "/metering/invoices/2026-11/emails/?of=2026-10"


def steps(client: Client, address: str) -> dict[str, str]:
    return facts(client.get(address), "steps")


def events(client: Client, address: str) -> list[str]:
    return [row[2] for row in table(client.get(address), "day-events")]


def test_the_amount_is_told_step_by_step(client: Client, october: Invoice) -> None:
    assert steps(client, LINE) == {
        "Used": "750 e-mails the sum of the month",
        "Allowance": "520 e-mails 500, and 20 for 1 user",
        "Beyond allowance": "230 e-mails 750 − 520",
        "Blocks": "3 230 in blocks of 100; a started block counts whole",
        "Amount": "EUR 7.50 3 × EUR 2.50",
    }


def test_it_is_told_when_there_were_so_many_users(client: Client, october: Invoice) -> None:
    said = text(element(client.get(LINE), "main"))

    assert "Users 1 The most who held a plan" in said
    assert "First reached on 12 October 2026, 11:00." in said


def test_the_days_lead_to_their_events_and_to_no_others(client: Client, october: Invoice, november: Invoice) -> None:
    response = client.get(LINE)

    assert table(response, "days") == [["Tue 20 Oct", "600 e-mails", "2"], ["Sat 3 Oct", "150 e-mails", "1"]]
    assert links(response)["Tue 20 Oct"] == "?day=2026-10-20#day-events"
    assert table(client.get(f"{LINE}?day=2026-10-20"), "day-events") == [
        ["12:00:00", "100", "c", "https://crm.example"],
        ["11:00:00", "500", "b", "https://crm.example"],
    ]
    assert table(client.get(LATE), "days") == [["Tue 20 Oct", "100.5 e-mails", "1"]]
    assert events(client, f"{LATE}&day=2026-10-20") == ["late"]


def test_the_numbers_of_days_have_their_points_in_line(client: Client, metered: Tenant, emails: MeteredService) -> None:
    count(metered, ("a", at(10, 3), "12.5"), ("b", at(10, 4), 8), ("c", at(10, 5), "0.25"))

    days = table(client.get(LINE), "days")

    assert [day[1] for day in days] == ["0.25 e-mails", "8.00 e-mails", "12.50 e-mails"]


def test_a_late_line_shows_both_computations(client: Client, november: Invoice) -> None:
    response = client.get(LATE)

    assert table(response, "compared") == [
        ["Used", "750", "850.5", "+100.5"],
        ["Beyond allowance", "230", "330.5", "+100.5"],
        ["Blocks", "3", "4", "+1"],
        ["Amount", "EUR 7.50", "EUR 10.00", "EUR 2.50"],
    ]
    assert facts(response, "steps")["Beyond allowance"] == "330.5 e-mails 850.5 − 520"


def test_each_event_can_be_followed(client: Client, october: Invoice) -> None:
    opened = client.get(f"{LINE}?day=2026-10-20")

    followed = client.get(links(opened, "day-events")["b"])

    assert "E-mails counted" in text(element(followed, "found"))
    assert links(followed, "found")[f"Invoice {october.number}"] == LINE


@pytest.mark.parametrize("day", ["2026-11-03", "soon", "2026-10-32", ""])
def test_what_is_no_day_of_the_month_opens_nothing(day: str, client: Client, october: Invoice) -> None:
    assert 'id="day-events"' not in client.get(f"{LINE}?day={day}").content.decode()


def test_many_events_come_page_by_page_without_a_gap(client: Client, metered: Tenant, emails: MeteredService) -> None:
    moments = [at(10, 5)] * (PER_PAGE + 10) + [at(10, 5, 10)] * PER_PAGE
    with time_machine.travel(moments[-1], tick=False):
        send(metered, [event(f"e{number:03}", time=moment) for number, moment in enumerate(moments)])
    draw(metered, OCTOBER)

    first = client.get(f"{LINE}?day=2026-10-05")
    second = client.get(LINE + links(first, "day-events")["Older"])
    third = client.get(LINE + links(second, "day-events")["Older"])
    back = client.get(LINE + links(third, "day-events")["Newest"])

    pages = [[row[2] for row in table(page, "day-events")] for page in (first, second, third)]
    assert [len(page) for page in pages] == [PER_PAGE, PER_PAGE, 10]
    assert {event_id for page in pages for event_id in page} == {f"e{number:03}" for number in range(len(moments))}
    assert [row[2] for row in table(back, "day-events")] == pages[0]
    assert "Older" not in links(third, "day-events")
    assert "Newest" not in links(first, "day-events")


@pytest.mark.parametrize("place", ["", "x", "1-", "-1", "1-2-3", "9" * 19 + "-1", "1-" + "9" * 19, "٣-١"])
def test_a_place_that_nobody_gave_out_begins_anew(place: str, client: Client, october: Invoice) -> None:
    assert Place.read(place) is None
    assert events(client, f"{LINE}?day=2026-10-20&before={place}") == ["c", "b"]


def test_a_place_is_read_as_it_was_written() -> None:
    place = Place(datetime(2026, 10, 25, 0, 59, 59, 999_999, tzinfo=UTC), 2**62)

    assert Place.read(str(place)) == place


def test_events_that_are_no_longer_kept_leave_their_day(client: Client, october: Invoice) -> None:
    with behind_the_policies():
        UsageEvent.objects.all().delete()

    response = client.get(f"{LINE}?day=2026-10-20")

    assert table(response, "days")[0] == ["Tue 20 Oct", "600 e-mails", "2"]
    assert "No event to show" in text(element(response, "day-events"))


def test_a_line_is_worked_out_again_and_holds(client: Client, november: Invoice) -> None:
    response = client.post("/metering/invoices/2026-11/")

    said = text(element(response, "checked"))
    assert "Every line comes to the same again." in said
    assert said.count("it holds") == 2
    part = client.post("/metering/invoices/2026-11/", headers={"HX-Request": "true", "HX-Target": "checked"})
    assert tree(part) == element(response, "checked")


def test_what_differs_is_told(client: Client, october: Invoice) -> None:
    with behind_the_policies(), connection.cursor() as cursor:
        cursor.execute("UPDATE metering_usageevent SET quantity = 1 WHERE event_id = 'a'")

    said = text(element(client.post("/metering/invoices/2026-10/"), "checked"))

    assert "Something differs" in said
    assert "Every line" not in said


def test_to_look_at_an_invoice_works_nothing_out(client: Client, october: Invoice) -> None:
    said = text(element(client.get("/metering/invoices/2026-10/"), "checked"))

    assert "Every line can be worked out again" in said
    assert "it holds" not in said


def test_asking_again_changes_nothing(client: Client, reader: User, october: Invoice) -> None:
    with scope_of(reader):
        before = list(InvoiceLine.objects.values()), list(UsageDay.objects.values())

    client.post("/metering/invoices/2026-10/")

    with scope_of(reader):
        assert (list(InvoiceLine.objects.values()), list(UsageDay.objects.values())) == before

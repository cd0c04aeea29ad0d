"""The pages of invoices: the list, one that is final, and what one comes to so far."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from licences.models import Tenant, User
from metering.models import Invoice
from metering.views.invoices import SHOWN
from tests.conftest import ClientOf
from tests.factories import InvoiceFactory, MeteredServiceFactory, SeatFactory, TenantFactory, UserFactory
from tests.metering.billed import NOVEMBER, at, count, count_late
from tests.pages import element, facts, links, named, table, text

pytestmark = pytest.mark.django_db

INVOICES = "/metering/invoices/"
OSLO = ZoneInfo("Europe/Oslo")


def said(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return text(element(response, "main"))


def test_the_months_are_listed_with_state_and_total(client: Client, metered: Tenant, november: Invoice) -> None:
    count(metered, ("e", at(12, 2), 1_000))

    response = client.get(INVOICES)

    assert table(response, "invoices") == [
        ["December 2026", "open", "", "EUR 12.50"],
        ["November 2026", "final", f"{metered.serial_number}-2026-11", "EUR 2.50"],
        ["October 2026", "final", f"{metered.serial_number}-2026-10", "EUR 7.50"],
    ]
    assert links(response)["October 2026"] == f"{INVOICES}2026-10/"


def test_of_many_months_the_last_two_years_are_shown_first(client: Client, metered: Tenant) -> None:
    for _ in range(SHOWN + 3):
        InvoiceFactory(tenant=metered)

    assert len(table(client.get(INVOICES), "invoices")) == SHOWN
    assert "Show 3 more months" in said(client, INVOICES)
    assert len(table(client.get(f"{INVOICES}?show=all"), "invoices")) == SHOWN + 3


def test_who_has_none_yet_is_told_so(client: Client) -> None:
    assert "No invoice yet" in said(client, INVOICES)


def test_on_suite_nothing_is_metered_but_what_was_invoiced_before_stays(client_of: ClientOf) -> None:
    tenant = TenantFactory(suite=True)
    user = UserFactory(tenant=tenant, administrator=True)
    SeatFactory(user=user, licence__type=tenant.suite_plan.seat_licence)
    client = client_of(user)
    assert "Nothing is metered on CRM Suite" in said(client, INVOICES)

    invoice = InvoiceFactory(tenant=tenant)

    assert [row[2] for row in table(client.get(INVOICES), "invoices")] == [invoice.number]


def test_a_final_invoice_says_whose_it_is_and_what_it_comes_to(
    client: Client, metered: Tenant, october: Invoice
) -> None:
    response = client.get(f"{INVOICES}2026-10/")

    assert facts(response, "facts") == {
        "Customer": f"{metered.company_name} {metered.serial_number}",
        "Number": f"{metered.serial_number}-2026-10",
        "Period": "1–31 October 2026 Europe/Oslo",
        "Final since": "4 November 2026, 00:00",
        "Total": "EUR 7.50",
    }
    assert table(response, "lines") == [["E-mails", "750 e-mails", "520", "230", "3", "EUR 2.50", "EUR 7.50"]]
    assert "Total EUR 7.50" in text(element(response, "lines"))


def test_late_usage_is_a_line_of_its_own(client: Client, november: Invoice) -> None:
    response = client.get(f"{INVOICES}2026-11/")

    own, late = table(response, "lines")
    assert (own[0], own[1], own[-1]) == ("E-mails", "20 e-mails", "EUR 0.00")
    assert late == [
        "E-mails Late usage, October 2026 850.5 in all, 750 of it invoiced before",
        "+100.5 e-mails",
        "",
        "+100.5",
        "+1",
        "EUR 2.50",
        "EUR 2.50",
    ]
    opened = [link for link in named(element(response, "lines"), "a") if text(link) == "E-mails"]
    addresses = [dict(link.attributes)["href"] for link in opened]
    assert addresses == [f"{INVOICES}2026-11/emails/", f"{INVOICES}2026-11/emails/?of=2026-10"]


def test_an_open_month_is_told_as_far_as_it_goes_with_what_came_late(
    metered: Tenant, reader: User, october: Invoice, client_of: ClientOf
) -> None:
    count_late(metered, ("late", at(10, 20, 11), 1), on=at(11, 5))
    count(metered, ("d", at(11, 6), 700))
    with time_machine.travel(at(11, 20), tick=False):
        response = client_of(reader).get(f"{INVOICES}2026-11/")

    assert "This is what it comes to so far" in text(element(response, "main"))
    assert [row[0] for row in table(response, "lines")] == [
        "E-mails",
        "E-mails Late usage, October 2026 751 in all, 750 of it invoiced before",
    ]
    assert facts(response, "facts")["Number"] == "given on 4 December"
    assert facts(response, "facts")["Total"] == "EUR 5.00"
    assert "Work it out again" not in text(element(response, "main"))


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (NOVEMBER.end(OSLO), "Late events still count in it. It is final on 4 December 2026, 00:00."),
        (NOVEMBER.closes(OSLO) - timedelta(seconds=1), "It is final on 4 December 2026, 00:00."),
        (NOVEMBER.closes(OSLO), "its invoice is being made"),
    ],
)
def test_a_month_that_is_over_says_when_it_is_final(
    now: datetime, words: str, metered: Tenant, reader: User, october: Invoice, client_of: ClientOf
) -> None:
    count(metered, ("d", at(11, 6), 1))

    with time_machine.travel(now, tick=False):
        assert words in said(client_of(reader), f"{INVOICES}2026-11/")


def test_late_usage_waits_for_the_next_invoice_and_for_no_other(
    client: Client, metered: Tenant, october: Invoice
) -> None:
    count_late(metered, ("late", at(10, 20, 11), 1), on=at(11, 5))
    count(metered, ("d", at(11, 6), 1), ("e", at(12, 6), 1))

    november, december = (table(client.get(f"{INVOICES}{month}/"), "lines") for month in ("2026-11", "2026-12"))

    assert [row[0].split(", ")[0] for row in november] == ["E-mails", "E-mails Late usage"]
    assert [row[0] for row in december] == ["E-mails"]
    totals = {row[0]: row[-1] for row in table(client.get(INVOICES), "invoices")}
    assert totals == {"December 2026": "EUR 0.00", "November 2026": "EUR 0.00", "October 2026": "EUR 7.50"}


def test_what_no_price_is_agreed_for_costs_nothing_and_says_so(client: Client, metered: Tenant) -> None:
    MeteredServiceFactory(code="chats", name="Chats", unit="chats")
    count(metered, ("a", at(12, 2), 40), service="chats")

    assert table(client.get(f"{INVOICES}2026-12/"), "lines") == [["Chats", "40 chats", "", "", "", "", "EUR 0.00"]]
    assert "no price was agreed for this month" in said(client, f"{INVOICES}2026-12/chats/")


@pytest.mark.parametrize("address", ["2026-08/", "2027-01/", "2026-13/", "2026-08.csv", "2026-08.pdf", "2026-10/none/"])
def test_what_is_not_there_is_not_found(address: str, client: Client, october: Invoice) -> None:
    assert client.get(f"{INVOICES}{address}").status_code == 404


def test_a_draft_has_no_paper(client: Client, metered: Tenant, october: Invoice) -> None:
    count(metered, ("e", at(12, 2), 1))

    assert client.get(f"{INVOICES}2026-12.pdf").status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "",
        "2026-10/",
        "2026-10.csv",
        "2026-10.pdf",
        "2026-10/emails/",
        "2026-10/emails.csv",
        "2026-10/emails/events.csv",
    ],
)
def test_invoices_are_for_administrators_of_their_tenant(
    address: str, october: Invoice, reader: User, outsider: User, client_of: ClientOf
) -> None:
    member = UserFactory(tenant=reader.tenant)
    SeatFactory(licence__tenant=reader.tenant, licence__type__plan=True, user=member)

    assert client_of(reader).get(f"{INVOICES}{address}").status_code == 200
    assert client_of(member).get(f"{INVOICES}{address}").status_code == 403
    assert client_of(outsider).get(f"{INVOICES}{address}").status_code == (404 if address else 200)

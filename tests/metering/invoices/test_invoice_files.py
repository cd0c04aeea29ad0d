"""Invoices as files: tables for a spreadsheet, and a page of paper."""

from typing import Any

import pytest
from django.test import Client

from licences.models import Tenant
from metering.models import Invoice, MeteredService
from metering.reports.invoices.pdf import printable
from tests.factories import (
    InvoiceFactory,
    InvoiceLineFactory,
    MeteredServiceFactory,
    TariffFactory,
    behind_the_policies,
)
from tests.metering.billed import OCTOBER, at, count, draw
from tests.metering.invoices.reading import pages_of, rows_of, texts_of

pytestmark = pytest.mark.django_db

INVOICES = "/metering/invoices"


def test_the_list_is_a_file(client: Client, metered: Tenant, november: Invoice) -> None:
    assert [list(row.values()) for row in rows_of(client, f"{INVOICES}.csv")] == [
        ["2026-11", f"{metered.serial_number}-2026-11", "final", "EUR", "2.50"],
        ["2026-10", f"{metered.serial_number}-2026-10", "final", "EUR", "7.50"],
    ]


def test_the_lines_are_a_file(client: Client, november: Invoice) -> None:
    own, late = rows_of(client, f"{INVOICES}/2026-11.csv")

    assert (own["Month"], own["Kind"], own["Amount"]) == ("2026-11", "Usage", "0.00")
    assert late == {
        "Service": "E-mails",
        "Unit": "e-mails",
        "Month": "2026-10",
        "Kind": "Late usage, October 2026",
        "Used": "100.5",
        "Allowance": "",
        "Beyond allowance": "100.5",
        "Blocks": "1",
        "Price of a block": "2.50",
        "Amount": "2.50",
        "Currency": "EUR",
        "Events": "1",
    }


@pytest.mark.parametrize(("minor", "written"), [("0.25", "0.0025"), ("550", "5.50"), ("550.5", "5.505")])
def test_a_price_has_the_decimals_of_its_currency_and_those_it_needs(
    minor: str, written: str, client: Client, metered: Tenant
) -> None:
    line = InvoiceLineFactory(invoice=InvoiceFactory(tenant=metered), unit_price_minor=minor)

    (row,) = rows_of(client, f"{INVOICES}/{line.month:%Y-%m}.csv")

    assert row["Price of a block"] == written


def test_days_and_events_of_a_line_are_files(client: Client, november: Invoice) -> None:
    days = rows_of(client, f"{INVOICES}/2026-10/emails.csv")
    events = rows_of(client, f"{INVOICES}/2026-10/emails/events.csv")
    of_a_day = rows_of(client, f"{INVOICES}/2026-10/emails/events.csv?day=2026-10-03")
    late = rows_of(client, f"{INVOICES}/2026-11/emails/events.csv?of=2026-10")

    assert [(day["Day"], day["Quantity"], day["Events"]) for day in days] == [
        ("2026-10-03", "150", "1"),
        ("2026-10-20", "600", "2"),
    ]
    assert all(len(day["Digest"]) == 64 for day in days)
    assert [(event["Event ID"], event["Time"], event["Quantity"]) for event in events] == [
        ("a", "2026-10-03 11:00:00+02:00", "150"),
        ("b", "2026-10-20 11:00:00+02:00", "500"),
        ("c", "2026-10-20 12:00:00+02:00", "100"),
    ]
    assert [event["Event ID"] for event in of_a_day] == ["a"]
    assert [event["Event ID"] for event in late] == ["late"]


def test_no_event_is_a_formula(client: Client, metered: Tenant, emails: MeteredService) -> None:
    count(metered, ("=1+1", at(10, 3), 1))
    draw(metered, OCTOBER)

    (event,) = rows_of(client, f"{INVOICES}/2026-10/emails/events.csv")

    assert event["Event ID"] == "'=1+1"


def test_an_invoice_on_paper_says_what_the_page_says(client: Client, metered: Tenant, november: Invoice) -> None:
    response = client.get(f"{INVOICES}/2026-11.pdf")

    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'attachment; filename="invoice-{metered.serial_number}-2026-11.pdf"'
    texts = texts_of(response.content)
    for said in (
        "Usage invoice",
        metered.company_name,
        metered.serial_number,
        f"{metered.serial_number}-2026-11",
        "1 November 2026 to 30 November 2026, in the time of Europe/Oslo",
        "4 December 2026, 00:00",
        "500 + 1 × 20",
        "Allowance",
        "Beyond allowance",
        "Late usage, October 2026",
        "850.5 in all, 750 of it invoiced before",
        "+100.5",
        "EUR 2.50",
    ):
        assert said in texts, said
    assert pages_of(response.content) == 1


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"allowance_steps": [[0, "500"], [11, "2000"]]}, "step from 0 users"),
        ({"allowance_base": 12_500, "allowance_per_user": 0}, "the same for any number of users"),
        ({"allowance_base": 1_500, "allowance_per_user": "2.5"}, "1,500 + 1 × 2.5"),
    ],
)
def test_on_paper_each_allowance_says_where_it_comes_from(
    terms: dict[str, Any], told: str, client: Client, metered: Tenant
) -> None:
    TariffFactory(service=MeteredServiceFactory(code="chats"), **terms)
    count(metered, ("a", at(10, 20), 40), service="chats")
    draw(metered, OCTOBER)

    texts = texts_of(client.get(f"{INVOICES}/2026-10.pdf").content)

    assert told in texts
    assert "?" not in "".join(texts)


def test_the_same_invoice_is_the_same_file_whatever_the_customer_becomes(
    client: Client, metered: Tenant, november: Invoice
) -> None:
    first = client.get(f"{INVOICES}/2026-11.pdf").content
    with behind_the_policies():
        Tenant.objects.filter(pk=metered.pk).update(company_name="Another Name AS", time_zone="Asia/Tokyo")

    second = client.get(f"{INVOICES}/2026-11.pdf").content

    assert first == second
    assert metered.company_name in texts_of(second)


def test_names_of_all_our_countries_are_printed(client: Client, metered: Tenant) -> None:
    invoice = InvoiceFactory(tenant=metered, number="æøåÆØÅäöüß€", total_minor=123_456_789)
    InvoiceLineFactory(invoice=invoice, service__name="Ærlig Grönköping Łódź 東京 (1) \\")

    texts = texts_of(client.get(f"{INVOICES}/{invoice.month:%Y-%m}.pdf").content)

    assert "æøåÆØÅäöüß€" in texts
    assert "EUR 1,234,567.89" in texts
    assert any(text.startswith("Ærlig Grönköping") for text in texts)


def test_many_lines_go_on_on_another_page(client: Client, metered: Tenant) -> None:
    invoice = InvoiceFactory(tenant=metered)
    for _ in range(25):
        InvoiceLineFactory(invoice=invoice, service__name="A service whose name is far too long for its narrow column")

    content = client.get(f"{INVOICES}/{invoice.month:%Y-%m}.pdf").content

    assert pages_of(content) == 2
    assert texts_of(content).count("Service") == 2
    assert "Total" in texts_of(content)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Øyvind Åse", "Øyvind Åse"),
        ("Łódź", "?ódz"),
        ("Čačak", "Cacak"),
        ("−1\u00a0250", "-1 250"),
        ("東京\x00\n", "????"),
        ("👍", "?"),
    ],
)
def test_what_the_fonts_have_not_is_written_plainer(text: str, printed: str) -> None:
    assert printable(text) == printed


def test_a_file_of_very_many_events_is_read_in_parts(
    client: Client, metered: Tenant, emails: MeteredService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metering.reports.events.listed.BATCH", 2)
    count(metered, *((f"e{number}", at(10, 3 + number // 4), 1) for number in range(9)))
    draw(metered, OCTOBER)

    events = rows_of(client, f"{INVOICES}/2026-10/emails/events.csv")

    assert [event["Event ID"] for event in events] == [f"e{number}" for number in range(9)]

"""Usage that comes when the invoice of its month has been drawn: each page leads to the line that it is on."""

import pytest
import time_machine
from django.urls import reverse

from licences.models import User
from metering.models import MeteredService
from tests.conftest import ClientOf
from tests.metering.closing.months import IN_OCTOBER, NOVEMBER, OCTOBER, after, begun, closed, used
from tests.metering.pages.conftest import NOW
from tests.metering.sending import event, send
from tests.pages import element, facts, links, table, text

pytestmark = pytest.mark.django_db

DASHBOARD = reverse("metering:dashboard", query={"month": str(OCTOBER)})
LINES = {
    code: reverse("metering:invoice_line", args=[NOVEMBER, code], query={"of": str(OCTOBER)})
    for code in ("emails", "storage")
}


@pytest.fixture(autouse=True)
def _late(boss: User, emails: MeteredService, storage: MeteredService) -> None:
    """More e-mails, and the first storage of October at all, after October was invoiced."""
    used(boss.tenant, ("a", 700))
    closed([boss.tenant], OCTOBER)
    late = [("more", "emails", 300), ("first", "storage", 12)]
    send(boss.tenant, [event(name, code, time=IN_OCTOBER, quantity=quantity) for name, code, quantity in late])
    begun(NOW)


def test_a_past_month_says_how_much_more_is_on_which_invoice(boss: User, client_of: ClientOf) -> None:
    client = client_of(boss)

    response = client.get(DASHBOARD)

    offered = links(response)
    assert offered["EUR 10.00 more came late, on November's invoice"] == reverse("metering:invoice", args=[NOVEMBER])
    assert offered["All invoices"] == reverse("metering:invoices")
    assert links(response, "card-emails")["EUR 7.50 of it on November's invoice"] == LINES["emails"]
    assert links(response, "card-storage")["EUR 2.50 of it on November's invoice"] == LINES["storage"]
    assert facts(response, "month-facts")["Invoice"].startswith("EUR 5.00")
    assert all(client.get(line).status_code == 200 for line in LINES.values())


def test_it_stays_so_when_that_invoice_has_been_drawn(boss: User, client_of: ClientOf) -> None:
    closed([boss.tenant], NOVEMBER)

    with time_machine.travel(after(NOVEMBER), tick=False):
        client = client_of(boss)
        response = client.get(DASHBOARD)
        lines = [client.get(line).status_code for line in LINES.values()]

    assert "EUR 10.00 more came late, on November's invoice" in links(response)
    assert lines == [200, 200]


def test_a_services_months_lead_to_its_own_line_and_to_the_late_one(boss: User, client_of: ClientOf) -> None:
    client = client_of(boss)

    cells = {
        code: {row[0]: row[5] for row in table(client.get(reverse("metering:service", args=[code])), "history")}
        for code in LINES
    }

    late = "EUR {} of it on November's invoice"
    assert cells["emails"]["October 2026"] == f"Invoice line, EUR 5.00 October 2026 {late.format('7.50')}"
    assert cells["storage"]["October 2026"] == late.format("2.50")
    assert cells["storage"]["November 2026"] == "So far November 2026"


@pytest.mark.parametrize(("name", "code"), [("more", "emails"), ("first", "storage")])
def test_an_event_is_promised_the_invoice_that_is_still_to_come(
    name: str, code: str, boss: User, client_of: ClientOf
) -> None:
    response = client_of(boss).get(reverse("metering:events"), {"id": name})

    assert "It came after the invoice of its month. It will be on the invoice of November 2026" in text(
        element(response, "found")
    )
    assert links(response, "found")["It will be on the invoice of November 2026"] == LINES[code]

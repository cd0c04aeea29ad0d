"""Late usage has one home: the draft, the list, the dashboard and the invoice that is drawn say the same of it, whether
the service was used before in its month or not."""

from uuid import UUID

import pytest
import time_machine
from django.test import Client

from config.tenancy.scopes import support_scope
from licences.models import Tenant, User
from metering.events import key_of
from metering.models import Invoice, InvoiceLine, MeteredService
from metering.periods import Month
from metering.reports.dashboard import dashboard
from metering.reports.invoices.line_rows import label_of
from metering.reports.invoices.shown import invoice_of, invoices_of
from metering.services.allowances import open_months
from metering.services.corrections import void_event
from tests.conftest import ClientOf
from tests.factories import MeteredServiceFactory, TariffFactory, scope_of
from tests.metering.billed import NOVEMBER, OCTOBER, at, count, count_late, draw
from tests.metering.invoices.reading import rows_of, texts_of
from tests.metering.sending import SOURCE, event, send
from tests.pages import element, facts, links, table, text

pytestmark = pytest.mark.django_db

INVOICE = "/metering/invoices/2026-11/"
FIRST_USE = f"{INVOICE}chats/?of=2026-10"


@pytest.fixture
def chats(metered: Tenant, october: Invoice) -> MeteredService:
    """First used when the invoice of the month had been drawn: 1,000 of October, of which 520 are included."""
    service = MeteredServiceFactory(code="chats", name="Chats", unit="chats")
    TariffFactory(service=service, is_demo=True)
    with time_machine.travel(at(11, 10), tick=False):
        open_months()
        send(metered, [event("chat", "chats", time=at(10, 25), quantity=1000)])
        send(metered, [event("own", "chats", time=at(11, 10), quantity=3)])
    return service


def totals(tenant: Tenant, month: Month) -> list[int | None]:
    """What each place says that the month comes to."""
    draft, (listed, *_before) = invoice_of(tenant, month), invoices_of(tenant)
    assert draft is not None
    assert listed.month == month
    return [draft.total_minor, listed.total_minor, dashboard(tenant, str(month)).total_minor]


def test_the_first_use_is_on_the_draft_as_on_the_invoice(metered: Tenant, chats: MeteredService) -> None:
    with time_machine.travel(at(11, 20), tick=False), scope_of(metered):
        before = totals(metered, NOVEMBER)
        draft = invoice_of(metered, NOVEMBER)
        assert draft is not None
        drafted = [(line.kind, line.month, line.amount_minor) for line in draft.lines]

    invoice = draw(metered, NOVEMBER)

    with scope_of(metered):
        lines = list(InvoiceLine.objects.filter(invoice=invoice).order_by("service__sort_order", "-month"))
        assert before == [invoice.total_minor] * 3 == [1250] * 3
        assert drafted == [(line.kind, line.month, line.amount_minor) for line in lines]
        assert [label_of(line) for line in lines if line.month == OCTOBER.first] == ["Late usage, October 2026"]


def test_from_everywhere_the_way_leads_to_the_line(
    metered: Tenant, reader: User, chats: MeteredService, client_of: ClientOf
) -> None:
    def ways(client: Client) -> list[str]:
        pages = ("/metering/chats/?month=2026-10", "/metering/events/?id=chat")
        return [to for page in pages for to in links(client.get(page), "main").values() if "?of=" in to]

    with time_machine.travel(at(11, 20), tick=False):
        client = client_of(reader)
        assert ways(client) == [FIRST_USE, FIRST_USE]
        assert "Late usage, October 2026" in text(element(client.get(FIRST_USE), "main"))
    draw(metered, NOVEMBER)

    client = client_of(reader)
    assert ways(client) == [FIRST_USE, FIRST_USE]
    assert facts(client.get(FIRST_USE), "steps")["Beyond allowance"] == "480 chats 1,000 − 520"


def test_a_first_use_is_rated_whole_and_no_difference(metered: Tenant, client: Client, chats: MeteredService) -> None:
    draw(metered, NOVEMBER)

    late = table(client.get(INVOICE), "lines")[-1]

    assert late == ["Chats Late usage, October 2026", "1,000 chats", "520", "480", "5", "EUR 2.50", "EUR 12.50"]
    assert [row["Kind"] for row in rows_of(client, "/metering/invoices/2026-11.csv")][-1] == "Late usage, October 2026"
    assert "Late usage, October 2026" in texts_of(client.get("/metering/invoices/2026-11.pdf").content)


def test_a_correction_beside_late_usage_is_told_with_the_days(
    metered: Tenant, client: Client, october: Invoice, support: User
) -> None:
    count_late(metered, ("late", at(10, 20, 11), 2_000), on=at(11, 5))
    with time_machine.travel(at(11, 6), tick=False), support_scope("a test corrects"):
        void_event(metered, key=UUID(key_of(SOURCE, "b")), reason="sent twice", by=support)
    count(metered, ("d", at(11, 6), 1))
    draw(metered, NOVEMBER)

    response = client.get(f"{INVOICE}emails/?of=2026-10")

    assert text(element(response, "beside-days")) == "2,000 came, 500 were taken off by a correction."
    assert "Event taken out −500 e-mails" in text(element(response, "main"))


def test_invented_prices_are_called_so(metered: Tenant, client: Client, chats: MeteredService) -> None:
    draw(metered, NOVEMBER)

    shown = [text(element(client.get(f"/metering/invoices/{month}/"), "main")) for month in ("2026-10", "2026-11")]
    papers = [texts_of(client.get(f"/metering/invoices/{month}.pdf").content) for month in ("2026-10", "2026-11")]

    assert ["demo figures" in each for each in shown] == [False, True]
    assert ["Prices invented for demonstration." in each for each in papers] == [False, True]

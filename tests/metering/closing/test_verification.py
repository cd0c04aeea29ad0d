"""An invoice is done again from its events: each line holds, or it is said where it does not."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection

from config.tenancy.scopes import support_scope
from licences.models import Tenant
from metering.models import Invoice, InvoiceLine, MeteredService, RatedBy, Tariff, UsageEvent
from metering.partitions import name_of
from metering.periods import Month
from metering.reports.recounts.verification import Checked, verify_invoice
from metering.services.closing import close
from metering.services.corrections import adjust, void_event
from tests.factories import UserFactory, behind_the_policies, scope_of
from tests.metering.sending import event, send

OCTOBER, NOVEMBER = Month(date(2026, 10, 1)), Month(date(2026, 11, 1))
IN_OCTOBER = datetime(2026, 10, 20, 12, tzinfo=UTC)


@pytest.fixture
def invoices(metered: Tenant, emails: MeteredService, storage: MeteredService) -> list[Invoice]:
    """October's, and November's with late usage of October."""
    drawn = []
    with time_machine.travel(IN_OCTOBER, tick=False):
        send(metered, [event("a", time=IN_OCTOBER, quantity=620), event("g", "storage", quantity="12.5")])
    with time_machine.travel(datetime(2026, 11, 4, tzinfo=UTC), tick=False):
        with scope_of(metered):
            drawn += close([metered], OCTOBER).invoices
        send(metered, [event("late", time=IN_OCTOBER, quantity="100.5"), event("h", "storage", quantity=9)])
    with time_machine.travel(datetime(2026, 12, 4, tzinfo=UTC), tick=False), scope_of(metered):
        drawn += close([metered], NOVEMBER).invoices
    return drawn


def verified(invoice: Invoice) -> list[Checked]:
    with scope_of(invoice):
        return verify_invoice(invoice)


def test_every_line_holds(invoices: list[Invoice]) -> None:
    lines = [verified(invoice) for invoice in invoices]

    assert [[(each.line.kind, each.line.amount_minor) for each in of] for of in lines] == [
        [("usage", 500), ("usage", 750)],
        [("late", 250), ("usage", 750)],
    ]
    assert {(each.checked, each.holds) for of in lines for each in of} == {("events", True)}


def test_an_event_that_was_changed_behind_the_policies_is_found(invoices: list[Invoice]) -> None:
    with behind_the_policies():
        UsageEvent.objects.filter(event_id="a").update(quantity=Decimal(20))

    first, second = verified(invoices[0])

    assert not first.holds
    assert any("amount" in difference for difference in first.differences)
    assert any("digest" in difference for difference in first.differences)
    assert second.holds


def test_an_amount_that_was_changed_is_found(invoices: list[Invoice]) -> None:
    with behind_the_policies():
        InvoiceLine.objects.filter(invoice=invoices[0], service__code="storage").update(amount_minor=1)

    assert [each.holds for each in verified(invoices[0])] == [True, False]


def test_once_events_are_dropped_the_days_are_held_against_the_digest(invoices: list[Invoice]) -> None:
    with behind_the_policies(), connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {name_of(OCTOBER.first)}")

    with time_machine.travel(datetime(2027, 12, 10, tzinfo=UTC), tick=False):
        checked = verified(invoices[0])

    assert [(each.checked, each.holds) for each in checked] == [("days", True), ("days", True)]


@pytest.mark.parametrize(
    ("rated_by", "amounts"),
    [(RatedBy.PEAK, [5000, -2500]), (RatedBy.LAST, [500, 0]), (RatedBy.AVERAGE, [750, 0])],
)
def test_what_was_taken_out_and_adjusted_holds_too(
    metered: Tenant, emails: MeteredService, storage: MeteredService, rated_by: str, amounts: list[int]
) -> None:
    with behind_the_policies():
        Tariff.objects.filter(service=storage).update(rated_by=rated_by)
    support = UserFactory(support=True)
    with time_machine.travel(IN_OCTOBER, tick=False):
        values = (("low", 20, 3), ("high", 30, 2), ("last", 12, 1))
        sent = [event(n, "storage", quantity=q, time=IN_OCTOBER - timedelta(hours=h)) for n, q, h in values]
        send(metered, [*sent, event("a", time=IN_OCTOBER, quantity=620), event("b", time=IN_OCTOBER, quantity=100)])
    with scope_of(metered):
        keys = dict(UsageEvent.objects.values_list("event_id", "key"))
    with time_machine.travel(datetime(2026, 11, 4, tzinfo=UTC), tick=False):
        with support_scope("a test"):
            void_event(metered, key=keys["b"], reason="Sent by mistake", by=support)
        with scope_of(metered):
            drawn = close([metered], OCTOBER).invoices
        with support_scope("a test"):
            void_event(metered, key=keys["high"], reason="A faulty meter", by=support)
            adjust(metered, service=emails, month=OCTOBER.first, quantity=Decimal("-20.5"), reason="Tests", by=support)
        send(metered, [event("h", "storage", quantity=9)])
    with time_machine.travel(datetime(2026, 12, 4, tzinfo=UTC), tick=False), scope_of(metered):
        drawn += close([metered], NOVEMBER).invoices

    checked = [each for invoice in drawn for each in verified(invoice)]

    assert [(str(each.line), each.differences) for each in checked] == [(str(each.line), []) for each in checked]
    of_storage = [each.line for each in checked if each.line.service == storage and each.line.month == OCTOBER.first]
    assert [line.amount_minor for line in of_storage] == amounts

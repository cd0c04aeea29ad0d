"""A month's invoices: one for each tenant, from what was counted."""

from datetime import UTC, datetime
from decimal import Decimal

import time_machine

from licences.models import Tenant
from metering.models import Invoice, InvoiceLine, MeteredService, UsageMonth
from metering.periods import Month
from metering.services.closing import close
from tests.factories import scope_of
from tests.metering.sending import event, send

OCTOBER = Month.parse("2026-10")
NOVEMBER = Month.parse("2026-11")


def test_late_usage_is_a_line_of_the_next_invoice(metered: Tenant, emails: MeteredService) -> None:
    assert OCTOBER is not None
    assert NOVEMBER is not None
    october = datetime(2026, 10, 20, 12, tzinfo=UTC)
    with time_machine.travel(october, tick=False):
        send(metered, [event("a", time=october, quantity=620)])
    with time_machine.travel(datetime(2026, 11, 4, 12, tzinfo=UTC), tick=False), scope_of(metered):
        (invoice,) = close([metered], OCTOBER).invoices
        assert close([metered], OCTOBER).invoices == []
        assert invoice.total_minor == 500
        assert InvoiceLine.objects.get().blocks == 2
        send(metered, [event("late", time=october, quantity="100.5")])
        assert UsageMonth.objects.get().has_late
        send(metered, [event("b", time=datetime(2026, 11, 2, 12, tzinfo=UTC), quantity=1)])
    with time_machine.travel(datetime(2026, 12, 4, 12, tzinfo=UTC), tick=False), scope_of(metered):
        (invoice,) = close([metered], NOVEMBER).invoices
        late = InvoiceLine.objects.get(invoice=invoice, kind="late")

    assert (late.month, late.used, late.blocks, late.amount_minor, late.events) == (
        OCTOBER.first,
        Decimal("100.5"),
        1,
        250,
        1,
    )
    with scope_of(metered):
        assert Invoice.objects.count() == 2
        assert not UsageMonth.objects.filter(has_late=True).exists()

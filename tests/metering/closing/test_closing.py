"""A month's invoices: one for each tenant, from what was counted."""

from datetime import UTC, datetime
from decimal import Decimal

import time_machine

from licences.models import Tenant
from metering.models import Invoice, InvoiceLine, MeteredService, UsageMonth
from tests.factories import scope_of
from tests.metering.closing.months import IN_OCTOBER, NOVEMBER, OCTOBER, closed, used
from tests.metering.sending import event, send


def test_late_usage_is_a_line_of_the_next_invoice(metered: Tenant, emails: MeteredService) -> None:
    in_november = datetime(2026, 11, 5, 12, tzinfo=UTC)
    used(metered, ("a", 620))
    (october,) = closed([metered], OCTOBER)
    assert closed([metered], OCTOBER) == []
    with time_machine.travel(in_november, tick=False):
        send(metered, [event("late", time=IN_OCTOBER, quantity="100.5"), event("b", time=in_november)])
    with scope_of(metered):
        assert UsageMonth.objects.get(month=OCTOBER.first).has_late

    (november,) = closed([metered], NOVEMBER)

    with scope_of(metered):
        own, late = InvoiceLine.objects.get(invoice=october), InvoiceLine.objects.get(invoice=november, kind="late")
        assert not UsageMonth.objects.filter(has_late=True).exists()
        assert Invoice.objects.count() == 2
    assert (october.total_minor, own.blocks) == (500, 2)
    assert (late.month, late.used, late.events) == (OCTOBER.first, Decimal("100.5"), 1)
    assert (late.blocks, late.amount_minor) == (1, 250)

"""When a month's events are gone nothing is derived from them any more: what it came to stays. Source: metering rules
R2, R26."""

import pytest
import time_machine

from licences.models import Tenant, User
from metering.models import InvoiceLine
from metering.services.allowances import settle_all
from tests.factories import scope_of
from tests.metering.closing.months import begun
from tests.metering.corrections.test_corrections import add, void
from tests.metering.gauges.gauging import NOVEMBER, OCTOBER, at, drawn, drop_events, gauge, month_of, show


@pytest.mark.django_db
@pytest.mark.parametrize("rated_by", ["peak", "last", "average"])
def test_an_old_month_may_still_be_adjusted(rated_by: str, metered: Tenant, support: User) -> None:
    service = gauge(rated_by)
    show(metered, "a", at(10, 2), 50, service=rated_by)
    show(metered, "b", at(10, 3), 60, service=rated_by)
    with time_machine.travel(at(10, 15), tick=False):
        void(metered, "b", support)
    drawn(metered, OCTOBER)
    show(metered, "c", at(11, 12), 50, service=rated_by)
    drop_events(before=NOVEMBER)

    with time_machine.travel(at(11, 15), tick=False):
        add(metered, service, "1.5", support)
        settle_all()
    closed = drawn(metered, NOVEMBER)

    assert (len(closed.invoices), closed.mismatches) == (1, [])
    with scope_of(metered):
        late = InvoiceLine.objects.get(kind="late")
    assert (late.month, late.used, late.amount_minor) == (OCTOBER.first, 1.5, 500)
    assert month_of(metered, OCTOBER).used == 51.5


@pytest.mark.django_db
@pytest.mark.parametrize("rated_by", ["peak", "last", "average"])
def test_what_was_taken_out_stays_out_of_later_months(rated_by: str, metered: Tenant, support: User) -> None:
    gauge(rated_by)
    show(metered, "a", at(10, 2), 50, service=rated_by)
    show(metered, "b", at(10, 3), 60, service=rated_by)
    with time_machine.travel(at(10, 15), tick=False):
        void(metered, "b", support)
    drawn(metered, OCTOBER)
    begun(at(11, 11))
    with time_machine.travel(at(11, 11), tick=False):
        settle_all()

    drop_events(before=NOVEMBER)
    with time_machine.travel(at(11, 12), tick=False):
        settle_all()

    assert (month_of(metered, NOVEMBER).carried, month_of(metered, NOVEMBER).used) == (50, 50)


@pytest.mark.django_db
def test_an_open_month_keeps_its_average_when_some_of_its_events_are_gone(metered: Tenant) -> None:
    gauge("average")
    show(metered, "a", at(10, 2), 50, service="average")
    show(metered, "b", at(11, 2), 70, service="average")
    with time_machine.travel(at(11, 3), tick=False):
        settle_all()
    before = month_of(metered, OCTOBER).used

    drop_events(before=NOVEMBER)
    with time_machine.travel(at(11, 3, 12), tick=False):
        settle_all()

    assert month_of(metered, OCTOBER).used == before == 50

"""A gauge's value that comes late counts in every month after it, as if it had come in time. Sources: design §14.9,
reliability R-19."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from licences.models import Tenant, User
from metering.models import Invoice, InvoiceLine, MeteredService, UsageMonth
from metering.reports.recounts.verification import verify_invoice
from metering.services.allowances import open_months, settle_all
from metering.services.closing import Closed, close
from metering.services.ingest import Outcome, Status
from tests.factories import TenantFactory, scope_of
from tests.metering.closing.months import after, begun
from tests.metering.corrections.test_corrections import void
from tests.metering.gauges.gauging import DECEMBER, NOVEMBER, OCTOBER, at, drawn, gauge, month_of, show
from tests.metering.sending import event, send
from tests.proof import PROOF
from tests.threads import at_once

ROUNDS = 30 if PROOF else 3


def billed(tenant: Tenant) -> dict[object, tuple[object, int]]:
    """What the lines of each month come to."""
    found: dict[object, tuple[Any, int]] = {}
    with scope_of(tenant):
        for line in InvoiceLine.objects.all():
            used, minor = found.get(line.month, (0, 0))
            found[line.month] = (used + line.used, minor + line.amount_minor)
    return found


def three_months(tenant: Tenant, service: str, *, is_late: bool) -> None:
    """A high value in the end of October comes at once, or when November is invoiced."""
    show(tenant, "first", at(10, 2), 5, service=service)
    if not is_late:
        show(tenant, "high", at(10, 31), 100, service=service)
    begun(at(11, 1))
    drawn(tenant, OCTOBER)
    begun(at(12, 1))
    if is_late:
        show(tenant, "second", at(11, 20), 7, service=service)
        drawn(tenant, NOVEMBER)
        show(tenant, "high", at(10, 31), 100, service=service, on=after(NOVEMBER))
    else:
        show(tenant, "second", at(11, 20), 7, service=service)
        drawn(tenant, NOVEMBER)
    drawn(tenant, DECEMBER)


@pytest.mark.django_db
@pytest.mark.parametrize("rated_by", ["peak", "last", "average"])
def test_the_bill_is_the_same_whenever_it_came(rated_by: str) -> None:
    service = gauge(rated_by)
    in_time, late = TenantFactory(), TenantFactory()

    three_months(in_time, service.code, is_late=False)
    three_months(late, service.code, is_late=True)

    assert billed(late) == billed(in_time)
    assert month_of(late, NOVEMBER).carried == 100
    with scope_of(late):
        checked = [line for invoice in Invoice.objects.all() for line in verify_invoice(invoice)]
    assert len(checked) > len(billed(late))
    assert [line.differences for line in checked if line.differences] == []


@pytest.mark.django_db
def test_months_that_are_invoiced_are_taken_in_again_only_where_it_makes_a_difference(metered: Tenant) -> None:
    gauge("last")
    show(metered, "a", at(10, 2), 5, service="last")
    show(metered, "b", at(11, 2), 6, service="last")
    drawn(metered, OCTOBER)
    drawn(metered, NOVEMBER)

    show(metered, "late", at(10, 31), 9, service="last", on=after(NOVEMBER))

    november = month_of(metered, NOVEMBER)
    assert (november.carried, november.used, november.has_late) == (9, 6, False)
    assert month_of(metered, OCTOBER).has_late


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "time"), [("a", at(10, 31)), ("older", at(10, 31, 1))])
def test_what_says_nothing_new_moves_nothing(metered: Tenant, name: str, time: Any) -> None:
    """The same event again, and one before the newest."""
    gauge("peak")
    show(metered, "a", at(10, 31), 50, service="peak")
    begun(at(11, 1))
    drawn(metered, OCTOBER)
    drawn(metered, NOVEMBER)

    show(metered, name, time, 50, service="peak", on=at(12, 4, 12))

    november = month_of(metered, NOVEMBER)
    assert (november.carried, november.has_late, november.events) == (50, False, 0)


@pytest.mark.django_db
def test_a_value_of_this_month_and_one_of_the_last_may_come_in_one_batch(metered: Tenant) -> None:
    gauge("peak")
    with time_machine.travel(at(11, 2), tick=False):
        send(metered, [event(f"{day}", "peak", time=at(*day), quantity=q) for day, q in (((10, 30), 40), ((11, 1), 3))])

    assert month_of(metered, NOVEMBER).used == 40


@pytest.mark.django_db
def test_sums_that_come_late_take_no_more_statements(metered: Tenant, emails: MeteredService) -> None:
    begun(at(10, 2))
    begun(at(11, 2))
    with time_machine.travel(at(11, 2), tick=False):
        settle_all()

    def statements(name: str, time: Any) -> int:
        with time_machine.travel(at(11, 2), tick=False), CaptureQueriesContext(connection) as captured:
            send(metered, [event(name, time=time)])
        return len(captured)

    assert statements("late", at(10, 20)) == statements("now", at(11, 2))


@pytest.mark.django_db(transaction=True)
def test_late_values_closes_and_corrections_never_wait_for_each_other_in_a_circle(support: User) -> None:
    """Each locks several months of several services."""
    codes = [gauge(rated_by).code for rated_by in ("peak", "last", "average")]
    for number in range(ROUNDS):
        tenant = TenantFactory()
        for code in codes:
            show(tenant, f"{code}-first", at(10, 2), 20, service=code)
        with time_machine.travel(at(11, 1), tick=False):
            open_months()
        drawn(tenant, OCTOBER)

        told = _race(tenant, codes, support)

        assert [each for each in told if isinstance(each, Exception)] == [], number
        drawn(tenant, NOVEMBER)
        drawn(tenant, DECEMBER)
        with scope_of(tenant):
            months = list(UsageMonth.objects.values_list("month", "carried", "has_late"))
        assert {month[1:] for month in months if month[0] == DECEMBER.first} == {(6, False)}
        assert not any(has_late for _month, _carried, has_late in months)


def _race(tenant: Tenant, codes: list[str], support: User) -> list[Any]:
    def sender(number: int, codes: list[str]) -> Callable[[], list[Outcome]]:
        months = ((10, 31), (11, 29), (12, 1))
        events = [
            event(f"{code}-{number}-{month}", code, time=at(month, day, number), quantity=number)
            for code in codes
            for month, day in months
        ]
        return lambda: send(tenant, events)

    def closer() -> Closed:
        with scope_of(tenant):
            return close([tenant], NOVEMBER)

    with time_machine.travel(at(12, 3, 23), tick=False):
        open_months()
    with time_machine.travel(after(NOVEMBER), tick=False):
        senders = [sender(number, codes[:: 1 if number % 2 else -1]) for number in range(1, 7)]
        voids = [lambda code=code: void(tenant, f"{code}-first", support) for code in codes]
        told = at_once([*senders, closer, *voids, settle_all])
    for outcomes in told[: len(senders)]:
        if isinstance(outcomes, list):
            assert {outcome.status for outcome in outcomes} == {Status.ACCEPTED}
    return told

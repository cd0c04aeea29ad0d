"""Whenever a gauge's value arrives, each month comes to what its values say. Sources: reliability R-19, R-20, metering
rules R9, R10."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from licences.models import Tenant
from metering.models import InvoiceLine, UsageMonth
from metering.periods import Month
from metering.services.allowances import open_months
from metering.services.closing import close
from tests.factories import TenantFactory, scope_of
from tests.metering.closing.arithmetic import MILLIONTHS, amount, millionths
from tests.metering.closing.months import after
from tests.metering.closing.test_arrivals import Arrival, arrivals
from tests.metering.gauges.gauging import DECEMBER, NOVEMBER, OCTOBER, gauge
from tests.metering.sending import event, send
from tests.proof import PROOF

SCHEDULES = 1_000 if PROOF else 10
RATED_BY = ("peak", "last", "average")
BEGINS = {
    OCTOBER: datetime(2026, 9, 30, 22, tzinfo=UTC),
    NOVEMBER: datetime(2026, 10, 31, 23, tzinfo=UTC),
    DECEMBER: datetime(2026, 11, 30, 23, tzinfo=UTC),
    DECEMBER.plus(1): datetime(2026, 12, 31, 23, tzinfo=UTC),
}
"""By the clocks of Oslo."""

type Values = list[tuple[datetime, int]]


def play(tenant: Tenant, sent: Sequence[Arrival]) -> None:
    """Everything in the order in which it happens: what comes, each month's beginning, and each close."""
    steps: list[tuple[datetime, Callable[[], Any]]] = []
    for number, each in enumerate(sent):
        events = [event(f"{code}-{number}", code, time=each.time, quantity=each.quantity) for code in RATED_BY]
        steps += [(at, lambda events=events: send(tenant, events)) for at in each.comings]
    for month in (OCTOBER, NOVEMBER, DECEMBER):
        steps.append((BEGINS[month] + timedelta(hours=1), open_months))
        steps.append((after(month), lambda month=month: _close(tenant, month)))
    for at, act in sorted(steps, key=lambda step: step[0]):
        with time_machine.travel(at, tick=False):
            act()


def _close(tenant: Tenant, month: Month) -> None:
    with scope_of(tenant):
        assert close([tenant], month).mismatches == []


def billed(tenant: Tenant) -> dict[tuple[str, Month], tuple[int, int]]:
    """What the lines of each service and month come to: millionths used, and the amount."""
    found: dict[tuple[str, Month], tuple[int, int]] = {}
    with scope_of(tenant):
        for line in InvoiceLine.objects.select_related("service"):
            key = line.service.code, Month(line.month)
            used, minor = found.get(key, (0, 0))
            found[key] = used + millionths(line.used), minor + line.amount_minor
        assert not UsageMonth.objects.filter(has_late=True).exists()
    return found


def expected(sent: Sequence[Arrival]) -> dict[tuple[str, Month], tuple[int, int]]:
    """By the values and their times alone."""
    found = {}
    carried: int | None = None
    inorder = [each for _place, each in sorted(enumerate(sent), key=lambda of: (of[1].time, str(of[0])))]
    for month in (OCTOBER, NOVEMBER, DECEMBER):
        begins, ends = BEGINS[month], BEGINS[month.plus(1)]
        own = [(each.time, millionths(each.quantity)) for each in inorder if begins <= each.time < ends]
        values = own if carried is None else [(begins, carried), *own]
        numbers = [value for _time, value in values]
        comes_to = {
            "peak": max(numbers, default=0),
            "last": numbers[-1] if numbers else 0,
            "average": average(values, ends),
        }
        carried = numbers[-1] if numbers else None
        for code, used in comes_to.items():
            found[code, month] = used, amount(used, included=10, block=1)
    return found


def average(values: Values, ends: datetime) -> int:
    """From the first value on, rounded once."""
    if not values:
        return 0
    times = [*(time for time, _value in values), ends]
    lengths = [(later - earlier) // timedelta(microseconds=1) for earlier, later in pairwise(times)]
    weighed = sum(value * length for (_time, value), length in zip(values, lengths, strict=True))
    return floor(Fraction(weighed, sum(lengths)) + Fraction(1, 2))


@pytest.mark.django_db
@given(sent=st.lists(arrivals, min_size=1, max_size=8))
@settings(
    max_examples=SCHEDULES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_what_is_billed_is_what_was_shown_whenever_it_came(three_gauges: None, sent: list[Arrival]) -> None:
    tenant = TenantFactory()

    play(tenant, sent)

    assert billed(tenant) == expected(sent)


@pytest.fixture
def three_gauges(db: None) -> None:
    for rated_by in RATED_BY:
        gauge(rated_by)


def test_an_average_by_hand() -> None:
    values = [(BEGINS[OCTOBER], 10 * MILLIONTHS), (BEGINS[OCTOBER] + timedelta(hours=1), millionths(Decimal("0.5")))]

    assert average(values, BEGINS[OCTOBER] + timedelta(hours=3)) == 3_666_667

"""Whenever an event arrives it is billed once, in the month of its time. Source: reliability R-19, R-20."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from licences.models import Tenant
from metering.models import InvoiceLine, MeteredService, UsageMonth
from metering.periods import Month
from metering.services.closing import close
from metering.services.ingest import Status
from tests.factories import MeteredServiceFactory, TariffFactory, TenantFactory, scope_of
from tests.metering.closing.arithmetic import MILLIONTHS, for_emails, millionths
from tests.metering.closing.months import NOVEMBER, OCTOBER, after, closed
from tests.metering.sending import event, send
from tests.proof import PROOF
from tests.threads import at_once

BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
DECEMBER = NOVEMBER.plus(1)
LATEST_DAYS = 34
SCHEDULES = 2_000 if PROOF else 12


@dataclass(frozen=True)
class Arrival:
    """An event of this minute after the beginning of October, and how many minutes later it comes, maybe twice."""

    minute: int
    delay: int
    quantity: Decimal
    again: int | None

    @property
    def time(self) -> datetime:
        return BEGIN + timedelta(minutes=self.minute)

    @property
    def comings(self) -> list[datetime]:
        delays = [self.delay] if self.again is None else [self.delay, self.again]
        return [self.time + timedelta(minutes=delay) for delay in delays]


arrivals = st.builds(
    Arrival,
    minute=st.integers(0, 61 * 24 * 60 - 61),  # in October or November, by the clocks of Oslo
    delay=st.integers(0, LATEST_DAYS * 24 * 60),
    quantity=st.decimals("0", "900", places=6),
    again=st.none() | st.integers(0, LATEST_DAYS * 24 * 60),
)


def play(tenant: Tenant, sent: list[Arrival]) -> None:
    """Everything in the order in which it happens: what comes, and in its moment each close, of the earliest month
    that waits first, as the sweep does it: one may have been used only after its own moment."""
    steps: list[tuple[datetime, Callable[[], Any]]] = []
    for number, each in enumerate(sent):
        said = event(f"event-{number}", time=each.time, quantity=each.quantity)
        steps += [(at, lambda said=said: send(tenant, [said])) for at in each.comings]
    in_december = datetime(2026, 12, 15, tzinfo=UTC)
    steps.append((in_december, lambda: send(tenant, [event("december", quantity=0, time=in_december)])))
    months = (OCTOBER, NOVEMBER, DECEMBER)
    for number, month in enumerate(months, 1):
        steps.append((after(month), lambda due=months[:number]: [close([tenant], each) for each in due]))
    for at, act in sorted(steps, key=lambda step: step[0]):
        with time_machine.travel(at, tick=False), scope_of(tenant):
            act()


def by_month(tenant: Tenant) -> dict[Month, tuple[int, int]]:
    """What the lines of each month come to: millionths used, and the amount."""
    found: dict[Month, tuple[int, int]] = {}
    with scope_of(tenant):
        for line in InvoiceLine.objects.all():
            used, minor = found.get(Month(line.month), (0, 0))
            found[Month(line.month)] = used + millionths(line.used), minor + line.amount_minor
        assert not UsageMonth.objects.filter(has_late=True).exists()
    return found


def expected(sent: list[Arrival]) -> dict[Month, tuple[int, int]]:
    """By the time of the events alone; Oslo is two hours ahead until the morning of 25 October, then one."""
    quantities: dict[Month, list[Decimal]] = defaultdict(list)
    for each in sent:
        ahead = 2 if each.time < datetime(2026, 10, 25, 1, tzinfo=UTC) else 1
        day = (each.time + timedelta(hours=ahead)).date()
        quantities[OCTOBER if day < NOVEMBER.first else NOVEMBER].append(each.quantity)
    return {month: (sum(map(millionths, of)), for_emails(of)) for month, of in quantities.items()}


@pytest.mark.django_db
@given(sent=st.lists(arrivals, min_size=1, max_size=8))
@example(sent=[Arrival(minute=1441, delay=LATEST_DAYS * 24 * 60, quantity=Decimal(7), again=None)])  # after the close
@settings(
    max_examples=SCHEDULES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_what_is_billed_is_what_was_used_whenever_it_came(emails: MeteredService, sent: list[Arrival]) -> None:
    tenant = TenantFactory()

    play(tenant, sent)

    billed = by_month(tenant)
    assert billed.pop(DECEMBER) == (0, 0)
    assert {month: of for month, of in billed.items() if of != (0, 0)} == {
        month: of for month, of in expected(sent).items() if of != (0, 0)
    }


@pytest.mark.django_db(transaction=True)
def test_what_comes_in_the_moment_of_the_close_is_billed_once() -> None:
    service = MeteredServiceFactory(code="emails", name="E-mails")
    TariffFactory(service=service)
    tenant, at = TenantFactory(), datetime(2026, 10, 20, 12, tzinfo=UTC)
    with time_machine.travel(at, tick=False):
        send(tenant, [event("first", time=at, quantity=1)])

    def sender(number: int) -> Callable[[], list[str]]:
        def send_all() -> list[str]:
            each = [send(tenant, [event(f"{number}-{n}", time=at, quantity=7)])[0] for n in range(rounds)]
            return [outcome.status for outcome in each]

        return send_all

    def closer() -> int:
        with scope_of(tenant):
            return len(close([tenant], OCTOBER).invoices)

    rounds, senders = (50, 6) if PROOF else (8, 4)
    with time_machine.travel(after(OCTOBER), tick=False):
        results = at_once([*(sender(number) for number in range(senders)), closer, closer])
        send(tenant, [event("november", time=after(OCTOBER) - timedelta(hours=1), quantity=0)])
    closed([tenant], NOVEMBER)

    assert sorted(results[-2:]) == [0, 1]
    assert results[:-2] == [[Status.ACCEPTED] * rounds] * senders
    total = 1 + 7 * rounds * senders
    assert by_month(tenant)[OCTOBER] == (total * MILLIONTHS, for_emails([total]))

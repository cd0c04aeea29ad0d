"""Corrections against each other, against ingestion and against the invoice, with real connections."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import time_machine

from config.tenancy.scopes import support_scope
from licences.models import Tenant, User
from metering.models import Correction, InvoiceLine, MeteredService, UsageMonth
from metering.periods import Month
from metering.services.closing import close
from tests.factories import scope_of
from tests.metering.corrections.test_corrections import add, void
from tests.metering.sending import event, send
from tests.proof import PROOF
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

OCTOBER = date(2026, 10, 1)
MID_OCTOBER = datetime(2026, 10, 15, 12, tzinfo=UTC)
NOVEMBER_FIFTH = datetime(2026, 11, 5, 12, tzinfo=UTC)

ROUNDS = 20 if PROOF else 3


def month_of(tenant: Tenant) -> UsageMonth:
    with scope_of(tenant):
        return UsageMonth.objects.get(month=OCTOBER)


def race(calls: list[Callable[[], Any]], now: datetime) -> list[Any]:
    with time_machine.travel(now, tick=False):
        return at_once(calls)


def test_of_two_who_take_an_event_out_one_is_told(metered: Tenant, emails: MeteredService, support: User) -> None:
    for number in range(ROUNDS):
        with time_machine.travel(MID_OCTOBER, tick=False):
            send(metered, [event(f"a{number}", time=MID_OCTOBER, quantity=10)])

        outcomes = race(3 * [partial(void, metered, f"a{number}", support)], MID_OCTOBER)

        assert sorted(type(outcome).__name__ for outcome in outcomes) == [*2 * ["AlreadyVoided"], "Correction"]
        assert month_of(metered).used == 0


@pytest.mark.parametrize("code", ["emails", "storage"])
def test_nothing_that_is_sent_meanwhile_is_lost(
    code: str, metered: Tenant, emails: MeteredService, storage: MeteredService, support: User
) -> None:
    expected = Decimal(0)
    for number in range(ROUNDS):
        size = 100 * (number + 1)
        wrong = f"wrong{number}"
        with time_machine.travel(MID_OCTOBER, tick=False):
            send(metered, [event(wrong, code, time=MID_OCTOBER, quantity=10 * size)])

        race(
            [
                partial(void, metered, wrong, support),
                partial(send, metered, [event(f"{number}a", code, time=MID_OCTOBER, quantity=size)]),
                partial(send, metered, [event(f"{number}b", code, time=MID_OCTOBER, quantity=size)]),
            ],
            MID_OCTOBER,
        )

        expected = size if code == "storage" else expected + 2 * size
        assert month_of(metered).used == expected


def test_a_correction_is_in_the_invoice_or_in_the_next_one(
    metered: Tenant, emails: MeteredService, support: User
) -> None:
    with time_machine.travel(MID_OCTOBER, tick=False):
        send(metered, [event("a", time=MID_OCTOBER, quantity=620), event("b", time=MID_OCTOBER, quantity=1)])

    def draw() -> None:
        with scope_of(metered):
            close([metered], Month(OCTOBER))

    outcomes = race(
        [draw, lambda: void(metered, "a", support), lambda: add(metered, emails, "-1", support)], NOVEMBER_FIFTH
    )

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    row = month_of(metered)
    assert row.used == 0
    with scope_of(metered):
        line = InvoiceLine.objects.get()
    with support_scope("a test looks"):
        corrections = list(Correction.objects.values_list("kind", "edition"))
    in_it = {"void": Decimal(-620), "adjust": Decimal(-1)}
    assert line.used == 621 + sum(in_it[kind] for kind, edition in corrections if edition == 0)
    assert row.has_late is any(edition == 1 for _kind, edition in corrections)

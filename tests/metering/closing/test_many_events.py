"""A tenant may have millions of events in a month: they are counted in portions, and nobody waits for that."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from config.tenancy.scopes import support_scope
from licences.models import Tenant
from metering.models import InvoiceLine, MeteredService, UsageDay, UsageDifference
from metering.portions import portions
from metering.reports.recounts import counted
from metering.reports.recounts.counted import DayKey, MonthEdition, events_by_day, spans
from metering.reports.recounts.verification import verify_invoice
from metering.services import differences
from metering.services.closing import close
from metering.services.differences import compare_days
from notifications.services import month_closes
from tests.factories import TenantFactory, scope_of
from tests.metering.closing.months import IN_OCTOBER, OCTOBER, after, swept, used
from tests.metering.sending import event, send

DAY = timedelta(days=1)
DAYS = st.dictionaries(st.integers(0, 30).map(lambda n: OCTOBER.first + n * DAY), st.integers(0, 150_000))


@given(weights=st.lists(st.integers(0, 9)), weight=st.integers(1, 20), number=st.integers(1, 4))
def test_portions_are_all_there_is_and_bounded(weights: list[int], weight: int, number: int) -> None:
    parts = list(portions(((each, each) for each in weights), weight=weight, number=number))

    assert [each for part in parts for each in part] == weights
    assert all(0 < len(part) <= number and (sum(part) <= weight or len(part) == 1) for part in parts)


@given(days=DAYS)
def test_every_day_of_a_month_is_in_one_span_of_so_many_events(days: dict[date, int]) -> None:
    of = MonthEdition(1, 2, OCTOBER.first, 0)
    events = events_by_day((DayKey(1, 2, day, source, 0), number) for day, number in days.items() for source in "ab")

    found = list(spans([of], events))

    covered = [span.first + n * DAY for span in found for n in range((span.last - span.first).days + 1)]
    assert covered == [OCTOBER.first + n * DAY for n in range(31)]
    for span in found:
        number = sum(2 * number for day, number in days.items() if span.first <= day <= span.last)
        assert span.events == number
        assert number <= counted.MOST_AT_ONCE or sum(span.first <= day <= span.last for day in days) == 1


@pytest.mark.django_db
def test_a_month_that_takes_many_statements_is_drawn_and_verified(
    metered: Tenant, emails: MeteredService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counted, "MOST_AT_ONCE", 2)
    for days in range(4):
        used(metered, (f"a{days}", 150), (f"b{days}", 5), at=IN_OCTOBER - days * DAY)

    (invoice,) = swept().invoices

    assert invoice.total_minor == 500
    with scope_of(metered):
        assert all(checked.holds for checked in verify_invoice(invoice))


@pytest.mark.django_db
def test_who_has_very_many_events_is_closed_after_the_others(
    metered: Tenant, emails: MeteredService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(month_closes, "EVENTS_AT_ONCE", 2)
    others = [TenantFactory() for _ in range(3)]
    used(metered, ("a", 1), ("b", 1), ("c", 1))
    for tenant in others:
        used(tenant, ("a", 1))

    invoices = swept().invoices

    assert [invoice.tenant for invoice in invoices] == [*others, metered]


@contextmanager
def first_counted(act: Any) -> Iterator[list[list[date]]]:
    """In the moment in which events have been counted again for the first time, and nothing else has happened, this is
    done on another connection. Of each such statement the first days that it was asked for."""
    asked: list[list[date]] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if "sha256" in sql:
            asked.append(params["firsts"])
            if len(asked) == 1:
                with ThreadPoolExecutor(1) as threads:
                    threads.submit(elsewhere).result()
        return result

    def elsewhere() -> None:
        try:
            act()
        finally:
            connection.close()

    with connection.execute_wrapper(watch):
        yield asked


@pytest.mark.django_db(transaction=True)
def test_what_comes_while_a_neighbour_is_counted_does_not_wait_and_is_billed(
    metered: Tenant, emails: MeteredService
) -> None:
    small = TenantFactory()
    used(metered, *((f"event-{n}", 9) for n in range(60)))
    used(small, ("a", 600))
    used(small, ("b", 1), at=IN_OCTOBER - DAY)

    late = event("late", time=IN_OCTOBER, quantity=50)
    with (
        time_machine.travel(after(OCTOBER), tick=False),
        support_scope("a test closes two tenants"),
        first_counted(lambda: send(small, [late])) as asked,
    ):
        closed = close([metered, small], OCTOBER)

    assert (len(closed.invoices), closed.mismatches) == (2, [])
    assert asked == [[OCTOBER.first] * 2, [IN_OCTOBER.date()]]
    with scope_of(small):
        line = InvoiceLine.objects.get()
        assert (line.used, line.events, line.amount_minor) == (651, 3, 500)
        assert all(checked.holds for checked in verify_invoice(line.invoice))


@pytest.mark.django_db
def test_by_night_who_has_very_many_events_is_compared_in_parts(
    metered: Tenant, emails: MeteredService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(differences, "MOST_AT_ONCE", 1)
    now = timezone.now()
    for days in range(2):
        used(metered, (f"a{days}", 1), (f"b{days}", 1), at=now - days * DAY - timedelta(minutes=5))
    with scope_of(metered):
        UsageDay.objects.update(quantity=Decimal(9))

    found = compare_days()

    assert found == 2
    with scope_of(metered):
        assert UsageDifference.objects.count() == 2

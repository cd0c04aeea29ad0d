"""When an event still counts, and what becomes of one that comes again: the key is asked first, then the time."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
import time_machine

from licences.models import Tenant
from metering.events import Reason
from metering.models import MeteredService, RepeatDay, UncountedEvent, UsageEvent, UsageMonth
from metering.services.ingest import Outcome, Status
from tests.factories import SuitePlanFactory, scope_of
from tests.metering.sending import event, send

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
JUST = timedelta(microseconds=1)
OLDEST = NOW - timedelta(days=35)
NEWEST = NOW + timedelta(minutes=5)
BACKFILL = datetime(2026, 8, 31, 22, tzinfo=UTC)
"""September begins in Oslo."""

COUNTED = (Status.ACCEPTED, None)
TOO_OLD = (Status.REJECTED, Reason.EVENT_TOO_OLD)
TOO_EARLY = (Status.REJECTED, Reason.EVENT_IN_FUTURE)


def became(outcome: Outcome) -> tuple[Status, Reason | None]:
    return outcome.status, outcome.reason


@pytest.mark.parametrize(
    ("may_backfill", "time", "becomes"),
    [
        (False, OLDEST - JUST, TOO_OLD),
        (False, OLDEST, COUNTED),
        (False, NEWEST, COUNTED),
        (False, NEWEST + JUST, TOO_EARLY),
        (True, BACKFILL - JUST, TOO_OLD),
        (True, BACKFILL, COUNTED),
        (True, OLDEST - JUST, COUNTED),
        (True, NEWEST + JUST, TOO_EARLY),
        (False, datetime(1, 1, 2, tzinfo=UTC), TOO_OLD),
        (True, datetime(9999, 12, 30, tzinfo=UTC), TOO_EARLY),
    ],
)
@pytest.mark.parametrize("service", ["emails", "storage"])
def test_an_event_counts_within_its_window(
    service: str,
    may_backfill: bool,
    time: datetime,
    becomes: tuple[Status, Reason | None],
    metered: Tenant,
    emails: MeteredService,
    storage: MeteredService,
) -> None:
    with time_machine.travel(NOW, tick=False):
        (outcome,) = send(metered, [event("a", service, time=time)], may_backfill=may_backfill)

    assert became(outcome) == becomes
    with scope_of(metered):
        assert UsageEvent.objects.count() == (becomes is COUNTED)


def test_backfill_never_means_less_time(metered: Tenant, emails: MeteredService) -> None:
    with time_machine.travel(datetime(2026, 3, 1, 0, tzinfo=UTC), tick=False):
        (outcome,) = send(metered, [event("a", time=datetime(2026, 1, 25, tzinfo=UTC))], may_backfill=True)

    assert outcome.status == Status.ACCEPTED


def test_what_was_counted_is_a_repeat_even_when_its_time_is_over(metered: Tenant, emails: MeteredService) -> None:
    with time_machine.travel(NOW, tick=False):
        send(metered, [event("a", time=NOW)])
    with time_machine.travel(NOW + timedelta(days=399), tick=False):
        outcomes = send(metered, [event("a", time=NOW), event("a", time=NOW, quantity=2), event("b", time=NOW)])

    assert [became(outcome) for outcome in outcomes] == [
        (Status.DUPLICATE, None),
        (Status.CONFLICT, Reason.ID_REUSED),
        TOO_OLD,
    ]
    with scope_of(metered):
        assert UsageMonth.objects.get().used == 1


def test_what_was_counted_is_a_repeat_even_after_the_tenant_went_to_suite(
    metered: Tenant, emails: MeteredService
) -> None:
    with time_machine.travel(NOW, tick=False):
        send(metered, [event("a", time=NOW)])
        metered.subscription, metered.suite_plan = Tenant.Subscription.CRM_SUITE, SuitePlanFactory()
        outcomes = send(metered, [event("a", time=NOW), event("a", time=NOW, quantity=2), event("b", time=NOW)])

    assert [(became(outcome), outcome.where) for outcome in outcomes] == [
        ((Status.DUPLICATE, None), ""),
        ((Status.CONFLICT, Reason.ID_REUSED), "/id"),
        ((Status.REJECTED, Reason.NOT_METERED), "/type"),
    ]
    with scope_of(metered):
        assert UsageMonth.objects.get().used == 1


def test_an_event_says_when_it_was_only_if_it_is_measured(
    metered: Tenant, emails: MeteredService, storage: MeteredService
) -> None:
    with time_machine.travel(NOW, tick=False):
        outcomes = send(metered, [event("a", "storage", quantity=5), event("b", "emails")])
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        again = send(metered, [event("a", "storage", quantity=5), event("a", "storage", quantity=6)])

    assert [became(outcome) for outcome in outcomes] == [COUNTED, (Status.REJECTED, Reason.TIME_MISSING)]
    assert [outcome.status for outcome in again] == [Status.DUPLICATE, Status.CONFLICT]
    with scope_of(metered):
        assert UsageEvent.objects.get().time == NOW


SAME_ID = {
    "good": event("a", time=NOW),
    "the same": event("a", time=NOW, quantity="1.0"),
    "more": event("a", time=NOW, quantity=2),
    "long ago": event("a", time=NOW - timedelta(days=36)),
    "of nothing": event("a", "unheard-of", time=NOW),
}


@pytest.mark.parametrize("order", list(permutations(SAME_ID)), ids=", ".join)
def test_a_batch_is_what_its_events_are_one_after_the_other(
    order: tuple[str, ...], metered: Tenant, emails: MeteredService
) -> None:
    """One model for all: the first that counts has the id; whoever comes later is held against it."""
    counted = next(name for name in order if name in ("good", "the same", "more"))
    expected: list[tuple[Status, Reason | None]] = []
    for name in order:
        if name == "of nothing":
            expected.append((Status.REJECTED, Reason.UNKNOWN_SERVICE))
        elif name == counted:
            expected.append(COUNTED)
        elif name == "long ago" and order.index(name) < order.index(counted):
            expected.append(TOO_OLD)
        elif {name, counted} <= {"good", "the same"}:
            expected.append((Status.DUPLICATE, None))
        else:
            expected.append((Status.CONFLICT, Reason.ID_REUSED))

    with time_machine.travel(NOW, tick=False):
        outcomes = send(metered, [SAME_ID[name] for name in order])

    assert [became(outcome) for outcome in outcomes] == expected
    with scope_of(metered):
        assert UsageMonth.objects.get().used == (2 if counted == "more" else 1)


def test_what_comes_again_is_noted_as_a_number_and_what_is_refused_once(
    metered: Tenant, emails: MeteredService
) -> None:
    again = [event("a", time=NOW)] * 3 + [event("b", time=NOW, quantity=-1)] * 2
    with time_machine.travel(NOW, tick=False):
        send(metered, again)
        send(metered, again)

    with scope_of(metered):
        assert RepeatDay.objects.get().times == 5
        refused = UncountedEvent.objects.get()
    assert (refused.times, refused.event_id, refused.quantity, refused.kind) == (4, "b", "-1", "rejected")


def test_a_strict_batch_that_is_refused_leaves_nothing_but_its_faults(metered: Tenant, emails: MeteredService) -> None:
    with time_machine.travel(NOW, tick=False):
        outcomes = send(metered, [*[event("a", time=NOW)] * 2, event("b", time=NOW, quantity=-1)], strict=True)

    assert [outcome.status for outcome in outcomes] == [Status.ACCEPTED, Status.DUPLICATE, Status.REJECTED]
    with scope_of(metered):
        assert not UsageEvent.objects.exists()
        assert not UsageMonth.objects.exists()
        assert not RepeatDay.objects.exists()
        assert UncountedEvent.objects.get().event_id == "b"


@pytest.mark.parametrize(
    ("time", "month"),
    [
        (datetime(2026, 10, 31, 22, 59, 59, 999_999, tzinfo=UTC), "2026-10-31"),
        (datetime(2026, 10, 31, 23, tzinfo=UTC), "2026-11-01"),
        (datetime(2026, 11, 26, 11, 59, tzinfo=UTC), "2026-11-26"),
    ],
)
def test_an_event_belongs_to_the_day_of_the_tenants_clock(
    time: datetime, month: str, metered: Tenant, emails: MeteredService
) -> None:
    with time_machine.travel(NOW, tick=False):
        send(metered, [event("a", time=time)])

    with scope_of(metered):
        assert UsageEvent.objects.get().day.isoformat() == month
        assert UsageMonth.objects.get().month.isoformat() == f"{month[:8]}01"

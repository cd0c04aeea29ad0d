"""Limits under fire: real threads with a connection each reach for the last unit, one reservation, one plan."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from config.tenancy.scopes import tenant_scope
from licences.models import LimitCrossing, LimitMovement, LimitReservation, Restriction, Tenant, User
from licences.services.counters import recount_all
from licences.services.licence_sets import change_plan
from licences.services.limits import override_limit, settle_all_limits, settle_limits
from licences.services.reservations import cancel_reservation, confirm_reservation, expire_reservations
from licences.services.restrictions import Answer, consume, release
from tests.factories import PlanLimitFactory, RestrictionFactory, SuitePlanFactory, behind_the_policies, scope_of
from tests.proof import PROOF
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 200 if PROOF else 24
LEFT = (1, 100) if PROOF else (1, 10)
ROUNDS = 50 if PROOF else 5
SOURCE = "https://crm.example"


def in_scope(row: Restriction, change: Callable[..., Any], *args: Any, **options: Any) -> Callable[[], Any]:
    """The change as a request of the tenant makes it: one transaction."""

    def run() -> Any:
        with tenant_scope(row.tenant_id):
            return change(row.tenant, *args, **options)

    return run


def consuming(row: Restriction, **options: Any) -> Callable[[], Any]:
    return in_scope(row, consume, row.type.code, **({"quantity": 1, "source": SOURCE} | options))


def releasing(row: Restriction) -> Callable[[], Any]:
    return in_scope(row, release, row.type.code, quantity=1, source=SOURCE)


def told(outcomes: list[Any]) -> Counter[str]:
    """How many were allowed and refused, and every error that there must not be."""
    return Counter(
        ("allowed" if outcome.allowed else str(outcome.reason)) if isinstance(outcome, Answer) else repr(outcome)
        for outcome in outcomes
    )


def counted(row: Restriction) -> tuple[int, int]:
    """The number, and the sum of its movements."""
    with scope_of(row):
        moved = sum(LimitMovement.objects.filter(restriction=row).values_list("quantity", flat=True))
        return Restriction.objects.get(pk=row.pk).used, moved


@pytest.mark.parametrize("left", LEFT)
def test_of_many_at_once_exactly_as_many_are_allowed_as_are_left(left: int) -> None:
    row = RestrictionFactory(limit=100 + left, used=100)

    outcomes = at_once([consuming(row)] * THREADS)

    assert told(outcomes) == {"allowed": left, "limit_reached": THREADS - left}
    assert counted(row) == (100 + left,) * 2
    assert sorted(each.used for each in outcomes if each.allowed) == list(range(101, 101 + left))
    with scope_of(row):
        assert LimitCrossing.objects.filter(threshold=100).count() == 1


def test_taken_and_given_back_at_once_nothing_is_lost() -> None:
    row = RestrictionFactory(limit=1_000, used=500)

    outcomes = at_once([consuming(row), releasing(row)] * (THREADS // 2))

    assert told(outcomes) == {"allowed": THREADS}
    assert counted(row) == (500, 500)


def test_a_reservation_is_confirmed_cancelled_or_over_and_only_one_of_them() -> None:
    row = RestrictionFactory(limit=1_000)
    for _ in range(ROUNDS):
        number = consuming(row, reserve_seconds=600)().reservation
        with scope_of(row):
            soon = timezone.now() + timedelta(milliseconds=random.randint(0, 30))
            before = Restriction.objects.get(pk=row.pk).used
        make_due(number, soon)

        at_once(
            [in_scope(row, confirm_reservation, number)] * 2
            + [in_scope(row, cancel_reservation, number)] * 2
            + [expire_reservations] * 2
        )
        expire_reservations()

        with scope_of(row):
            ended = LimitReservation.objects.get(pk=number)
            after = Restriction.objects.get(pk=row.pk).used
        assert ended.state in ("confirmed", "cancelled", "expired")
        assert after == before - (0 if ended.state == "confirmed" else 1)


def make_due(number: int, moment: Any) -> None:
    """As its owner: nobody else may change until when one is held."""
    with behind_the_policies():
        LimitReservation.objects.filter(pk=number).update(expires_at=moment)


def test_a_plan_that_changes_meanwhile_is_the_one_whose_limits_are_in_force(support: User) -> None:
    row = RestrictionFactory(limit=100, used=50)
    plans = [SuitePlanFactory() for _ in range(3)]
    for place, plan in enumerate(plans):
        PlanLimitFactory(suite_plan=plan, restriction=row.type, limit=40 + 30 * place)

    def change_to(plan: Any) -> Callable[[], Any]:
        return in_scope(row, lambda tenant: change_plan(Tenant.objects.get(pk=tenant.pk), plan))

    def agree(_tenant: Tenant) -> Any:
        soon = timezone.now() + timedelta(seconds=5)
        return override_limit(row, limit=60, reason="Agreed", by=support, ends_at=soon)

    for _ in range(ROUNDS):
        outcomes = at_once(
            [change_to(plan) for plan in plans]
            + [settle_all_limits, in_scope(row, settle_limits), in_scope(row, agree)]
            + [consuming(row), releasing(row)] * 3
        )
        assert not [each for each in outcomes if isinstance(each, Exception) and "BelowZero" not in repr(each)]


def test_a_recount_in_the_middle_finds_nothing_wrong() -> None:
    row = RestrictionFactory(limit=1_000)

    def recount() -> Any:
        with tenant_scope(row.tenant_id):
            return [wrong for part in recount_all(row.tenant, recount="test") for wrong in part.differences]

    outcomes = at_once([consuming(row), recount] * (THREADS // 2))

    assert [each for each in outcomes if not isinstance(each, Answer)] == [[]] * (THREADS // 2)
    assert counted(row) == (THREADS // 2,) * 2

"""Each rule over licences, seats, users and limits notices a row that breaks it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from licences.invariants import INVARIANTS
from licences.models import (
    Licence,
    LicenceSet,
    LicenceType,
    Restriction,
    Seat,
    Tenant,
    User,
)
from tests import factories
from tests.factories import LONG_AGO, behind_the_policies, scope_of
from tests.invariants import assert_invariants, broken

pytestmark = pytest.mark.django_db


def suite_user(**attributes: bool) -> User:
    """A user of a tenant on CRM Suite, with a seat on its plan."""
    tenant = factories.TenantFactory(suite=True)
    return factories.SeatFactory(
        tenant=tenant,
        licence__type=tenant.suite_plan.seat_licence,
        user=factories.UserFactory(tenant=tenant, **attributes),
    ).user


def plan_with_feature(*, seats: int, number: int | None) -> None:
    inclusion = factories.PlanInclusionFactory(tier=2)
    plan = factories.LicenceFactory(type=inclusion.plan, tier=2, total=seats)
    if number is not None:
        factories.LicenceFactory(tenant=plan.tenant, type=inclusion.feature, total=number)


def without_constraint(model: type[Licence], name: str) -> None:
    """Until the test is over the database lets through what this constraint would refuse."""
    with behind_the_policies(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f'ALTER TABLE "{model._meta.db_table}" DROP CONSTRAINT "{name}"')


def a_counter_is_off() -> None:
    seat = factories.SeatFactory()
    with scope_of(seat):
        Licence.objects.update(in_use=0)


def a_seat_is_given_without_counting() -> None:
    seat = factories.SeatFactory()
    with scope_of(seat):
        Seat.objects.update(released_at=LONG_AGO)


def more_is_in_use_than_there_is() -> None:
    licence = factories.SeatFactory(licence__total=1).licence
    factories.SeatFactory(licence=factories.LicenceFactory(unrestricted=True, total=1))
    without_constraint(Licence, "licence_in_use_within_total")
    factories.SeatFactory(licence=licence)


def a_seat_of_a_system_licence() -> None:
    factories.SeatFactory(licence__type__system=True)


def a_seat_of_a_superseded_set() -> None:
    factories.SeatFactory(licence__licence_set__state=LicenceSet.State.SUPERSEDED)


def a_seat_of_a_waiting_set() -> None:
    factories.SeatFactory(licence__licence_set=waiting_set())


def waiting_set(**said: object) -> LicenceSet:
    return factories.LicenceSetFactory(state=LicenceSet.State.PENDING, activated_at=None, **said)


def two_sets(older: dict[str, object], newer: dict[str, object]) -> None:
    """Issues 1 and 2 of one owner to one tenant."""
    tenant = factories.TenantFactory()
    for number, said in enumerate((older, newer), start=1):
        factories.LicenceSetFactory(tenant=tenant, issue_number=number, **said)


def two_sets_wait() -> None:
    first = waiting_set(issue_number=1)
    without_index("licenceset_one_pending_per_owner")
    with scope_of(first):
        LicenceSet.objects.create(tenant=first.tenant, owner=first.owner, state="pending", issue_number=2)


def two_sets_are_in_force() -> None:
    first = factories.LicenceSetFactory(issue_number=1)
    without_index("licenceset_one_active_per_owner")
    with scope_of(first):
        LicenceSet.objects.create(tenant=first.tenant, owner=first.owner, issue_number=2, activated_at=LONG_AGO)


def without_index(name: str) -> None:
    with behind_the_policies(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f'DROP INDEX "{name}"')


def an_old_set_came_back_into_force() -> None:
    two_sets({"state": "active"}, {"state": "superseded"})


def an_old_set_waits() -> None:
    two_sets({"state": "pending", "activated_at": None}, {"state": "active"})


def an_old_set_was_activated_after_a_newer_one() -> None:
    two_sets({"state": "superseded", "activated_at": LONG_AGO + timedelta(seconds=1)}, {"state": "active"})


def somebody_left_with_a_seat() -> None:
    seat = factories.SeatFactory()
    with scope_of(seat):
        User.objects.filter(pk=seat.user_id).update(can_log_in=False, left_at=LONG_AGO)


def a_history_without_an_end() -> None:
    factories.HistoryEntryFactory(number=1)


def a_history_with_a_gap() -> None:
    entry = factories.HistoryEntryFactory(number=2)
    factories.HistoryHeadFactory(tenant=entry.tenant, length=1)


def a_history_that_was_cut_off() -> None:
    factories.HistoryHeadFactory(length=1)


def a_licence_in_somebody_elses_set() -> None:
    factories.LicenceFactory(licence_set=factories.LicenceSetFactory(), type__owner=factories.LicenceOwnerFactory())


def a_suite_user_can_log_in_without_a_seat() -> None:
    factories.UserFactory(tenant=factories.TenantFactory(suite=True))


def a_suite_user_holds_a_seat_but_cannot_log_in() -> None:
    suite_user(can_log_in=False)


def a_feature_is_fewer_than_the_seats_of_its_plan() -> None:
    plan_with_feature(seats=21, number=20)


def a_feature_of_a_plan_is_missing() -> None:
    plan_with_feature(seats=21, number=None)


def a_limit_without_a_number() -> None:
    factories.PlanLimitFactory(suite_plan=factories.TenantFactory(suite=True).suite_plan)


def a_limit_of_a_tenant_without_a_plan() -> None:
    factories.RestrictionFactory(tenant=factories.TenantFactory())


def more_of_a_limit_than_was_moved() -> None:
    row = factories.RestrictionFactory(limit=10, used=2)
    with scope_of(row):
        Restriction.objects.filter(pk=row.pk).update(used=3)


def a_movement_that_did_not_count() -> None:
    factories.LimitMovementFactory(restriction=factories.RestrictionFactory(limit=10))


def a_limit_that_the_plan_does_not_say() -> None:
    row = factories.RestrictionFactory(limit=10)
    with scope_of(row):
        Restriction.objects.filter(pk=row.pk).update(limit=None)


def an_override_that_is_not_in_force() -> None:
    factories.LimitOverrideFactory(restriction=factories.RestrictionFactory(limit=10))


def reserved(*moved: tuple[str, int], state: str) -> None:
    """A reservation of 2 with these movements; the limit's number is their sum, so that only they can be wrong."""
    ended_at = None if state == "held" else LONG_AGO
    used = sum(quantity for _kind, quantity in moved)
    row = factories.RestrictionFactory(limit=10)
    held = factories.LimitReservationFactory(restriction=row, tenant=row.tenant, state=state, ended_at=ended_at)
    for kind, quantity in moved:
        factories.LimitMovementFactory(
            tenant=row.tenant, restriction=row, reservation=held, kind=kind, quantity=quantity
        )
    if used < 0:
        factories.LimitMovementFactory(tenant=row.tenant, restriction=row, quantity=-used)
    with scope_of(row):
        Restriction.objects.filter(pk=row.pk).update(used=max(used, 0))


def more_came_back_than_was_reserved() -> None:
    reserved(("reserved", 2), ("expired", -3), state="expired")


def what_is_held_came_back() -> None:
    reserved(("reserved", 2), ("expired", -2), state="held")


def a_reservation_took_nothing() -> None:
    reserved(("released", -2), state="confirmed")


BREAKS: dict[Callable[[], None], str] = {
    a_counter_is_off: "what is in use of a licence is the number of its active seats",
    a_seat_is_given_without_counting: "what is in use of a licence is the number of its active seats",
    more_is_in_use_than_there_is: "no more of a licence is in use than there is",
    a_seat_of_a_system_licence: "seats are held only of what users hold, in sets that are active",
    a_seat_of_a_superseded_set: "seats are held only of what users hold, in sets that are active",
    a_seat_of_a_waiting_set: "seats are held only of what users hold, in sets that are active",
    two_sets_wait: "at most one set of an owner waits and at most one is in force",
    two_sets_are_in_force: "at most one set of an owner waits and at most one is in force",
    an_old_set_came_back_into_force: "what waits is newer than what is in force, and that than what was",
    an_old_set_waits: "what waits is newer than what is in force, and that than what was",
    an_old_set_was_activated_after_a_newer_one: "what waits is newer than what is in force, and that than what was",
    somebody_left_with_a_seat: "who has left holds no seat",
    a_history_without_an_end: "a history is as long as its end says, without a gap",
    a_history_with_a_gap: "a history is as long as its end says, without a gap",
    a_history_that_was_cut_off: "a history is as long as its end says, without a gap",
    a_licence_in_somebody_elses_set: "a set holds licences of its own owner",
    a_suite_user_can_log_in_without_a_seat: (
        "on CRM Suite a user can log in exactly when they hold a seat on the plan"
    ),
    a_suite_user_holds_a_seat_but_cannot_log_in: (
        "on CRM Suite a user can log in exactly when they hold a seat on the plan"
    ),
    a_feature_is_fewer_than_the_seats_of_its_plan: (
        "the number of a feature is the sum of the seats of the plans that contain it"
    ),
    a_feature_of_a_plan_is_missing: "the number of a feature is the sum of the seats of the plans that contain it",
    a_limit_without_a_number: "a tenant on CRM Suite has a number for every limit of its plan",
    a_limit_of_a_tenant_without_a_plan: "a tenant without a CRM Suite plan has no limits",
    more_of_a_limit_than_was_moved: "what is in use of a limit that is counted here is the sum of its movements",
    a_movement_that_did_not_count: "what is in use of a limit that is counted here is the sum of its movements",
    a_limit_that_the_plan_does_not_say: "a limit that is in force is what an override or the plan says",
    an_override_that_is_not_in_force: "a limit that is in force is what an override or the plan says",
    more_came_back_than_was_reserved: (
        "what was reserved is given back at most once, and never what is held or confirmed"
    ),
    what_is_held_came_back: "what was reserved is given back at most once, and never what is held or confirmed",
    a_reservation_took_nothing: "what was reserved is given back at most once, and never what is held or confirmed",
}


@pytest.mark.parametrize("seed", BREAKS, ids=lambda seed: seed.__name__)
def test_a_row_that_breaks_a_rule_is_noticed(seed: Callable[[], None]) -> None:
    seed()

    assert broken() == {BREAKS[seed]}


def test_each_rule_has_a_row_that_breaks_it() -> None:
    assert set(BREAKS.values()) == set(INVARIANTS)


def test_rows_that_keep_the_rules_break_none() -> None:
    suite_user()
    factories.UserFactory(tenant=factories.TenantFactory(suite=True), can_log_in=False)
    plan_with_feature(seats=21, number=21)
    limit = factories.PlanLimitFactory()
    factories.RestrictionFactory(
        type=limit.restriction, tenant=factories.TenantFactory(suite=True, suite_plan=limit.suite_plan)
    )
    agreed = factories.RestrictionFactory(limit=10, used=3)
    factories.LimitOverrideFactory(restriction=agreed, ends_at=LONG_AGO)
    reserved(("reserved", 2), state="held")
    reserved(("reserved", 2), state="confirmed")
    reserved(("reserved", 2), ("expired", -2), state="expired")
    reserved(("reserved", 2), ("cancelled", -1), state="cancelled")
    factories.SeatFactory(released_at=LONG_AGO, licence__licence_set__state=LicenceSet.State.SUPERSEDED)
    factories.SeatFactory(released_at=LONG_AGO, user__can_log_in=False, user__left_at=LONG_AGO)
    two_sets({"state": "removed"}, {"state": "pending", "activated_at": None})
    two_sets({"state": "superseded"}, {"state": "active"})
    two_sets({"state": "active"}, {"state": "discarded", "activated_at": None})
    entry = factories.HistoryEntryFactory(number=1)
    factories.HistoryHeadFactory(tenant=entry.tenant, length=1)
    factories.HistoryHeadFactory()

    assert_invariants()


def test_a_feature_is_the_sum_over_all_plans_that_contain_it() -> None:
    sales = factories.PlanInclusionFactory(tier=2)
    combined = factories.PlanInclusionFactory(tier=1, feature=sales.feature)
    tenant: Tenant = factories.TenantFactory()
    for plan, tier, seats in ((sales.plan, 2, 21), (combined.plan, 1, 20)):
        factories.LicenceFactory(tenant=tenant, type=plan, tier=tier, total=seats)

    factories.LicenceFactory(tenant=tenant, type=sales.feature, total=41)

    assert_invariants()
    assert LicenceType.objects.filter(plans__in=[sales.plan, combined.plan]).distinct().count() == 1

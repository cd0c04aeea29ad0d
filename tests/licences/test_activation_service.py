"""Licence sets follow one another: they wait while something is short, are activated whole, or change nothing."""

import pytest
from django.db import transaction

from licences.models import Licence, LicenceSet, Restriction, Seat, User
from licences.reports.licence_changes import licence_changes
from licences.services.history import breaks
from licences.services.licence_sets import (
    IssueIsOld,
    LicenceNotTheOwners,
    NotInForce,
    NotPending,
    OtherSubscription,
    StillHeld,
    StillShort,
    VendorStays,
    activate_set,
    remove_licences,
)
from licences.services.seats import release_seats
from tests.factories import (
    HoldFactory,
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceTypeFactory,
    PlanLimitFactory,
    RestrictionFactory,
    SeatFactory,
    SuitePlanFactory,
    TenantFactory,
    UserFactory,
    scope_of,
)
from tests.invariants import assert_invariants
from tests.licences.waiting import again, last_entry, receive, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(administrator: User) -> Licence:
    """A plan with ten seats, of which the administrator and two others hold one each."""
    with scope_of(administrator):
        licence = Licence.objects.select_related("type__owner", "licence_set__owner", "tenant").get(
            tenant=administrator.tenant
        )
    SeatFactory.create_batch(2, licence=licence)
    return licence


def holders(licence: Licence) -> set[int]:
    with scope_of(licence):
        return set(Seat.objects.active().filter(licence=licence).values_list("user", flat=True))


def test_a_set_that_covers_what_is_in_use_activates_by_itself(plan: Licence) -> None:
    received = receive(plan.tenant, {plan.type: 3})

    assert (received.state, received.activated_by_itself) == (LicenceSet.State.ACTIVE, True)
    assert (again(plan).total, again(plan).licence_set) == (3, received)
    assert states(plan.tenant) == ["superseded", "active"]


def test_a_set_that_is_one_short_waits_and_changes_nothing(plan: Licence) -> None:
    received = receive(plan.tenant, {plan.type: 2})

    assert (received.state, received.activated_at) == (LicenceSet.State.PENDING, None)
    assert (again(plan).total, again(plan).licence_set) == (10, plan.licence_set)
    assert states(plan.tenant) == ["active", "pending"]


def test_a_set_without_a_licence_that_somebody_holds_waits(plan: Licence) -> None:
    other = LicenceTypeFactory()

    assert receive(plan.tenant, {other: 5}).state == LicenceSet.State.PENDING


def test_a_newer_set_takes_the_place_of_one_that_waits(plan: Licence) -> None:
    receive(plan.tenant, {plan.type: 2})

    newer = receive(plan.tenant, {plan.type: 1})

    assert newer.state == LicenceSet.State.PENDING
    assert states(plan.tenant) == ["active", "discarded", "pending"]


@pytest.mark.parametrize("back", [0, 1])
def test_a_replay_of_an_old_set_is_refused_and_changes_nothing(plan: Licence, back: int) -> None:
    receive(plan.tenant, {plan.type: 5})
    newest = receive(plan.tenant, {plan.type: 6})
    written = last_entry(plan.tenant).number

    with pytest.raises(IssueIsOld, match="An old one is not taken again"), transaction.atomic():
        receive(plan.tenant, {plan.type: 99}, number=newest.issue_number - back)

    assert (again(plan).total, last_entry(plan.tenant).number) == (6, written)


def test_a_set_is_refused_that_holds_what_its_owner_does_not_issue(plan: Licence) -> None:
    theirs = LicenceTypeFactory(owner=LicenceOwnerFactory())

    with pytest.raises(LicenceNotTheOwners), transaction.atomic():
        receive(plan.tenant, {plan.type: 5, theirs: 1})

    assert states(plan.tenant) == ["active"]


def test_a_suite_plan_is_nothing_for_a_module_based_tenant(plan: Licence) -> None:
    with pytest.raises(OtherSubscription), transaction.atomic():
        receive(plan.tenant, {plan.type: 5}, suite_plan=SuitePlanFactory())


def test_activation_refuses_while_a_row_is_short_and_names_it(plan: Licence) -> None:
    waiting = receive(plan.tenant, {plan.type: 2})

    with pytest.raises(StillShort, match=plan.name) as refused, transaction.atomic(), scope_of(plan):
        activate_set(waiting, by=None)

    assert [(change.in_use, change.new_total, change.to_remove) for change in refused.value.changes] == [(3, 2, 1)]
    assert states(plan.tenant) == ["active", "pending"]


def test_activation_goes_through_once_enough_are_free(plan: Licence, administrator: User) -> None:
    waiting = receive(plan.tenant, {plan.type: 2})

    with scope_of(plan):
        somebody = User.objects.of(plan.tenant).exclude(pk=administrator.pk).first()
        release_seats(plan, users=[somebody], by=administrator)
        activated = activate_set(waiting, by=administrator)

    assert (activated.state, activated.activated_by_itself) == (LicenceSet.State.ACTIVE, False)
    assert (again(plan).total, again(plan).in_use) == (2, 2)


def test_a_set_is_activated_once(plan: Licence) -> None:
    activated = receive(plan.tenant, {plan.type: 5})

    with pytest.raises(NotPending), transaction.atomic(), scope_of(plan):
        activate_set(activated, by=None)


def test_a_set_that_a_newer_one_replaced_is_not_activated(plan: Licence) -> None:
    waiting = receive(plan.tenant, {plan.type: 2})
    receive(plan.tenant, {plan.type: 8})

    with pytest.raises(NotPending), transaction.atomic(), scope_of(plan):
        activate_set(waiting, by=None)

    assert again(plan).total == 8


def test_the_seats_stay_and_the_superseded_set_says_what_it_said(plan: Licence) -> None:
    held, before = holders(plan), plan.licence_set

    receive(plan.tenant, {plan.type: 4})

    assert holders(plan) == held
    with scope_of(plan):
        (old,) = before.licences.all()
    assert (old.total, old.in_use, old.type) == (10, 0, plan.type)


def test_the_old_set_against_the_new_still_tells_what_changed(plan: Licence) -> None:
    before = plan.licence_set
    after = receive(plan.tenant, {plan.type: 4, LicenceTypeFactory(): 2})

    with scope_of(plan):
        changed, new = licence_changes(before, after)

    assert (changed.in_use, changed.total, changed.added, changed.new_total, changed.new_free) == (3, 10, -6, 4, 1)
    assert (new.in_use, new.total, new.added, new.new_total) == (0, None, 2, 2)


def test_the_history_says_how_many_there_were_and_are(plan: Licence) -> None:
    receive(plan.tenant, {plan.type: 4})

    entry = last_entry(plan.tenant)
    assert (entry.action, entry.by_name) == ("set_activated", "the system")
    assert (entry.before, entry.after) == ({plan.type.code: 10}, {plan.type.code: 4})


def test_the_history_says_what_comes_and_what_goes(plan: Licence) -> None:
    gone, comes = LicenceFactory(tenant=plan.tenant, total=7), LicenceTypeFactory()

    receive(plan.tenant, {plan.type: 10, comes: 2})

    entry = last_entry(plan.tenant)
    assert entry.before == {gone.type.code: 7}
    assert entry.after == {gone.type.code: 0, comes.code: 2}
    with scope_of(plan):
        assert list(breaks(plan.tenant)) == []


def test_on_suite_another_plan_keeps_the_seats_and_counts_what_it_limits() -> None:
    growth = SuitePlanFactory()
    tenant = TenantFactory(suite=True)
    core = tenant.suite_plan
    seats = LicenceFactory(tenant=tenant, type=core.seat_licence, total=20)
    people = [SeatFactory(licence=seats).user for _ in range(3)]
    limited = RestrictionFactory(tenant=tenant, used=9)
    unlimited = PlanLimitFactory(suite_plan=growth, limit=None).restriction
    PlanLimitFactory(suite_plan=growth, restriction=limited.type)

    receive(tenant, {growth.seat_licence: 5}, suite_plan=growth)

    assert holders(seats) == {user.pk for user in people}
    assert (again(seats).type, again(seats).total, again(seats).in_use) == (growth.seat_licence, 5, 3)
    with scope_of(tenant):
        tenant.refresh_from_db()
        assert set(Restriction.objects.filter(tenant=tenant).values_list("type", "used")) == {
            (limited.type_id, 9),
            (unlimited.pk, 0),
        }
    assert tenant.suite_plan == growth
    entry = last_entry(tenant)
    assert (entry.before["plan"], entry.after["plan"]) == (core.code, growth.code)


def test_on_suite_another_plan_with_too_few_seats_waits_and_the_plan_stays() -> None:
    growth = SuitePlanFactory()
    tenant = TenantFactory(suite=True)
    seats = LicenceFactory(tenant=tenant, type=tenant.suite_plan.seat_licence, total=20)
    SeatFactory.create_batch(3, licence=seats)

    waiting = receive(tenant, {growth.seat_licence: 2}, suite_plan=growth)

    with scope_of(tenant):
        (change,) = licence_changes(seats.licence_set, waiting)
        tenant.refresh_from_db()
    assert (change.in_use, change.total, change.new_total, change.to_remove) == (3, 20, 2, 1)
    assert tenant.suite_plan != growth


@pytest.fixture
def map_licence(administrator: User) -> Licence:
    """A third party's, of which two people of the administrator's company hold one."""
    licence = LicenceFactory(tenant=administrator.tenant, type__owner=LicenceOwnerFactory(name="Tindekart"))
    SeatFactory.create_batch(2, licence=licence)
    return licence


def test_a_third_partys_licences_go_with_their_seats(map_licence: Licence, administrator: User) -> None:
    receive(map_licence.tenant, {map_licence.type: 1})

    with scope_of(map_licence):
        remove_licences(map_licence.licence_set, by=administrator, why="Not needed any more")

    with scope_of(map_licence):
        theirs = LicenceSet.objects.filter(owner=map_licence.type.owner).order_by("issue_number")
        assert list(theirs.values_list("state", flat=True)) == ["removed", "discarded"]
    assert holders(map_licence) == set()
    assert again(map_licence).in_use == 0
    entry = last_entry(map_licence.tenant)
    assert (entry.action, entry.subject, entry.why) == ("set_removed", "Tindekart", "Not needed any more")
    with scope_of(map_licence):
        assert list(breaks(map_licence.tenant)) == []


def test_the_vendors_licences_stay(plan: Licence, administrator: User) -> None:
    with pytest.raises(VendorStays), transaction.atomic(), scope_of(plan):
        remove_licences(plan.licence_set, by=administrator)

    assert states(plan.tenant) == ["active"]


def test_licences_are_removed_once(map_licence: Licence, administrator: User) -> None:
    with scope_of(map_licence):
        remove_licences(map_licence.licence_set, by=administrator)

    with pytest.raises(NotInForce), transaction.atomic(), scope_of(map_licence):
        remove_licences(map_licence.licence_set, by=administrator)


def test_nothing_is_removed_while_somebody_has_open_work_on_a_plan(administrator: User) -> None:
    plan = LicenceFactory(
        tenant=administrator.tenant, type=LicenceTypeFactory(plan=True, owner=LicenceOwnerFactory(name="Tindekart"))
    )
    busy, idle = (SeatFactory(licence=plan, user__full_name=name).user for name in ("Bodil Busy", "Ida Idle"))
    HoldFactory(user=busy)

    with pytest.raises(StillHeld, match="Bodil Busy"), transaction.atomic(), scope_of(plan):
        remove_licences(plan.licence_set, by=administrator)

    assert holders(plan) == {busy.pk, idle.pk}
    assert again(plan).in_use == 2


def test_after_a_removal_the_next_set_starts_anew(map_licence: Licence, administrator: User) -> None:
    with scope_of(map_licence):
        remove_licences(map_licence.licence_set, by=administrator)

    received = receive(map_licence.tenant, {map_licence.type: 1})

    assert received.state == LicenceSet.State.ACTIVE
    with scope_of(map_licence):
        assert received.licences.get().in_use == 0


@pytest.mark.django_db(transaction=True)
def test_every_invariant_holds_after_a_swap() -> None:
    administrator = SeatFactory(licence__type__plan=True, user__administrator=True).user
    with scope_of(administrator):
        plan = Licence.objects.select_related("type__owner", "licence_set__owner", "tenant").get(
            tenant=administrator.tenant
        )
    UserFactory(tenant=plan.tenant)

    receive(plan.tenant, {plan.type: 1})

    assert_invariants()

"""Who gets a seat, who gives one back, and why not: every refusal that a move of seats can meet."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from licences.models import HistoryEntry, Licence, Seat, Tenant, User
from licences.services.logins import mark_former_employees
from licences.services.seats import (
    Move,
    Refusal,
    Report,
    assign_seats,
    change_seats,
    reassign_seats,
    release_plans,
    release_seats,
)
from tests.factories import (
    HoldFactory,
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceTypeFactory,
    PlanInclusionFactory,
    SeatFactory,
    TenantFactory,
    UserFactory,
    scope_of,
)
from tests.licences.seats import held, holder, in_use, plan, refusals

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory()


@pytest.fixture
def chief(tenant: Tenant) -> User:
    """An administrator who can log in, so that nobody else is the last one."""
    return holder(plan(tenant), administrator=True)


def test_a_seat_that_is_taken_back_is_free_and_its_time_is_kept(tenant: Tenant, chief: User) -> None:
    licence = plan(tenant)
    user = holder(licence)

    with scope_of(tenant):
        report = release_seats(licence, users=[user], by=chief)
        seat = Seat.objects.get(licence=licence)

    assert report == Report(done=[user])
    assert in_use(licence) == 0
    assert seat.released_at is not None


def test_reassigning_takes_one_seat_and_gives_the_other(tenant: Tenant, chief: User) -> None:
    sales, service = plan(tenant, name="Sales"), plan(tenant, name="Service")
    user = holder(sales)

    with scope_of(tenant):
        reassign_seats(sales, to=service, users=[user], by=chief)

    assert held(user) == {"Service"}
    assert (in_use(sales), in_use(service)) == (0, 1)


def test_whoever_finds_no_seat_on_the_other_side_keeps_the_first(tenant: Tenant, chief: User) -> None:
    sales, service = plan(tenant, name="Sales"), plan(tenant, name="Service", total=1)
    holder(service)
    user = holder(sales)

    with scope_of(tenant):
        report = reassign_seats(sales, to=service, users=[user], by=chief)

    assert refusals(report) == [(user, Refusal.NO_SEAT_LEFT, "Service")]
    assert held(user) == {"Sales"}


def test_a_user_can_hold_several_plans_with_one_seat_each(tenant: Tenant) -> None:
    sales, service = plan(tenant, name="Sales"), plan(tenant, name="Service")
    user = UserFactory(tenant=tenant)

    with scope_of(tenant):
        change_seats(tenant, moves=[Move(user, give=frozenset({sales, service}))], by=None)

    assert held(user) == {"Sales", "Service"}
    assert (in_use(sales), in_use(service)) == (1, 1)


def test_no_selection_takes_every_plan_and_leaves_the_rest(tenant: Tenant, chief: User) -> None:
    sales, service = plan(tenant, name="Sales"), plan(tenant, name="Service")
    loose = LicenceFactory(tenant=tenant, name="Confidential activities", unrestricted=True)
    user, other = holder(sales), UserFactory(tenant=tenant)
    SeatFactory(licence=service, user=user)
    SeatFactory(licence=loose, user=user)

    with scope_of(tenant):
        report = release_plans(tenant, users=[user, other], by=chief)

    assert report.done == [user]
    assert [(refused.user, refused.reason) for refused in report.refused] == [(other, Refusal.NOT_HELD)]
    assert held(user) == {"Confidential activities"}


def test_who_holds_it_gets_no_second_one(tenant: Tenant) -> None:
    licence = plan(tenant, name="Sales")
    user = holder(licence)

    with scope_of(tenant):
        report = assign_seats(licence, users=[user], by=None)

    assert refusals(report) == [(user, Refusal.ALREADY_HOLDS, "Sales")]


def test_who_does_not_hold_it_gives_nothing_back(tenant: Tenant) -> None:
    licence, user = plan(tenant, name="Sales"), UserFactory(tenant=tenant)

    with scope_of(tenant):
        report = release_seats(licence, users=[user], by=None)

    assert refusals(report) == [(user, Refusal.NOT_HELD, "Sales")]


@pytest.mark.parametrize(
    "attributes",
    [{"type__system": True}, {"type__hidden": True}, {"licence_set__state": "superseded"}],
    ids=["a system licence", "hidden, comes with a plan", "of a set that is over"],
)
def test_what_is_not_for_giving_is_not_given(attributes: dict[str, object], tenant: Tenant) -> None:
    licence, user = LicenceFactory(tenant=tenant, name="Not for you", **attributes), UserFactory(tenant=tenant)

    with scope_of(tenant):
        report = assign_seats(licence, users=[user], by=None)

    assert refusals(report) == [(user, Refusal.CANNOT_BE_ASSIGNED, "Not for you")]


def test_open_work_keeps_a_plan_and_is_named(tenant: Tenant, chief: User) -> None:
    licence, other = plan(tenant), plan(tenant)
    user = holder(licence)
    HoldFactory(user=user, reason="12 open requests")

    with scope_of(tenant):
        reports = [
            release_seats(licence, users=[user], by=chief),
            reassign_seats(licence, to=other, users=[user], by=chief),
            release_plans(tenant, users=[user], by=chief),
            mark_former_employees(tenant, users=[user], by=chief),
        ]

    assert [refusals(report) for report in reports] == [[(user, Refusal.OPEN_WORK, "12 open requests")]] * 4
    assert in_use(licence) == 1


def test_open_work_keeps_only_plans(tenant: Tenant, chief: User) -> None:
    licence = LicenceFactory(tenant=tenant)
    user = holder(licence)
    HoldFactory(user=user)

    with scope_of(tenant):
        report = release_seats(licence, users=[user], by=chief)

    assert report.done == [user]


@pytest.fixture
def pair(tenant: Tenant) -> tuple[Licence, Licence]:
    """A map editor, and a route planner that needs it."""
    owner = LicenceOwnerFactory()
    editor = LicenceFactory(tenant=tenant, type=LicenceTypeFactory(owner=owner, name="Map editor"))
    kind = LicenceTypeFactory(owner=owner, name="Route planner", prerequisite=editor.type)
    return editor, LicenceFactory(tenant=tenant, licence_set=editor.licence_set, type=kind)


def test_what_needs_another_licence_is_given_with_it_or_after_it(tenant: Tenant, pair: tuple[Licence, Licence]) -> None:
    editor, planner = pair
    without, after, together = UserFactory.create_batch(3, tenant=tenant)
    SeatFactory(licence=editor, user=after)

    with scope_of(tenant):
        report = assign_seats(planner, users=[without, after], by=None)
        both = change_seats(tenant, moves=[Move(together, give=frozenset(pair))], by=None)

    assert refusals(report) == [(without, Refusal.NEEDS, "Map editor")]
    assert (report.done, both.done) == ([after], [together])


def test_what_another_licence_needs_stays_as_long_as_that(tenant: Tenant, pair: tuple[Licence, Licence]) -> None:
    editor, planner = pair
    user, other = holder(editor), holder(editor)
    SeatFactory(licence=planner, user=user)
    SeatFactory(licence=planner, user=other)

    with scope_of(tenant):
        report = release_seats(editor, users=[user], by=None)
        both = change_seats(tenant, moves=[Move(other, take=frozenset(pair))], by=None)

    assert refusals(report) == [(user, Refusal.NEEDED, "Route planner")]
    assert both.done == [other]


def test_a_plan_that_brings_it_is_as_good_as_a_seat_of_its_own(tenant: Tenant) -> None:
    brought = PlanInclusionFactory(tier=2)
    sales = LicenceFactory(tenant=tenant, type=brought.plan, tier=2, name="Sales")
    LicenceFactory(tenant=tenant, type=brought.feature)
    windows = LicenceFactory(tenant=tenant, type__prerequisite=brought.feature, name="Windows")
    user = holder(sales)

    with scope_of(tenant):
        given = assign_seats(windows, users=[user], by=None)
        taken = release_seats(sales, users=[user], by=None)

    assert given.done == [user]
    assert refusals(taken) == [(user, Refusal.NEEDED, "Windows")]


def test_a_company_wide_licence_fulfils_what_is_needed_for_everybody(tenant: Tenant) -> None:
    system = LicenceFactory(tenant=tenant, type__system=True)
    studio = LicenceFactory(tenant=tenant, type__prerequisite=system.type)
    user = UserFactory(tenant=tenant)

    with scope_of(tenant):
        report = assign_seats(studio, users=[user], by=None)

    assert report.done == [user]


def test_every_change_says_who_made_it_when_what_was_and_what_is(tenant: Tenant, chief: User) -> None:
    licence, user = plan(tenant, name="Sales"), UserFactory(tenant=tenant, full_name="Ask Berg")

    with scope_of(tenant):
        assign_seats(licence, users=[user], by=chief, why="  New in sales ")
        entry = HistoryEntry.objects.select_related("by", "user", "licence").get()

    assert (entry.by, entry.by_name, entry.why) == (chief, chief.login_id, "New in sales")
    assert (entry.user, entry.licence, entry.subject) == (user, licence, "Ask Berg · Sales")
    assert (entry.before, entry.after) == ({"in_use": 0}, {"in_use": 1})


def test_a_refused_move_leaves_no_trace(tenant: Tenant) -> None:
    licence, user = plan(tenant, total=1), UserFactory(tenant=tenant)
    holder(licence)

    with scope_of(tenant):
        assign_seats(licence, users=[user], by=None)

        assert not HistoryEntry.objects.exists()
    assert held(user) == set()


def test_hundreds_of_users_take_no_more_statements_than_two(tenant: Tenant) -> None:
    licence = plan(tenant, total=1_000)
    few, many = UserFactory.create_batch(2, tenant=tenant), UserFactory.create_batch(300, tenant=tenant)

    with scope_of(tenant):
        assign_seats(licence, users=UserFactory.create_batch(1, tenant=tenant), by=None)
        with CaptureQueriesContext(connection) as for_few:
            assign_seats(licence, users=few, by=None)
        with CaptureQueriesContext(connection) as for_many:
            assign_seats(licence, users=many, by=None)

    # The counter of the licence has moved on, so what is granted is read anew each time.
    assert len(for_few) == len(for_many) <= 20

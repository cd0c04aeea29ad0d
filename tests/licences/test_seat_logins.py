"""*Can log in*, *former employee* and seats: what one switch moves, and that somebody is left to put it right."""

from collections.abc import Callable

import pytest

from licences.models import HistoryEntry, Licence, Tenant, User
from licences.services.logins import mark_former_employees, switch_login, welcome_back
from licences.services.seats import Move, Refusal, Report, assign_seats, change_seats, release_plans, release_seats
from tests.factories import LicenceFactory, TenantFactory, UserFactory, scope_of
from tests.licences.seats import held, holder, in_use, plan, refusals, reread

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory()


@pytest.fixture
def chief(tenant: Tenant) -> User:
    """An administrator who can log in, so that nobody else is the last one."""
    return holder(plan(tenant), administrator=True)


def take_the_plan(user: User, by: User) -> Report:
    return release_plans(user.tenant, users=[user], by=by)


def switch_off(user: User, by: User) -> Report:
    return switch_login(user.tenant, users=[user], can_log_in=False, by=by)


def send_away(user: User, by: User) -> Report:
    return mark_former_employees(user.tenant, users=[user], by=by)


each_way_out = pytest.mark.parametrize("way_out", [take_the_plan, switch_off, send_away])


@each_way_out
def test_the_last_administrator_who_can_log_in_stays(way_out: Callable[[User, User], Report], chief: User) -> None:
    UserFactory(tenant=chief.tenant, administrator=True, can_log_in=False)
    holder_of_nothing = UserFactory(tenant=chief.tenant, administrator=True)

    with scope_of(chief):
        report = way_out(chief, chief)

    assert [(refused.user, refused.reason) for refused in report.refused] == [(chief, Refusal.LAST_ADMINISTRATOR)]
    assert holder_of_nothing.can_log_in
    assert reread(chief).can_log_in


@each_way_out
def test_one_of_two_administrators_can_go_and_not_both(way_out: Callable[[User, User], Report], chief: User) -> None:
    with scope_of(chief):
        licence = chief.seats.select_related("licence__tenant", "licence__type").get().licence
    second = holder(licence, administrator=True)

    with scope_of(chief):
        first_report, second_report = way_out(second, chief), way_out(chief, chief)

    assert first_report.done == [second]
    assert [refused.reason for refused in second_report.refused] == [Refusal.LAST_ADMINISTRATOR]


def test_a_former_employee_holds_nothing_cannot_log_in_and_keeps_the_history(tenant: Tenant, chief: User) -> None:
    sales, loose = plan(tenant, name="Sales"), LicenceFactory(tenant=tenant, name="Loose")
    user = UserFactory(tenant=tenant)
    with scope_of(tenant):
        change_seats(tenant, moves=[Move(user, give=frozenset({sales, loose}))], by=chief)

        report = mark_former_employees(tenant, users=[user], by=chief, why="Left for sea")
        actions = list(HistoryEntry.objects.filter(user=user).order_by("number").values_list("action", "why"))

    assert report.done == [user]
    assert held(user) == set()
    assert not reread(user).can_log_in
    assert reread(user).is_former_employee
    assert actions == [
        ("seat_assigned", ""),
        ("seat_assigned", ""),
        ("seat_released", "Left for sea"),
        ("seat_released", "Left for sea"),
        ("left", "Left for sea"),
    ]


def test_a_former_employee_gets_no_seat_and_no_login_until_taken_back(tenant: Tenant, chief: User) -> None:
    licence, user = plan(tenant), UserFactory(tenant=tenant)

    with scope_of(tenant):
        mark_former_employees(tenant, users=[user], by=chief)
        refused = [
            assign_seats(licence, users=[user], by=chief),
            switch_login(tenant, users=[user], can_log_in=True, by=chief),
            mark_former_employees(tenant, users=[user], by=chief),
        ]
        back = welcome_back(tenant, users=[user], by=chief)
        given = assign_seats(licence, users=[user], by=chief)

    assert [refusals(report) for report in refused] == [[(user, Refusal.FORMER_EMPLOYEE, "")]] * 3
    assert (back.done, given.done) == ([user], [user])
    assert not reread(user).can_log_in


def test_who_never_left_is_not_taken_back(tenant: Tenant) -> None:
    user = UserFactory(tenant=tenant)

    with scope_of(tenant):
        report = welcome_back(tenant, users=[user], by=None)

    assert refusals(report) == [(user, Refusal.UNCHANGED, "")]


def test_switching_to_what_is_already_so_changes_nothing(tenant: Tenant) -> None:
    user = UserFactory(tenant=tenant)

    with scope_of(tenant):
        report = switch_login(tenant, users=[user], can_log_in=True, by=None)

        assert refusals(report) == [(user, Refusal.UNCHANGED, "")]
        assert not HistoryEntry.objects.exists()


@pytest.fixture
def suite() -> Licence:
    """The plan of a CRM Suite tenant, with two seats, one of them an administrator's."""
    tenant = TenantFactory(suite=True)
    licence = LicenceFactory(tenant=tenant, type=tenant.suite_plan.seat_licence, total=2)
    holder(licence, administrator=True)
    return licence


def test_on_suite_the_switch_is_the_seat(suite: Licence) -> None:
    tenant = suite.tenant
    first, second = UserFactory.create_batch(2, tenant=tenant, can_log_in=False)

    with scope_of(tenant):
        on = switch_login(tenant, users=[first, second], can_log_in=True, by=None)
        entry = HistoryEntry.objects.get(user=first)
        off = switch_login(tenant, users=[first], can_log_in=False, by=None)

    assert refusals(on) == [(second, Refusal.NO_SEAT_LEFT, suite.name)]
    assert (entry.before, entry.after) == ({"can_log_in": False, "in_use": 1}, {"can_log_in": True, "in_use": 2})
    assert off.done == [first]
    assert not reread(first).can_log_in
    assert in_use(suite) == 1


def test_on_suite_giving_and_taking_the_plan_switches_the_login(suite: Licence) -> None:
    user = UserFactory(tenant=suite.tenant, can_log_in=False)

    with scope_of(suite):
        assign_seats(suite, users=[user], by=None)
        on = reread(user).can_log_in
        release_seats(suite, users=[user], by=None)

    assert on
    assert not reread(user).can_log_in


def test_on_suite_the_last_administrator_stays_too(suite: Licence) -> None:
    with scope_of(suite):
        chief = User.objects.get(role=User.Role.ADMINISTRATOR)

        report = switch_login(suite.tenant, users=[chief], can_log_in=False, by=chief)

    assert refusals(report) == [(chief, Refusal.LAST_ADMINISTRATOR, "")]

"""The demo's users have used the product as people do: most of them nearly every working day, some not for weeks."""

from datetime import timedelta

import pytest
from django.db.models import F

from config.tenancy.scopes import support_scope
from licences.models import DayOfUse, Hold, Licence, Seat, Tenant, User
from licences.reports.seat_use import DAYS, licences_in_use, use_by_licence
from licences.reports.seats_needed import seats_needed
from licences.services.demo import load_demo
from licences.services.seating import Refusal
from licences.services.seats import release_seats
from tests.factories import scope_of

pytestmark = pytest.mark.usefixtures("demo")


def tenants() -> list[Tenant]:
    with support_scope("a test looks at the demo"):
        return list(Tenant.objects.select_related("suite_plan"))


def test_each_tenant_has_idle_seats_and_seats_that_nobody_ever_used() -> None:
    for tenant in tenants():
        with scope_of(tenant):
            vendors = use_by_licence(tenant, licences_in_use(tenant))
            never = User.objects.of(tenant).filter(seats__isnull=False, last_used_at__isnull=True)

            assert sum(dict(each.unused)[DAYS[0]] for each in vendors) >= 2
            assert never.exists()


def test_how_many_would_do_can_be_told_and_is_fewer_than_there_are() -> None:
    for tenant in tenants():
        with scope_of(tenant):
            biggest = max(seats_needed(tenant, licences_in_use(tenant)), key=lambda each: each.licence.in_use)

        assert biggest.enough is not None
        assert 0.5 * biggest.licence.in_use < biggest.enough.users < biggest.licence.in_use


def test_use_lies_within_120_days_and_within_the_time_for_which_the_seat_is_held() -> None:
    for tenant in tenants():
        with scope_of(tenant):
            days = DayOfUse.objects.values_list("used_on", flat=True)
            seats = Seat.objects.filter(user__last_used_at__isnull=False)

            assert tenant.today - timedelta(days=120) <= min(days) < max(days) <= tenant.today
            assert not seats.filter(assigned_at__gte=F("user__last_used_at")).exists()
            assert set(DayOfUse.objects.values_list("user")) == set(
                User.objects.filter(last_used_at__isnull=False).values_list("pk")
            )


def test_who_logs_in_to_the_demo_has_used_it_lately() -> None:
    for tenant in tenants():
        with scope_of(tenant):
            shown = User.objects.filter(login_id__regex="^(admin|member)[123]$")

            assert all(user.last_used_at > tenant_days_ago(tenant, 7) for user in shown)


def tenant_days_ago(tenant: Tenant, days: int) -> object:
    with scope_of(tenant):
        newest = User.objects.order_by(F("last_used_at").desc(nulls_last=True)).first()
    assert newest is not None
    assert newest.last_used_at is not None
    return newest.last_used_at - timedelta(days=days)


def test_one_user_has_open_work_and_keeps_the_plan() -> None:
    first = tenants()[0]
    with scope_of(first):
        hold = Hold.objects.get()
        plan = Licence.objects.in_force().get(type__code="ten-service")

        (refused,) = release_seats(plan, users=[hold.user], by=None).refused

    assert (refused.reason, refused.detail) == (Refusal.OPEN_WORK, "12 open requests")


def test_loading_the_demo_again_changes_nothing() -> None:
    def state() -> list[object]:
        with support_scope("a test looks at the demo"):
            return [list(model.objects.order_by("pk").values()) for model in (DayOfUse, User, Seat, Hold)]

    before = state()

    with support_scope("load the demo tenants"):
        load_demo()

    assert state() == before

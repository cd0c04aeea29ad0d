"""Which limit is in force: overrides with dates, and plans that change."""

from datetime import datetime, timedelta

import pytest
import time_machine

from licences.models import (
    HistoryEntry,
    LimitCrossing,
    LimitOverride,
    Restriction,
    Tenant,
    User,
)
from licences.services.licence_sets import change_plan
from licences.services.limits import EndsBeforeItBegins, end_override, override_limit, settle_all_limits, settle_limits
from tests.factories import PlanLimitFactory, RestrictionFactory, SuitePlanFactory, TenantFactory, scope_of
from tests.licences.using_limits import DAY, NOW, crossings, give_back, now_of, take

pytestmark = pytest.mark.django_db


def set_limit(row: Restriction, limit: int | None, by: User, **dates: datetime | None) -> LimitOverride:
    with scope_of(row):
        return override_limit(row, limit=limit, reason="Until the fair is over", by=by, **dates)


def in_force(row: Restriction, at: datetime) -> int | None:
    """The limit that an answer of that moment knows, whether or not anybody has settled it since."""
    with time_machine.travel(at, tick=False):
        return take(row, 0).limit


def test_an_override_counts_from_its_date_to_its_date(support: User) -> None:
    row = RestrictionFactory(limit=100)

    with time_machine.travel(NOW, tick=False):
        set_limit(row, 150, support, starts_at=NOW + DAY, ends_at=NOW + 3 * DAY)

    moments = [NOW, NOW + DAY - timedelta(seconds=1), NOW + DAY, NOW + 3 * DAY - timedelta(seconds=1), NOW + 3 * DAY]
    assert [in_force(row, moment) for moment in moments] == [100, 100, 150, 150, 100]


def test_of_several_overrides_the_newest_counts(support: User) -> None:
    row = RestrictionFactory(limit=100)

    with time_machine.travel(NOW, tick=False):
        set_limit(row, 150, support)
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        set_limit(row, None, support, ends_at=NOW + DAY)

    assert [in_force(row, NOW + timedelta(hours=2)), in_force(row, NOW + DAY)] == [None, 150]


def test_an_override_ends_when_support_ends_it(support: User) -> None:
    row = RestrictionFactory(limit=100)
    override = set_limit(row, 0, support)
    assert now_of(row).limit == 0

    with scope_of(row):
        end_override(override, by=support)
        end_override(override, by=support)

    assert now_of(row).limit == 100
    with scope_of(row):
        written = HistoryEntry.objects.order_by("number").values_list("action", "before", "after", "by_name", "why")
        assert list(written) == [
            ("limit_set", {"limit": 100}, {"limit": 0}, support.login_id, "Until the fair is over"),
            ("limit_set", {"limit": 0}, {"limit": 100}, support.login_id, "Until the fair is over"),
        ]


def test_one_that_has_not_begun_never_begins_once_it_is_ended(support: User) -> None:
    row = RestrictionFactory(limit=100)

    with time_machine.travel(NOW, tick=False), scope_of(row):
        override = set_limit(row, 150, support, starts_at=NOW + DAY)
        end_override(override, by=support)

    assert in_force(row, NOW + DAY) == 100
    assert now_of(row).limit_until is None


def test_a_request_for_one_more_needs_no_sweep_when_a_limit_has_ended(support: User) -> None:
    row = RestrictionFactory(limit=2, used=2)
    with time_machine.travel(NOW, tick=False):
        set_limit(row, 3, support, starts_at=NOW + DAY, ends_at=NOW + 2 * DAY)

    with time_machine.travel(NOW + DAY, tick=False):
        assert [take(row).allowed, take(row).allowed] == [True, False]
    with time_machine.travel(NOW + 2 * DAY, tick=False):
        answer = take(row)

    assert (answer.allowed, answer.used, answer.limit, answer.state) == (False, 3, 2, "red")


def test_the_sweep_settles_what_a_date_or_the_price_list_has_changed(support: User) -> None:
    planned = PlanLimitFactory(limit=100)
    row = RestrictionFactory(tenant=TenantFactory(suite=True, suite_plan=planned.suite_plan), type=planned.restriction)
    with time_machine.travel(NOW, tick=False):
        set_limit(row, 150, support, ends_at=NOW + DAY)

    with time_machine.travel(NOW + DAY, tick=False):
        settle_all_limits()

    assert (now_of(row).limit, now_of(row).limit_until) == (100, None)


def test_a_lower_limit_carries_what_is_in_use_and_stops_more(support: User) -> None:
    row = RestrictionFactory(limit=100, used=90)

    set_limit(row, 50, support)

    known = now_of(row)
    assert (known.used, known.limit, known.carried) == (90, 50, 90)
    assert take(row).allowed is False
    assert (give_back(row, 10).used, now_of(row).carried) == (80, 80)
    assert (give_back(row, 30).used, now_of(row).carried) == (50, 0)
    assert take(row).allowed is False
    assert (give_back(row).used, take(row).allowed) == (49, True)


def test_a_limit_that_is_lowered_is_crossed_too(support: User) -> None:
    row = RestrictionFactory(limit=100, used=70)

    set_limit(row, 80, support)
    set_limit(row, 70, support)

    assert crossings(row) == [(85, 70, 80), (100, 70, 70)]


def test_a_raised_limit_ends_the_episode(support: User) -> None:
    row = RestrictionFactory(limit=100)
    take(row, 100)

    set_limit(row, 200, support)
    set_limit(row, 100, support)

    assert crossings(row) == [(85, 100, 100), (100, 100, 100)] * 2


def test_a_plan_up_and_down_brings_its_limits(support: User) -> None:
    row = RestrictionFactory(limit=100, used=100)
    high, low = SuitePlanFactory(), SuitePlanFactory()
    PlanLimitFactory(suite_plan=high, restriction=row.type, limit=None)
    PlanLimitFactory(suite_plan=low, restriction=row.type, limit=10)

    seen = []
    with scope_of(row):
        tenant = Tenant.objects.get(pk=row.tenant_id)
        for plan in (high, low, SuitePlanFactory()):
            change_plan(tenant, plan)
            known = Restriction.objects.get(pk=row.pk)
            seen.append((known.limit, known.used, known.carried))

    assert seen == [(None, 100, 0), (10, 100, 100), (0, 100, 100)]


def test_an_override_outlives_a_change_of_plan(support: User) -> None:
    row = RestrictionFactory(limit=100)
    set_limit(row, 150, support)

    with scope_of(row):
        change_plan(Tenant.objects.get(pk=row.tenant_id), SuitePlanFactory())

    assert now_of(row).limit == 150


@pytest.mark.parametrize("dates", [{"ends_at": NOW}, {"starts_at": NOW + DAY, "ends_at": NOW + DAY}])
def test_an_override_that_is_over_before_it_begins_is_refused(dates: dict[str, datetime], support: User) -> None:
    row = RestrictionFactory(limit=100)

    with pytest.raises(EndsBeforeItBegins), time_machine.travel(NOW, tick=False):
        set_limit(row, 150, support, **dates)


def test_settling_again_writes_nothing() -> None:
    row = RestrictionFactory(limit=100, used=90)

    with scope_of(row):
        settle_limits(row.tenant)
        before = list(LimitCrossing.objects.values_list("pk")), Restriction.objects.values().get(pk=row.pk)
        settle_limits(row.tenant)
        after = list(LimitCrossing.objects.values_list("pk")), Restriction.objects.values().get(pk=row.pk)

    assert after == before

"""Limits of plans: one more or not, given back, reported, and the episodes at their lines."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from licences.models import (
    Restriction,
    RestrictionDay,
)
from licences.services.restriction_changes import MOST
from licences.services.restrictions import (
    AheadOfTime,
    BelowZero,
    CountedByProduct,
    CountedHere,
    UnknownRestriction,
    WhyNot,
    consume,
    release,
    report,
)
from tests.factories import RestrictionFactory, TenantFactory, scope_of
from tests.licences.using_limits import DAY, NOW, SOURCE, crossings, give_back, movements, now_of, take

pytestmark = pytest.mark.django_db


def test_one_more_is_taken_and_written_down() -> None:
    row = RestrictionFactory(limit=3, used=1)

    answer = take(row)

    assert (answer.allowed, answer.reason, answer.used, answer.limit, answer.state) == (True, "", 2, 3, "black")
    assert now_of(row).used == 2
    assert movements(row) == [("opening", 1), ("consumed", 1)]


def test_all_of_it_is_taken_or_nothing() -> None:
    row = RestrictionFactory(limit=3, used=1)

    refused = take(row, 3)

    assert (refused.allowed, refused.reason, refused.used, refused.state) == (False, "limit_reached", 1, "black")
    assert take(row, 2).state == "red"
    assert take(row).reason is WhyNot.LIMIT_REACHED
    assert movements(row) == [("opening", 1), ("consumed", 2)]


@pytest.mark.parametrize(
    ("limit", "used", "allowed", "reason"),
    [(3, 2, True, ""), (3, 3, False, "limit_reached"), (0, 0, False, "feature_not_in_plan"), (None, 9, True, "")],
)
def test_nought_only_asks(limit: int | None, used: int, allowed: bool, reason: str) -> None:
    row = RestrictionFactory(limit=limit, used=used)

    answer = take(row, 0, reserve_seconds=60)

    assert (answer.allowed, answer.reason, answer.used, answer.reservation) == (allowed, reason, used, None)
    assert now_of(row).used == used


def test_what_the_plan_has_not_is_refused_as_that() -> None:
    answer = take(RestrictionFactory(limit=0))

    assert (answer.allowed, answer.reason, answer.state) == (False, "feature_not_in_plan", "not_in_plan")


def test_without_a_limit_there_is_room_as_far_as_numbers_go() -> None:
    row = RestrictionFactory(limit=None, used=5)

    assert take(row, MOST - 5).used == MOST
    assert take(row).reason is WhyNot.LIMIT_REACHED
    assert take(row, MOST).allowed is False
    assert take(row, 0).allowed is False


def test_what_is_not_used_any_more_is_given_back() -> None:
    row = RestrictionFactory(limit=3, used=3)

    answer = give_back(row, 2)

    assert (answer.allowed, answer.used, answer.limit, answer.state) == (True, 1, 3, "black")
    assert movements(row) == [("opening", 3), ("released", -2)]


def test_no_more_is_given_back_than_is_in_use() -> None:
    row = RestrictionFactory(limit=3, used=1)

    with pytest.raises(BelowZero):
        give_back(row, 2)

    assert now_of(row).used == 1


def test_what_the_product_counts_is_not_counted_here() -> None:
    row = RestrictionFactory(limit=3, used=1, authority="product")

    for call in (take, give_back, lambda limit: take(limit, 0)):
        with pytest.raises(CountedByProduct):
            call(row)

    assert now_of(row).used == 1


def test_an_unknown_limit_is_none() -> None:
    row, of_another = RestrictionFactory(), RestrictionFactory()

    with scope_of(row):
        for call in (
            lambda: consume(row.tenant, of_another.type.code, quantity=1, source=SOURCE),
            lambda: consume(row.tenant, "no-such-limit", quantity=0, source=SOURCE),
            lambda: release(row.tenant, of_another.type.code, quantity=1, source=SOURCE),
            lambda: report(row.tenant, of_another.type.code, used=1, observed_at=NOW),
        ):
            with pytest.raises(UnknownRestriction):
                call()


def test_a_limit_is_used_up_with_one_statement() -> None:
    row = RestrictionFactory(limit=3)

    with scope_of(row), CaptureQueriesContext(connection) as captured:
        consume(row.tenant, row.type.code, quantity=1, source=SOURCE)
        consume(row.tenant, row.type.code, quantity=1, source=SOURCE, reserve_seconds=60)

    assert len(captured) == 2


def told(row: Restriction, used: int, at: datetime) -> bool:
    with scope_of(row), time_machine.travel(NOW, tick=False):
        return report(row.tenant, row.type.code, used=used, observed_at=at)[1]


def test_the_newest_report_counts_also_beyond_the_limit() -> None:
    row = RestrictionFactory(limit=100, authority="product")

    assert told(row, 103, NOW - DAY)
    assert not told(row, 7, NOW - 2 * DAY)
    assert not told(row, 7, NOW - DAY)
    assert told(row, 99, NOW + timedelta(minutes=5))

    known = now_of(row)
    assert (known.used, known.as_of) == (99, NOW + timedelta(minutes=5))
    assert movements(row) == []


def test_what_was_observed_in_another_age_changes_nothing() -> None:
    row = RestrictionFactory(limit=100, authority="product")

    assert not told(row, 7, datetime(1, 1, 1, tzinfo=UTC))

    assert now_of(row).used == 0


def test_a_report_from_the_future_is_refused() -> None:
    row = RestrictionFactory(authority="product")

    with pytest.raises(AheadOfTime):
        told(row, 7, NOW + timedelta(minutes=5, seconds=1))


def test_reports_of_what_is_counted_here_are_refused() -> None:
    row = RestrictionFactory(used=1, limit=3)

    with pytest.raises(CountedHere):
        told(row, 7, NOW)

    assert now_of(row).used == 1


def test_the_day_is_one_of_the_tenants_and_keeps_its_last_number() -> None:
    row = RestrictionFactory(limit=10, tenant=TenantFactory(suite=True, time_zone="Pacific/Kiritimati"))

    with time_machine.travel(NOW, tick=False):
        take(row, 2)
        give_back(row)
    with time_machine.travel(NOW + DAY, tick=False):
        take(row, 5)

    with scope_of(row):
        days = list(RestrictionDay.objects.order_by("day").values_list("day", "used"))
    assert [(day.isoformat(), used) for day, used in days] == [("2026-11-27", 1), ("2026-11-28", 6)]


EPISODES: dict[str, tuple[list[int], list[tuple[int, int]]]] = {
    "the first of both lines, once": ([84, 85, 86, 99, 100], [(85, 85), (100, 100)]),
    "both at once": ([100], [(85, 100), (100, 100)]),
    "down to 80 is the same episode": ([85, 80, 85], [(85, 85)]),
    "below 80 it is over": ([85, 79, 85], [(85, 85), (85, 85)]),
    "down to 95 is still at the limit": ([100, 95, 100], [(85, 100), (100, 100)]),
    "below 95 it was left": ([100, 94, 100], [(85, 100), (100, 100), (100, 100)]),
    "down to nothing and up again": ([100, 0, 100], [(85, 100), (100, 100), (85, 100), (100, 100)]),
    "between the lines nothing begins": ([84, 80, 84, 79, 84], []),
}


@pytest.mark.parametrize("authority", ["console", "product"])
@pytest.mark.parametrize("name", EPISODES)
def test_a_line_is_crossed_once_per_episode(name: str, authority: str) -> None:
    numbers, expected = EPISODES[name]
    row = RestrictionFactory(limit=100, authority=authority)

    used = 0
    for minute, number in enumerate(numbers):
        if authority == "product":
            told(row, number, NOW - DAY + timedelta(minutes=minute))
        elif number >= used:
            take(row, number - used)
        else:
            give_back(row, used - number)
        used = number

    assert crossings(row) == [(threshold, used, 100) for threshold, used in expected]


def test_of_a_small_limit_one_less_ends_the_episode() -> None:
    row = RestrictionFactory(limit=1)

    take(row)
    give_back(row)
    take(row)

    assert crossings(row) == [(85, 1, 1), (100, 1, 1)] * 2


@pytest.mark.parametrize("limit", [None, 0])
def test_without_a_line_none_is_crossed(limit: int | None) -> None:
    row = RestrictionFactory(limit=limit, authority="product")

    told(row, 1_000, NOW)

    assert crossings(row) == []
    assert (now_of(row).near_since, now_of(row).reached_since) == (None, None)


def test_since_when_it_is_near_and_at_its_limit_stays() -> None:
    row = RestrictionFactory(limit=100)

    for hour, quantity in enumerate((90, 5, 5)):
        with time_machine.travel(NOW + timedelta(hours=hour), tick=False):
            take(row, quantity)

    known = now_of(row)
    assert (known.near_since, known.reached_since) == (NOW, NOW + timedelta(hours=2))

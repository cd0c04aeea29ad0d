"""The days behind a limit's number: without gaps, never made up, and with the day on which it would be reached."""

from datetime import timedelta

import pytest
from django.utils import timezone

from licences.models import Restriction
from licences.reports.restriction_chart import chart, spark
from licences.reports.restriction_trend import LimitForecast, Trend, trends
from tests.factories import RestrictionDayFactory, RestrictionFactory, scope_of
from tests.licences.limit_days import give_days

pytestmark = pytest.mark.django_db


def trend_of(restriction: Restriction) -> Trend:
    with scope_of(restriction):
        return trends(restriction.tenant, [restriction])[restriction.pk]


def points(drawn: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (point.split(",") for point in drawn.split())]


def test_days_on_which_nothing_changed_have_the_number_of_the_day_before() -> None:
    row = RestrictionFactory(used=9, limit=100)
    today = row.tenant.today
    for ago, used in ((6, 4), (3, 7)):
        RestrictionDayFactory(restriction=row, day=today - timedelta(days=ago), used=used)

    assert trend_of(row).values == (4, 4, 4, 7, 7, 7, 9)


def test_what_was_there_before_the_90_days_is_where_they_begin() -> None:
    row = RestrictionFactory(used=9, limit=100)
    today = row.tenant.today
    for ago, used in ((300, 2), (120, 5), (1, 8)):
        RestrictionDayFactory(restriction=row, day=today - timedelta(days=ago), used=used)

    found = trend_of(row)

    assert (found.first_on, found.last_on) == (today - timedelta(days=89), today)
    assert found.values == (*[5] * 88, 8, 9)


def test_after_the_products_last_report_nothing_is_made_up() -> None:
    row = RestrictionFactory(
        used=9, limit=100, authority="product", as_of=timezone.now() - timedelta(days=3), tenant__time_zone="UTC"
    )
    RestrictionDayFactory(restriction=row, day=row.tenant.today - timedelta(days=5), used=8)

    found = trend_of(row)

    assert found.values == (8, 8, 9)
    assert found.last_on == row.tenant.today - timedelta(days=3)


def test_a_number_without_a_past_is_one_day() -> None:
    row = RestrictionFactory(used=9, limit=100)

    found = trend_of(row)

    assert found.values == (9,)
    assert not found.is_known
    assert (spark(found), chart(found), found.forecast) == (None, None, None)


def test_each_limit_has_its_own_days() -> None:
    first = RestrictionFactory(used=9, limit=100)
    second = RestrictionFactory(tenant=first.tenant, used=1, limit=100)
    give_days(first, [7, 8, 9])
    give_days(second, [3, 1])

    with scope_of(first):
        found = trends(first.tenant, [first, second])

    assert [found[row.pk].values for row in (first, second)] == [(7, 8, 9), (3, 1)]


def test_a_steady_rise_comes_to_the_limit_on_a_day_of_the_calendar() -> None:
    row = RestrictionFactory(used=90, limit=100)
    give_days(row, [70 + 2 * n for n in range(11)])

    day = row.tenant.today + timedelta(days=5)

    assert trend_of(row).forecast == LimitForecast(day, day, day)


@pytest.mark.parametrize(("days", "is_told"), [(7, True), (6, False)])
def test_with_fewer_than_seven_days_nothing_is_forecast(days: int, is_told: bool) -> None:
    row = RestrictionFactory(used=90, limit=100)
    give_days(row, [90 - ago for ago in reversed(range(days))])

    assert (trend_of(row).forecast is not None) == is_told


@pytest.mark.parametrize(("silent", "is_told"), [(7, True), (8, False)])
def test_a_product_that_has_not_reported_for_a_week_tells_nothing_of_what_comes(silent: int, is_told: bool) -> None:
    row = RestrictionFactory(
        used=60, limit=100, authority="product", as_of=timezone.now() - timedelta(days=silent), tenant__time_zone="UTC"
    )
    for n in range(30):
        day = row.tenant.today - timedelta(days=silent + 29 - n)
        RestrictionDayFactory(restriction=row, day=day, used=31 + n)

    assert (trend_of(row).forecast is not None) == is_told


def test_the_chart_has_room_for_the_limit_and_for_what_comes() -> None:
    row = RestrictionFactory(used=90, limit=100)
    give_days(row, [70 + 2 * n for n in range(11)])

    drawn = chart(trend_of(row))

    assert drawn is not None
    assert drawn.width == 89 + 21
    assert points(drawn.line)[-1][0] == 89
    assert points(drawn.expected)[0] == points(drawn.line)[-1]
    assert points(drawn.expected)[-1][0] == drawn.width
    assert 0 < float(drawn.limit.percent) < float(drawn.near.percent) < float(drawn.now.percent) + 5
    assert (drawn.limit.value, drawn.near.value, drawn.now.value) == (100, 85, 90)


def test_without_a_limit_the_chart_names_the_highest_number() -> None:
    row = RestrictionFactory(used=40, limit=None)
    give_days(row, [30, 50, 40])

    drawn = chart(trend_of(row))

    assert drawn is not None
    assert (drawn.limit, drawn.near, drawn.end) == (None, None, None)
    assert drawn.highest.value == 50


def test_one_more_of_many_is_no_cliff() -> None:
    row = RestrictionFactory(used=91, limit=100)
    give_days(row, [*[90] * 30, 91])

    drawn = spark(trend_of(row))

    heights = [y for _x, y in points(drawn.line)]
    assert max(heights) - min(heights) < 4
    assert all(0 <= y <= 20 for y in heights)

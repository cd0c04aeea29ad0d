"""Calendar days in the tenant's own zone, and the ladder of a set's dates. Source: design §5."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from licences.models import LicenceSet, Tenant

Standing = LicenceSet.Standing

WARN_FROM, EXPIRES, GRACE_UNTIL = date(2027, 2, 27), date(2027, 3, 27), date(2027, 4, 8)
DAY = timedelta(days=1)


def dated() -> LicenceSet:
    return LicenceSet(warn_from_on=WARN_FROM, expires_on=EXPIRES, grace_until_on=GRACE_UNTIL)


@pytest.mark.parametrize(
    ("today", "left"),
    [
        (date(2026, 3, 7), 385),
        (EXPIRES - DAY, 1),
        (EXPIRES, 0),
        (EXPIRES + DAY, -1),
        (date(2027, 12, 2), -250),
    ],
)
def test_days_left_are_calendar_days_and_negative_once_past(today: date, left: int) -> None:
    assert dated().days_left(today) == left


def test_without_an_expiry_date_no_days_are_counted() -> None:
    assert LicenceSet().days_left(date(2027, 3, 27)) is None


@pytest.mark.parametrize(
    ("today", "standing"),
    [
        (WARN_FROM - DAY, Standing.OK),
        (WARN_FROM, Standing.WARNING),
        (EXPIRES, Standing.WARNING),
        (EXPIRES + DAY, Standing.EXPIRED),
        (GRACE_UNTIL, Standing.EXPIRED),
        (GRACE_UNTIL + DAY, Standing.STOPPED),
    ],
)
def test_each_date_is_the_last_day_of_its_rung(today: date, standing: LicenceSet.Standing) -> None:
    assert dated().standing(today) == standing


@pytest.mark.parametrize("today", [date.min, date(2026, 11, 23), date.max])
def test_a_set_without_dates_is_always_in_order(today: date) -> None:
    assert LicenceSet().standing(today) == Standing.OK


@pytest.mark.parametrize(
    ("zone", "now", "today"),
    [
        ("UTC", datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC), date(2026, 11, 23)),
        ("Europe/Oslo", datetime(2026, 11, 23, 22, 59, 59, tzinfo=UTC), date(2026, 11, 23)),
        ("Europe/Oslo", datetime(2026, 11, 23, 23, 0, tzinfo=UTC), date(2026, 11, 24)),
        # In summer midnight comes an hour earlier, by the clock of UTC.
        ("Europe/Oslo", datetime(2026, 6, 23, 21, 59, 59, tzinfo=UTC), date(2026, 6, 23)),
        ("Europe/Oslo", datetime(2026, 6, 23, 22, 0, tzinfo=UTC), date(2026, 6, 24)),
        # The days on which clocks change have 23 and 25 hours.
        ("Europe/Oslo", datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29)),
        ("Europe/Oslo", datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC), date(2026, 3, 29)),
        ("Europe/Oslo", datetime(2026, 10, 24, 22, 0, tzinfo=UTC), date(2026, 10, 25)),
        ("Europe/Oslo", datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC), date(2026, 10, 25)),
        ("Pacific/Auckland", datetime(2026, 11, 23, 10, 59, 59, tzinfo=UTC), date(2026, 11, 23)),
        ("Pacific/Auckland", datetime(2026, 11, 23, 11, 0, tzinfo=UTC), date(2026, 11, 24)),
        ("Pacific/Kiritimati", datetime(2026, 11, 23, 10, 0, tzinfo=UTC), date(2026, 11, 24)),
        ("America/St_Johns", datetime(2026, 11, 24, 3, 29, 59, tzinfo=UTC), date(2026, 11, 23)),
    ],
)
def test_today_is_the_day_it_is_where_the_tenant_is(zone: str, now: datetime, today: date) -> None:
    with time_machine.travel(now, tick=False):
        assert Tenant(time_zone=zone).today == today


def test_a_licence_expires_first_where_the_day_ends_first() -> None:
    auckland, oslo = Tenant(time_zone="Pacific/Auckland"), Tenant(time_zone="Europe/Oslo")

    with time_machine.travel(datetime(2027, 3, 27, 12, tzinfo=UTC), tick=False):
        assert dated().standing(auckland.today) == Standing.EXPIRED
        assert dated().days_left(auckland.today) == -1
        assert dated().standing(oslo.today) == Standing.WARNING
        assert dated().days_left(oslo.today) == 0


def test_every_day_across_a_change_of_clocks_counts_as_one() -> None:
    tenant, expires = Tenant(time_zone="Europe/Oslo"), LicenceSet(expires_on=date(2026, 11, 1))
    left = []

    for day in range(20, 32):
        with time_machine.travel(datetime(2026, 10, day, 12, tzinfo=UTC), tick=False):
            left.append(expires.days_left(tenant.today))

    assert left == list(range(12, 0, -1))

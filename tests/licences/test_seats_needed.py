"""How many seats would do: on how many days how many of those who held a seat that day used the product."""

import csv
import io
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.csv_export import BYTE_ORDER_MARK
from licences.models import DayOfUse, Licence, Seat, User
from licences.reports.seat_use import licences_in_use
from licences.reports.seats_needed import FEWEST_DAYS, SeatsNeeded, seats_needed
from tests.conftest import ClientOf
from tests.factories import (
    LicenceFactory,
    LicenceTypeFactory,
    SeatFactory,
    TenantFactory,
    UserFactory,
    behind_the_policies,
    scope_of,
)
from tests.proof import PROOF

pytestmark = pytest.mark.django_db

ZONE = ZoneInfo("Europe/Oslo")
TODAY = date(2026, 11, 26)
DAY = timedelta(days=1)
LAST, FIRST = TODAY - DAY, TODAY - 90 * DAY
LONG_SINCE = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(datetime(2026, 11, 26, 10, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def licence() -> Licence:
    made: Licence = LicenceFactory(type=LicenceTypeFactory(plan=True, code="sales", name="Sales"), total=21)
    return made


def at(day: date, hour: int = 12, minute: int = 0) -> datetime:
    """A time of the day where the tenant is."""
    return datetime.combine(day, time(hour, minute), tzinfo=ZONE)


def holder(licence: Licence, since: datetime = LONG_SINCE, until: datetime | None = None) -> User:
    user: User = SeatFactory(licence=licence, assigned_at=since, released_at=until).user
    return user


def use(user: User, *days: date) -> None:
    with scope_of(user):
        DayOfUse.objects.bulk_create(
            (DayOfUse(tenant=user.tenant, user=user, used_on=day) for day in days), ignore_conflicts=True
        )


def days_from(first: date, count: int) -> list[date]:
    return [first + number * DAY for number in range(count)]


def needed(licence: Licence) -> SeatsNeeded:
    with scope_of(licence):
        (found,) = [
            each for each in seats_needed(licence.tenant, licences_in_use(licence.tenant)) if each.licence == licence
        ]
    return found


def by_users(licence: Licence) -> dict[int, int]:
    return {step.users: step.days for step in needed(licence).steps}


def test_each_number_of_users_is_told_with_its_days_and_what_it_would_have_done_for(licence: Licence) -> None:
    first, second = holder(licence), holder(licence)
    use(first, *days_from(FIRST, 90))
    use(second, *days_from(FIRST, 9))

    found = needed(licence)

    assert [(step.users, step.days, step.percent, step.would_do) for step in found.steps] == [
        (1, 81, 90, 90),
        (2, 9, 10, 100),
    ]
    assert found.days == 90
    assert found.enough == found.steps[1]
    assert found.most_days == 81


def test_what_is_enough_would_have_done_on_98_percent_of_the_days(licence: Licence) -> None:
    users = [holder(licence) for _ in range(3)]
    use(users[0], *days_from(FIRST, 90))
    use(users[1], *days_from(FIRST, 2))
    use(users[2], FIRST)

    found = needed(licence)

    assert [step.would_do for step in found.steps] == [97, 98, 100]
    assert found.enough is not None
    assert found.enough.users == 2


def test_days_without_any_use_count_as_days_on_which_none_was_needed(licence: Licence) -> None:
    use(holder(licence), FIRST, *days_from(LAST - 19 * DAY, 20))

    assert by_users(licence) == {0: 69, 1: 21}


def test_today_is_not_over_and_what_is_older_than_90_days_is_gone(licence: Licence) -> None:
    user = holder(licence)
    use(user, *days_from(FIRST - 30 * DAY, 30), TODAY)
    assert by_users(licence) == {}

    use(user, *days_from(FIRST, 90))

    assert by_users(licence) == {1: 90}


@pytest.mark.parametrize(("days", "is_told"), [(FEWEST_DAYS - 1, False), (FEWEST_DAYS, True)])
def test_with_fewer_than_14_days_of_reports_nothing_is_told(days: int, is_told: bool, licence: Licence) -> None:
    use(holder(licence), *days_from(LAST - 40 * DAY, days))

    assert bool(needed(licence).steps) == is_told


def test_what_was_before_the_first_report_is_not_known_and_not_counted(licence: Licence) -> None:
    use(holder(licence), *days_from(LAST - 19 * DAY, 20))

    assert needed(licence).days == 20
    assert by_users(licence) == {1: 20}


def test_what_was_before_anybody_held_the_licence_is_not_counted(licence: Licence) -> None:
    other = LicenceFactory(tenant=licence.tenant)
    use(holder(licence), *days_from(FIRST, 90))
    use(holder(other, since=at(LAST - 15 * DAY)), *days_from(LAST - 9 * DAY, 10))

    assert by_users(other) == {0: 6, 1: 10}


def test_too_few_days_since_anybody_held_the_licence_tell_nothing(licence: Licence) -> None:
    new = LicenceFactory(tenant=licence.tenant)
    use(holder(licence), *days_from(FIRST, 90))
    use(holder(new, since=at(TODAY, 9)), TODAY)

    assert needed(new).steps == []


def test_a_day_counts_for_whoever_held_the_seat_on_it(licence: Licence) -> None:
    """One seat that changed hands: never more than one was needed, though both used the product all the time."""
    before = holder(licence, until=at(LAST - 44 * DAY, 23))
    after = holder(licence, since=at(LAST - 43 * DAY, 1))
    for user in (before, after):
        use(user, *days_from(FIRST, 90))

    assert by_users(licence) == {1: 90}


def test_a_seat_that_changes_hands_within_a_day_counts_for_both_of_them(licence: Licence) -> None:
    before = holder(licence, until=at(LAST - 10 * DAY, 12))
    after = holder(licence, since=at(LAST - 10 * DAY, 12))
    for user in (before, after):
        use(user, *days_from(FIRST, 90))

    assert by_users(licence) == {1: 89, 2: 1}


def test_who_gives_a_seat_back_and_gets_one_again_counts_once(licence: Licence) -> None:
    user = holder(licence, until=at(LAST - 10 * DAY, 9))
    for since, until in (
        (at(LAST - 10 * DAY, 10), at(LAST - 10 * DAY, 11)),
        (at(LAST - 10 * DAY, 12), at(LAST - 5 * DAY, 8)),
        (at(LAST - 5 * DAY, 9), None),
    ):
        SeatFactory(licence=licence, user=user, assigned_at=since, released_at=until)
    use(user, *days_from(FIRST, 90))

    assert by_users(licence) == {1: 90}


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/St_Johns", "Europe/Oslo"])
def test_the_day_on_which_a_seat_was_given_is_one_of_the_tenants_calendar(zone: str) -> None:
    here = ZoneInfo(zone)
    licence = LicenceFactory(tenant=TenantFactory(time_zone=zone))
    with time_machine.travel(datetime(2026, 11, 26, 12, tzinfo=here), tick=False):
        given = datetime(2026, 10, 31, 23, 30, tzinfo=here)
        use(holder(licence), *days_from(FIRST, 90))
        use(holder(licence, since=given), *days_from(FIRST, 90))

        assert by_users(licence) == {1: 64, 2: 26}


def test_use_of_who_holds_no_seat_is_not_counted(licence: Licence) -> None:
    use(holder(licence), *days_from(FIRST, 90))
    use(UserFactory(tenant=licence.tenant), *days_from(FIRST, 90))
    use(holder(LicenceFactory()), *days_from(FIRST, 90))

    assert by_users(licence) == {1: 90}


periods = st.tuples(st.integers(0, 3), st.integers(0, 21 * 24), st.integers(1, 12 * 24), st.booleans())


@settings(max_examples=25 if PROOF else 10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    given_out=st.lists(periods, max_size=8),
    used=st.sets(st.tuples(st.integers(0, 3), st.integers(0, 20)), max_size=60),
)
def test_postgresql_counts_what_counting_by_hand_counts(
    licence: Licence, given_out: list[tuple[int, int, int, bool]], used: set[tuple[int, int]]
) -> None:
    """Seats of four users over three weeks, in hours; whoever has one already gets no second."""
    start = LAST - 20 * DAY
    keeper = holder(licence)
    users = [UserFactory(tenant=licence.tenant) for _ in range(4)]
    use(keeper, *days_from(start, 21))
    held: list[tuple[int, datetime, datetime | None]] = []
    for who, hour, hours, for_ever in sorted(given_out, key=lambda period: period[1]):
        since = at(start, 0) + timedelta(hours=hour)
        if not any(who == other and (until is None or until > since) for other, _since, until in held):
            held.append((who, since, None if for_ever else since + timedelta(hours=hours)))
    for who, since, until in held:
        SeatFactory(licence=licence, user=users[who], assigned_at=since, released_at=until)
    for who, day in used:
        use(users[who], start + day * DAY)

    expected: dict[int, int] = {}
    for day in days_from(start, 21):
        who_used = {
            who
            for who, since, until in held
            if since.astimezone(ZONE).date() <= day
            and (until is None or until.astimezone(ZONE).date() >= day)
            and (who, (day - start).days) in used
        }
        expected[1 + len(who_used)] = expected.get(1 + len(who_used), 0) + 1
    assert by_users(licence) == expected
    with behind_the_policies():
        Seat.objects.all().delete()
        DayOfUse.objects.all().delete()
        Licence.objects.filter(pk=licence.pk).update(in_use=0)


def test_the_page_says_how_many_would_do(licence: Licence, client_of: ClientOf) -> None:
    administrator = UserFactory(tenant=licence.tenant, administrator=True)
    SeatFactory(licence=licence, user=administrator, assigned_at=LONG_SINCE)
    use(administrator, *days_from(FIRST, 90))
    use(holder(licence), FIRST)

    page = " ".join(client_of(administrator).get("/licences/users/seat-use/").content.decode().split())

    assert "<strong>1 of 21</strong> would have done on 98 % of the days." in page
    assert "Counted over 90 days." in page


def test_the_page_says_when_it_is_too_early_to_tell(licence: Licence, client_of: ClientOf) -> None:
    administrator = UserFactory(tenant=licence.tenant, administrator=True)
    SeatFactory(licence=licence, user=administrator, assigned_at=LONG_SINCE)
    use(administrator, *days_from(LAST - 12 * DAY, 13))

    page = client_of(administrator).get("/licences/users/seat-use/").content.decode()

    assert "Too early to tell" in page
    assert "reported use on 14 days" in page
    assert '<svg class="chart-columns"' not in page


def test_the_file_tells_it_of_every_licence(licence: Licence, client_of: ClientOf) -> None:
    administrator = UserFactory(tenant=licence.tenant, administrator=True)
    SeatFactory(licence=licence, user=administrator, assigned_at=LONG_SINCE)
    other = LicenceFactory(
        tenant=licence.tenant, type=LicenceTypeFactory(name="Travel", unrestricted=True), unrestricted=True
    )
    use(administrator, *days_from(FIRST, 90))
    use(holder(other), *days_from(FIRST, 45))

    response = client_of(administrator).get("/licences/users/seat-use.csv", {"table": "needed"})

    text = response.getvalue().decode().removeprefix(BYTE_ORDER_MARK)
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["Licence", "Total", "Users on a day", "Days", "Share of days (%)", "So many would have done on (%)"],
        ["Sales", "21", "1", "90", "100", "100"],
        ["Travel", "", "0", "45", "50", "50"],
        ["Travel", "", "1", "45", "50", "100"],
    ]

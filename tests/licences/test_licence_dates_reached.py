"""Each date of a licence set that administrators are told of is written down once, on its day where the tenant is."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import DatabaseError, connection

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import LicenceDateReached, LicenceSet, Tenant
from licences.services.licence_dates import note_all_dates_reached, note_dates_reached
from notifications.tasks import note_licence_dates
from tests.factories import LicenceOwnerFactory, LicenceSetFactory, TenantFactory, behind_the_policies, scope_of
from tests.threads import at_once

Milestone = LicenceDateReached.Milestone

DAY = timedelta(days=1)
EXPIRES = date(2027, 3, 27)
WARN_FROM = EXPIRES - timedelta(days=45)
DUE = {
    Milestone.WARNING: WARN_FROM,
    Milestone.DAYS_30: date(2027, 2, 25),
    Milestone.DAYS_14: date(2027, 3, 13),
    Milestone.DAYS_7: date(2027, 3, 20),
    Milestone.DAYS_1: date(2027, 3, 26),
}
ALL = list(Milestone)


def dated(zone: str = "Europe/Oslo", *, expires_on: date = EXPIRES, warn_days: int = 45, **said: object) -> LicenceSet:
    """A set that expires, warned of `warn_days` before; active since long ago unless something else is said."""
    made: LicenceSet = LicenceSetFactory(
        tenant=said.pop("tenant", None) or TenantFactory(time_zone=zone),
        warn_from_on=expires_on - warn_days * DAY,
        expires_on=expires_on,
        grace_until_on=expires_on + 12 * DAY,
        **said,
    )
    return made


def at(day: date, clock: time = time(12), zone: str = "Europe/Oslo") -> datetime:
    return datetime.combine(day, clock, tzinfo=ZoneInfo(zone))


def note(licence_set: LicenceSet, moment: datetime) -> list[Milestone]:
    """What is written down of the set after a look at this moment."""
    with scope_of(licence_set), time_machine.travel(moment, tick=False):
        note_dates_reached(Tenant.objects.get(pk=licence_set.tenant_id))
    return noted(licence_set)


def noted(licence_set: LicenceSet) -> list[Milestone]:
    with scope_of(licence_set):
        found = LicenceDateReached.objects.filter(licence_set=licence_set).order_by("due_on", "pk")
        return [Milestone(each) for each in found.values_list("milestone", flat=True)]


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["Europe/Oslo", "Pacific/Auckland", "America/St_Johns"])
@pytest.mark.parametrize("milestone", DUE)
def test_a_milestone_is_noted_from_the_first_moment_of_its_day(milestone: Milestone, zone: str) -> None:
    before, on, after = dated(zone), dated(zone), dated(zone)
    due = DUE[milestone]

    assert milestone not in note(before, at(due, time.min, zone) - timedelta(microseconds=1))
    assert note(on, at(due, time.min, zone))[-1] == milestone
    assert milestone in note(after, at(due + DAY, time.min, zone))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "night"),
    [
        ("Pacific/Auckland", date(2027, 4, 4)),  # the clock goes back
        ("Pacific/Auckland", date(2027, 9, 26)),  # the clock goes forward
        ("America/St_Johns", date(2027, 3, 14)),  # forward
        ("America/St_Johns", date(2027, 11, 7)),  # back
        ("Europe/Oslo", date(2027, 3, 28)),
        ("Europe/Oslo", date(2027, 10, 31)),
    ],
)
@pytest.mark.parametrize("ahead", [-1, 0, 1])
def test_days_are_calendar_days_also_when_the_clock_changes(zone: str, night: date, ahead: int) -> None:
    due = night + ahead * DAY
    licence_set = dated(zone, expires_on=due + 7 * DAY)

    assert Milestone.DAYS_7 not in note(licence_set, at(due - DAY, time(23, 59, 59), zone))
    assert note(licence_set, at(due, time(0, 0), zone))[-1] == Milestone.DAYS_7


@pytest.mark.django_db
def test_what_is_noted_says_when_it_was_due_and_when_the_licence_expires() -> None:
    licence_set = dated()

    note(licence_set, at(date(2027, 2, 25), time(8)))

    with scope_of(licence_set):
        thirty = LicenceDateReached.objects.get(milestone=Milestone.DAYS_30)
    assert (thirty.due_on, thirty.expires_on) == (date(2027, 2, 25), EXPIRES)
    assert thirty.noted_at == datetime(2027, 2, 25, 7, tzinfo=UTC)


@pytest.mark.django_db
def test_each_is_noted_once_however_often_somebody_looks() -> None:
    licence_set = dated()
    moments = [at(WARN_FROM + days * DAY, time(hour)) for days in range(0, 60, 3) for hour in (0, 12, 23)]

    for moment in moments:
        note(licence_set, moment)

    assert noted(licence_set) == ALL


@pytest.mark.django_db
@pytest.mark.parametrize("late", [EXPIRES - DAY, EXPIRES, EXPIRES + 40 * DAY])
def test_what_was_missed_is_caught_up_with_its_own_day(late: date) -> None:
    licence_set = dated()

    assert note(licence_set, at(late)) == ALL
    with scope_of(licence_set):
        assert dict(LicenceDateReached.objects.values_list("milestone", "due_on")) == DUE


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("activated_on", "expected"),
    [
        (WARN_FROM - DAY, ALL),
        (WARN_FROM, ALL),
        (WARN_FROM + DAY, ALL),
        (date(2027, 2, 25), ALL),
        (date(2027, 2, 26), [Milestone.WARNING, Milestone.DAYS_14, Milestone.DAYS_7, Milestone.DAYS_1]),
        (date(2027, 3, 26), [Milestone.WARNING, Milestone.DAYS_1]),
        (date(2027, 3, 27), [Milestone.WARNING]),
    ],
)
def test_a_day_before_the_set_was_activated_is_not_noted(activated_on: date, expected: list[Milestone]) -> None:
    licence_set = dated(activated_at=at(activated_on, time(9)))

    assert set(note(licence_set, at(EXPIRES))) == set(expected)
    with scope_of(licence_set):
        warning = LicenceDateReached.objects.get(milestone=Milestone.WARNING)
    assert warning.due_on == max(WARN_FROM, activated_on)


@pytest.mark.django_db
def test_the_day_of_activation_is_one_of_the_tenants_calendar() -> None:
    """Half an hour before midnight in St. John's, which is the next day in UTC."""
    late = at(date(2027, 2, 25), time(23, 30), "America/St_Johns")
    licence_set = dated("America/St_Johns", activated_at=late)

    assert Milestone.DAYS_30 in note(licence_set, late)


@pytest.mark.django_db
def test_where_the_warning_comes_later_than_30_days_before_both_are_noted_on_their_days() -> None:
    licence_set = dated(warn_days=10)

    assert note(licence_set, at(EXPIRES - 20 * DAY)) == [Milestone.DAYS_30]
    assert note(licence_set, at(EXPIRES - 10 * DAY)) == [Milestone.DAYS_30, Milestone.DAYS_14, Milestone.WARNING]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "said",
    [
        {"state": "pending", "activated_at": None},
        {"state": "superseded"},
        {"state": "removed"},
        {"state": "discarded", "activated_at": None},
    ],
)
def test_only_a_set_that_is_in_force_comes_to_its_dates(said: dict[str, object]) -> None:
    assert note(dated(**said), at(EXPIRES)) == []


@pytest.mark.django_db
def test_a_set_that_expired_when_the_calendar_began_is_warned_of_only() -> None:
    ancient = dated(expires_on=date(1, 1, 15), warn_days=14)

    assert note(ancient, at(EXPIRES)) == [Milestone.WARNING]


@pytest.mark.django_db
def test_a_set_that_never_expires_comes_to_none() -> None:
    assert note(LicenceSetFactory(), at(EXPIRES)) == []


@pytest.mark.django_db
def test_the_next_set_comes_to_its_own_dates() -> None:
    old = dated()
    note(old, at(EXPIRES))
    with scope_of(old):
        LicenceSet.objects.filter(pk=old.pk).update(state=LicenceSet.State.SUPERSEDED)
    new = dated(tenant=old.tenant, expires_on=EXPIRES + 365 * DAY, activated_at=at(EXPIRES))

    assert note(new, at(EXPIRES + 364 * DAY)) == ALL
    assert noted(old) == ALL


@pytest.mark.django_db
def test_all_tenants_and_owners_are_looked_at_each_by_its_own_calendar() -> None:
    auckland, johns, far = dated("Pacific/Auckland"), dated("America/St_Johns"), dated(expires_on=EXPIRES + 90 * DAY)
    third_party = dated(tenant=auckland.tenant, owner=LicenceOwnerFactory(), expires_on=EXPIRES + DAY)

    with time_machine.travel(at(date(2027, 3, 26), time(0, 30), "Pacific/Auckland"), tick=False):
        note_all_dates_reached()

    assert [noted(each)[-1] for each in (auckland, johns, third_party)] == [
        Milestone.DAYS_1,
        Milestone.DAYS_7,
        Milestone.DAYS_7,
    ]
    assert noted(far) == []


@pytest.mark.django_db
def test_the_task_run_twice_notes_each_once() -> None:
    licence_set = dated()

    with time_machine.travel(at(EXPIRES), tick=False):
        note_licence_dates()
        note_licence_dates()

    assert noted(licence_set) == ALL


@pytest.mark.django_db
def test_what_fails_for_one_tenant_keeps_no_other_from_being_told(caplog: pytest.LogCaptureFixture) -> None:
    broken, fine = dated(), dated()
    with behind_the_policies(), connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE licences_licencedatereached ADD CONSTRAINT a_fault CHECK (tenant_id <> %s)", [broken.tenant_id]
        )

    with time_machine.travel(at(EXPIRES), tick=False):
        note_all_dates_reached()

    assert (noted(broken), noted(fine)) == ([], ALL)
    assert "licence_dates_not_noted" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_note_each_once() -> None:
    licence_set = dated()

    def beat() -> None:
        with tenant_scope(licence_set.tenant_id):
            tenant = Tenant.objects.get()
            note_dates_reached(tenant)

    with time_machine.travel(at(EXPIRES), tick=False):
        assert at_once([beat] * 8) == [None] * 8

    assert noted(licence_set) == ALL


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["update", "delete"])
@pytest.mark.parametrize("who", ["tenant", "support"])
def test_what_is_noted_stays_as_it_is(change: str, who: str) -> None:
    licence_set = dated()
    note(licence_set, at(EXPIRES))
    rows = LicenceDateReached.objects.filter(tenant=licence_set.tenant)
    scope = scope_of(licence_set) if who == "tenant" else support_scope("a test tries")

    with pytest.raises(DatabaseError, match="permission denied"), scope:
        rows.update(milestone="1") if change == "update" else rows.delete()

"""Administrators are told of each date that their licence comes to: once, by mail, in words that help."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from config.mails import Mail
from licences.models import LicenceDateReached, LicenceOwner, LicenceSet, Seat, Tenant, User
from licences.services.licence_dates import note_all_dates_reached
from notifications.mail_previews import READER
from notifications.models import OutboxEntry
from notifications.services.licence_date_mails import licence_date_mail, tell_of_licence_dates
from tests.factories import LicenceOwnerFactory, LicenceSetFactory, SeatFactory, scope_of
from tests.notifications.mail.entries import deliver, entries
from tests.notifications.mail.server import MailServer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("to_outbox")]

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Each test begins on a Thursday at noon."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def expiring(user: User, *, days: int) -> LicenceSet:
    """The vendor's licence of the user's tenant runs out in so many days, and is good for another 20."""
    with scope_of(user):
        licence_set = LicenceSet.objects.get(owner__is_vendor=True)
        licence_set.expires_on = user.tenant.today + days * DAY
        licence_set.warn_from_on = licence_set.expires_on - 30 * DAY
        licence_set.grace_until_on = licence_set.expires_on + 20 * DAY
        licence_set.save(update_fields=["expires_on", "warn_from_on", "grace_until_on"])
    return licence_set


def another_administrator(user: User, **fields: object) -> User:
    with scope_of(user):
        licence = Seat.objects.select_related("licence__tenant").get(user=user).licence
    return SeatFactory(licence=licence, **{"user__administrator": True} | fields).user


def sweep() -> list[OutboxEntry]:
    """What the two hourly tasks bring, beside what was there."""
    known = {entry.pk for entry in entries()}
    note_all_dates_reached()
    tell_of_licence_dates()
    return [entry for entry in entries() if entry.pk not in known]


def test_each_administrator_who_can_log_in_is_told(administrator: User, member: User, outsider: User) -> None:
    other = another_administrator(administrator)
    another_administrator(administrator, user__can_log_in=False)
    another_administrator(administrator, user__email="")
    licence_set = expiring(administrator, days=30)

    told = sweep()

    assert [entry.recipient for entry in told] == [administrator.email, other.email]
    assert {entry.tenant_id for entry in told} == {administrator.tenant_id}
    assert {entry.subject for entry in told} == {
        f"Your licence from {licence_set.owner.name} expires in 30 days, on 26 Dec 2026"
    }


def test_an_administrator_without_a_user_licence_is_not_told(administrator: User) -> None:
    expiring(administrator, days=30)
    with scope_of(administrator):
        Seat.objects.filter(user=administrator).update(released_at=NOON)

    assert sweep() == []


def test_administrators_who_share_an_address_are_told_once(administrator: User) -> None:
    another_administrator(administrator, user__email=administrator.email.upper())
    expiring(administrator, days=30)

    assert [entry.recipient for entry in sweep()] == [administrator.email]


def test_a_date_is_told_once_however_often_one_looks(administrator: User) -> None:
    expiring(administrator, days=30)

    assert [len(sweep()) for _ in range(3)] == [1, 0, 0]


def test_each_further_date_is_told_when_it_comes(administrator: User, clock: time_machine.Traveller) -> None:
    expiring(administrator, days=31)
    told = {}

    for left in range(31, -3, -1):
        for entry in sweep():
            told[left] = entry.subject.partition(" expires ")[2]
        clock.shift(DAY)

    assert told == {
        30: "in 30 days, on 27 Dec 2026",
        14: "in 14 days, on 27 Dec 2026",
        7: "in 7 days, on 27 Dec 2026",
        1: "tomorrow, on 27 Dec 2026",
    }


def test_of_dates_that_passed_unseen_only_the_latest_is_told(administrator: User) -> None:
    """The console was away, or has just begun to send mail."""
    expiring(administrator, days=6)

    told = sweep()

    assert [entry.subject.partition(" expires ")[2] for entry in told] == ["in 6 days, on 2 Dec 2026"]
    assert sweep() == []


def test_a_date_that_passed_long_ago_is_no_news(administrator: User) -> None:
    expiring(administrator, days=-16)

    assert sweep() == []


def test_a_licence_that_is_superseded_is_told_of_no_more(administrator: User) -> None:
    licence_set = expiring(administrator, days=30)
    note_all_dates_reached()
    with scope_of(administrator):
        LicenceSet.objects.filter(pk=licence_set.pk).update(state=LicenceSet.State.SUPERSEDED)

    tell_of_licence_dates()

    assert entries() == []


def test_mail_leaves_in_the_morning_where_the_tenant_is(administrator: User, clock: time_machine.Traveller) -> None:
    expiring(administrator, days=31)
    clock.move_to(datetime(2026, 11, 26, 23, 30, tzinfo=UTC))  # half past midnight in Oslo

    [entry] = sweep()

    assert entry.due_at == datetime(2026, 11, 27, 7, tzinfo=UTC)


def test_what_is_noted_in_the_day_leaves_at_once(administrator: User) -> None:
    expiring(administrator, days=30)

    [entry] = sweep()

    assert entry.due_at <= NOON


def test_a_third_party_s_licence_is_told_of_with_the_way_to_its_tab(administrator: User) -> None:
    owner = LicenceOwnerFactory(name="Tindekart", code="tindekart")
    today = administrator.tenant.today
    LicenceSetFactory(
        tenant=administrator.tenant,
        owner=owner,
        warn_from_on=today,
        expires_on=today + 30 * DAY,
        grace_until_on=today + 30 * DAY,
        activated_at=NOON,
    )

    [entry] = sweep()

    assert entry.subject.startswith("Your licence from Tindekart expires in 30 days")
    assert "/licences/owners/tindekart/" in entry.payload["text"]
    assert "there is no grace period" in entry.payload["text"]
    assert "log in" not in entry.payload["text"]


def test_what_is_no_address_on_record_keeps_nobody_else_from_being_told(administrator: User, outsider: User) -> None:
    other = another_administrator(administrator)
    for user in (administrator, outsider):
        expiring(user, days=30)
    with scope_of(administrator):
        User.objects.filter(pk=administrator.pk).update(email="a@nordlys.example\nBcc: thief@x.example")

    mails = sweep()

    assert [entry.recipient for entry in mails if entry.state == "open"] == [other.email, outsider.email]
    assert [entry.error for entry in mails if entry.state == "failed"] == ["That is no address to send to."]


def test_the_mail_arrives(administrator: User, server: MailServer) -> None:
    expiring(administrator, days=30)
    note_all_dates_reached()
    tell_of_licence_dates()

    deliver()

    [letter] = server.letters
    assert letter["To"] == administrator.email
    assert letter["Auto-Submitted"] == "auto-generated"
    assert administrator.tenant.company_name in letter.get_body(("html",)).get_content()


def composed(days_left: int, *, tenant: Tenant | None = None, grace: int = 20, waits: bool = False) -> Mail:
    tenant = tenant or Tenant(company_name="Nordlys & Sønn", serial_number="1000000001")
    owner = LicenceOwner(name="SuperOffice", code="superoffice", is_vendor=True)
    expires_on = tenant.today + days_left * DAY
    licence_set = LicenceSet(
        owner=owner, warn_from_on=date(2026, 1, 1), expires_on=expires_on, grace_until_on=expires_on + grace * DAY
    )
    return licence_date_mail(licence_set, tenant=tenant, to=READER, new_one_waits=waits)


@pytest.mark.parametrize(
    ("days_left", "subject", "first_line"),
    [
        (30, "expires in 30 days, on 26 Dec 2026", "expires on 26 Dec 2026, in 30 days."),
        (2, "expires in 2 days, on 28 Nov 2026", "expires on 28 Nov 2026, in 2 days."),
        (1, "expires tomorrow, on 27 Nov 2026", "expires tomorrow, on 27 Nov 2026."),
        (0, "expires today, 26 Nov 2026", "expires today, on 26 Nov 2026."),
        (-1, "expired on 25 Nov 2026", "expired yesterday, on 25 Nov 2026."),
        (-3, "expired on 23 Nov 2026", "expired 3 days ago, on 23 Nov 2026."),
    ],
)
def test_the_words_fit_the_day(days_left: int, subject: str, first_line: str) -> None:
    mail = composed(days_left)

    assert mail.subject == f"Your licence from SuperOffice {subject}"
    assert f"The licence of Nordlys & Sønn from SuperOffice {first_line}" in mail.body


@pytest.mark.parametrize(
    ("days_left", "grace", "says"),
    [
        (30, 20, "everybody can work on until 15 Jan 2027"),
        (-3, 20, "Everybody can work on until 13 Dec 2026"),
        (-30, 20, "The grace period ended on 16 Nov 2026: what it licenses has stopped."),
        (30, 0, "After that day what it licenses stops; there is no grace period."),
    ],
)
def test_it_says_what_happens_afterwards(days_left: int, grace: int, says: str) -> None:
    assert says in composed(days_left, grace=grace).body
    assert says in composed(days_left, grace=grace).html


def test_who_has_the_new_one_waiting_is_told_to_activate_it() -> None:
    assert "activate it, and you are done" in composed(7, waits=True).body
    assert "your contact at SuperOffice" in composed(7).body


def test_both_texts_name_the_reader_and_lead_to_the_licence_and_names_are_escaped_in_html() -> None:
    mail = composed(7)

    assert mail.body.startswith("Hello Ask Nordby,\n\nThe licence of Nordlys & Sønn")
    assert "Nordlys &amp; Sønn" in mail.html
    assert "Nordlys & Sønn" not in mail.html
    assert "/licences/superoffice/" in mail.body
    assert 'href="' in mail.html


def test_the_day_is_the_tenants_own(clock: time_machine.Traveller) -> None:
    clock.move_to(datetime(2026, 11, 26, 12, tzinfo=UTC))
    far = Tenant(company_name="Far", serial_number="1000000002", time_zone="Pacific/Kiritimati")

    assert composed(1, tenant=far).subject.endswith("tomorrow, on 28 Nov 2026")


def test_what_is_told_is_a_fact_of_the_database(administrator: User) -> None:
    expiring(administrator, days=30)
    [entry] = sweep()

    with scope_of(administrator):
        fact = LicenceDateReached.objects.get(milestone="30")
    assert entry.about == f"licence-date:{fact.pk}"

"""The desk, and whoever has a request, are told of a deadline that is near and of one that was missed: once each."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from pytest_django import Settings

from config.tenancy.scopes import support_scope
from licences.models import User
from licences.services.service_clocks import note_deadlines
from notifications.models import OutboxEntry
from notifications.services.deadline_mails import tell_of_deadlines
from tests.notifications.mail.asking import DESK, by_customer, by_support, submit
from tests.notifications.mail.entries import deliver, entries
from tests.notifications.mail.server import MailServer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("to_outbox")]

MORNING = datetime(2026, 11, 26, 8, tzinfo=UTC)
"""Nine o'clock in Oslo, when the desk opens."""
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _desk(settings: Settings) -> None:
    settings.SUPPORT_DESK_EMAIL = DESK


def sweep() -> list[OutboxEntry]:
    """What the two tasks bring, beside what was there."""
    known = {entry.pk for entry in entries()}
    note_deadlines()
    tell_of_deadlines()
    return [entry for entry in entries() if entry.pk not in known]


def test_a_deadline_is_told_when_it_is_near_and_when_it_is_missed(
    administrator: User, clock: time_machine.Traveller
) -> None:
    """All are affected: solved within one business day, answered within five minutes."""
    request = submit(administrator, affected_users=20)
    told = {}

    for _ in range(12):
        for entry in sweep():
            told.setdefault(clock_time(), []).append(entry.subject)
        clock.shift(HOUR)

    late, company = f"[Late] {request.number} is past its deadline", administrator.tenant.company_name
    assert told == {
        "10:00": [f"{late}: “Room for the spring” ({company})"],
        "15:00": [f"[Due Thu 17:00] {request.number}: “Room for the spring” ({company})"],
        "17:00": [f"{late}: “Room for the spring” ({company})"],
    }


def clock_time() -> str:
    return f"{datetime.now(UTC) + HOUR:%H:%M}"


def test_of_one_that_was_near_and_missed_before_anybody_looked_only_the_latter_is_told(
    administrator: User, clock: time_machine.Traveller
) -> None:
    submit(administrator, affected_users=20)
    clock.shift(timedelta(minutes=4))
    note_deadlines()
    clock.shift(timedelta(minutes=4))

    assert [entry.subject.partition("]")[0] for entry in sweep()] == ["[Late"]


def test_whoever_has_the_request_is_told_too(administrator: User, support: User, clock: time_machine.Traveller) -> None:
    request = submit(administrator, affected_users=20)
    by_support(request, "take", support)
    by_support(request, "answer", support, text="We are at it.")
    clock.shift(7 * HOUR)

    told = sweep()

    assert sorted(entry.recipient for entry in told) == sorted([DESK, support.email])
    assert {entry.tenant_id for entry in told} == {administrator.tenant_id}
    for entry in told:
        assert "Solution of" in entry.payload["text"]
        assert "Thu 26 Nov 2026 17:00 (CET)" in entry.payload["text"]
        assert f"{support.login_id} has it." in entry.payload["text"]
        assert f"/admin/licences/customerrequest/{request.pk}/change/" in entry.payload["text"]


def test_who_may_not_log_in_any_more_is_not_told(
    administrator: User, support: User, clock: time_machine.Traveller
) -> None:
    request = submit(administrator, affected_users=20)
    by_support(request, "take", support)
    with support_scope("a test lets somebody go"):
        User.objects.filter(pk=support.pk).update(can_log_in=False)
    clock.shift(7 * HOUR)

    assert {entry.recipient for entry in sweep()} == {DESK}


def test_what_nobody_has_says_so(administrator: User, clock: time_machine.Traveller) -> None:
    submit(administrator, affected_users=20)
    clock.shift(HOUR)

    [entry] = sweep()

    assert "Nobody has taken it yet." in entry.payload["text"]


@pytest.mark.parametrize("ends", ["decline", "withdraw"])
def test_a_request_that_has_ended_is_late_no_more(
    ends: str, administrator: User, support: User, clock: time_machine.Traveller
) -> None:
    request = submit(administrator, affected_users=20)
    clock.shift(timedelta(minutes=4))
    note_deadlines()
    if ends == "decline":
        by_support(request, "decline", support, text="It is not ours.")
    else:
        by_customer(request, "withdraw", administrator)
    clock.shift(24 * HOUR)

    assert sweep() == []


def test_while_the_desk_waits_for_the_customer_nothing_comes_near(
    administrator: User, support: User, clock: time_machine.Traveller
) -> None:
    request = submit(administrator, affected_users=20)
    by_support(request, "ask", support, text="Since when?")
    clock.shift(48 * HOUR)

    assert sweep() == []


def test_each_is_told_once_however_often_one_looks(administrator: User, clock: time_machine.Traveller) -> None:
    submit(administrator, affected_users=20)
    clock.shift(HOUR)

    assert [len(sweep()) for _ in range(3)] == [1, 0, 0]


def test_without_an_address_of_the_desk_whoever_has_it_is_told(
    administrator: User, support: User, settings: Settings, clock: time_machine.Traveller
) -> None:
    settings.SUPPORT_DESK_EMAIL = ""
    request = submit(administrator, affected_users=20)
    by_support(request, "take", support)
    clock.shift(HOUR)

    assert [entry.recipient for entry in sweep()] == [support.email]


def test_the_mail_arrives(administrator: User, server: MailServer, clock: time_machine.Traveller) -> None:
    submit(administrator, affected_users=20, title="Nothing\r\nBcc: thief@x.example")
    clock.shift(HOUR)
    sweep()

    deliver()

    [letter] = [each for each in server.letters if each["To"] == DESK]
    assert "Nothing Bcc: thief@x.example" in letter["Subject"]
    assert letter["Bcc"] is None
    assert "Work on the request" in letter.get_body(("html",)).get_content()

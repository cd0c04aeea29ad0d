"""Whoever asks is told what becomes of it, and the desk what it has to do: each once, whatever is typed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import CustomerRequest, RequestEvent, Tenant, User
from licences.services.customer_requests import Contact, Wish
from notifications.models import OutboxEntry
from notifications.services.request_mails import granted_words, tell_of_requests
from tests.factories import RestrictionFactory, UserFactory, behind_the_policies
from tests.notifications.mail.asking import CONTACT, DESK, WHY, by_customer, by_support, submit, sweep, told
from tests.notifications.mail.entries import deliver, entries
from tests.notifications.mail.server import MailServer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("to_outbox")]

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Kind = RequestEvent.Kind


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Each test begins on a Thursday at noon."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _desk(settings: Settings) -> None:
    settings.SUPPORT_DESK_EMAIL = DESK


def submit_upgrade() -> CustomerRequest:
    row = RestrictionFactory(type__name="Active projects", used=97, limit=100)
    wish = Wish(CustomerRequest.Wants.LIMIT, restriction=row, quantity=150)
    return submit(UserFactory(tenant=row.tenant, administrator=True), wish=wish)


def test_who_asks_gets_the_number_what_was_asked_and_the_deadlines_in_their_own_time(administrator: User) -> None:
    administrator.tenant.time_zone = "Pacific/Auckland"
    with support_scope("a test moves the tenant"):
        Tenant.objects.filter(pk=administrator.tenant_id).update(time_zone="Pacific/Auckland")

    request = submit(administrator)

    confirmation, _for_desk = sweep()
    assert told(confirmation) == (CONTACT.email, f"{request.number}: we have your request “Room for the spring”")
    text = confirmation.payload["text"]
    assert "Hello Ask Nordby," in text
    assert WHY in text
    assert "First answer: by Tue 1 Dec 2026 01:00 (NZDT)" in text
    assert f"/licences/upgrade/{request.pk}/" in text
    assert f"{administrator.tenant.company_name} ({administrator.tenant.serial_number})" in text


def test_an_upgrade_says_what_is_asked_for() -> None:
    submit_upgrade()

    confirmation, for_desk = sweep()
    assert "What you ask for: Active projects: 150" in confirmation.payload["text"]
    assert "Asks for: Active projects: 150" in for_desk.payload["text"]


def test_the_desk_gets_who_how_urgent_and_where_to_work_on_it_in_its_own_time(administrator: User) -> None:
    request = submit(administrator)

    _confirmation, entry = sweep()

    company = administrator.tenant.company_name
    assert told(entry) == (DESK, f"[Low] {request.number} is new: “Room for the spring” ({company})")
    text = entry.payload["text"]
    assert f"Tenant: {company} ({administrator.tenant.serial_number})" in text
    assert "Urgency: Low, 1 of 20 users are affected" in text
    assert "(CET)" in text
    assert f"/admin/licences/customerrequest/{request.pk}/change/" in text
    assert entry.payload["reply_to"] == [administrator.email]


@pytest.mark.parametrize(
    ("what", "text", "subject", "says"),
    [
        ("answer", "We look into it.", "{number}: an answer to “Room for the spring”", "Ask Berg"),
        (
            "ask",
            "How many at once?",
            "{number}: a question about “Room for the spring”",
            "stands still until you reply",
        ),
        ("approve", "Here you are.", "{number} is solved: “Room for the spring”", "Is it not solved?"),
        ("decline", "The plan has no more.", "{number} is declined: “Room for the spring”", "for this reason"),
    ],
)
def test_what_the_desk_says_reaches_the_contact(
    what: str, text: str, subject: str, says: str, administrator: User, support: User
) -> None:
    request = submit(administrator)
    sweep()

    by_support(request, what, support, text=text)

    [entry] = sweep()
    assert told(entry) == (CONTACT.email, subject.format(number=request.number))
    assert text in entry.payload["text"]
    assert says in entry.payload["text"]
    assert entry.payload["reply_to"] == [DESK]


def test_what_is_granted_is_said_and_that_it_is_done(support: User, clock: time_machine.Traveller) -> None:
    request = submit_upgrade()
    sweep()
    granted = {"gives": "limit", "name": "Active projects", "after": 150, "until": None}

    by_support(request, "approve", support, text="Until summer.", granted=granted)
    approved = sweep()
    clock.shift(timedelta(hours=1))
    by_support(request, "fulfil", support)
    done = sweep()

    assert [entry.subject.removeprefix(request.number) for entry in (*approved, *done)] == [
        " is approved: “Room for the spring”",
        " is done: “Room for the spring”",
    ]
    for entry in (*approved, *done):
        assert "What you get: Active projects: up to 150" in entry.payload["text"]


def test_an_approval_that_is_carried_out_at_once_is_one_mail_with_what_was_said(
    administrator: User, support: User
) -> None:
    request = submit(administrator)
    sweep()

    by_support(request, "approve", support, text="Fifty more until summer.")
    by_support(request, "fulfil", support)

    [entry] = sweep()
    assert entry.subject == f"{request.number} is done: “Room for the spring”"
    assert "Fifty more until summer." in entry.payload["text"]
    assert sweep() == []


@pytest.mark.parametrize("waits", [True, False])
def test_only_a_licence_set_that_waits_is_said_to_wait(waits: bool, administrator: User, support: User) -> None:
    request = submit(administrator)
    sweep()
    issued = {"owner": "superoffice", "issue": 2, "waits": waits}
    granted = {"gives": "seats", "name": "Sales Premium", "after": 30} | issued

    by_support(request, "approve", support, text="", granted=granted)

    [entry] = sweep()
    assert "Sales Premium: 30 seats" in entry.payload["text"]
    assert ("The new licence set waits for you" in entry.payload["text"]) == waits
    assert ("/licences/activation/" in entry.payload["text"]) == waits


@pytest.mark.parametrize(
    ("granted", "said"),
    [
        ({}, ""),
        ({"gives": "limit", "name": "Dashboards", "after": None, "until": None}, "Dashboards: no limit"),
        (
            {"gives": "limit", "name": "Dashboards", "after": 9, "until": "2027-06-30T22:00:00+00:00"},
            "Dashboards: up to 9, until 1 Jul 2027 00:00",
        ),
        ({"gives": "plan", "name": "Growth", "before": "Core"}, "The plan Growth"),
        ({"gives": "plan", "name": "Growth", "before": "Core", "seats": 40}, "The plan Growth with 40 seats"),
        ({"gives": "add_on", "name": "AI"}, "The add-on AI"),
    ],
)
def test_whatever_is_granted_has_its_words(granted: dict[str, object], said: str) -> None:
    with timezone.override("Europe/Oslo"):
        assert granted_words(granted) == said


@pytest.mark.parametrize("what", ["reply", "withdraw"])
def test_the_desk_is_told_what_the_customer_does(what: str, administrator: User) -> None:
    request = submit(administrator)
    sweep()

    by_customer(request, what, administrator, **({"text": "Twenty at most."} if what == "reply" else {}))

    [entry] = sweep()
    assert entry.recipient == DESK
    assert entry.subject.startswith(f"[Low] {request.number}")
    assert ("Twenty at most." in entry.payload["text"]) == (what == "reply")


def test_what_the_desk_keeps_to_itself_is_told_to_nobody(administrator: User, support: User) -> None:
    request = submit(administrator)
    sweep()

    by_support(request, "take", support)
    by_support(request, "note", support, text="They always ask in autumn.")
    by_support(request, "reclassify_request", support, affected_users=20, all_users=20)

    assert sweep() == []


def test_what_a_security_report_says_is_in_no_mail(administrator: User, support: User) -> None:
    asked = submit(administrator, is_security=True, title="Token 1234 opens all", description="The token is 1234.")
    mails = sweep()
    assert [entry.subject.startswith("[Security]") for entry in mails] == [False, True]

    by_support(asked, "answer", support, text="Yes, 1234 opens all.")
    by_support(asked, "approve", support, text="1234 is revoked.")
    mails += sweep()

    assert len(mails) == 4
    assert not any("1234" in entry.subject + entry.payload["text"] + entry.payload["html"] for entry in mails)


def test_each_event_is_told_once_however_often_one_looks(administrator: User) -> None:
    submit(administrator)

    assert [len(sweep()) for _ in range(3)] == [2, 0, 0]


def test_another_address_of_the_desk_is_not_told_what_the_first_one_was(
    administrator: User, settings: Settings
) -> None:
    submit(administrator)
    sweep()

    settings.SUPPORT_DESK_EMAIL = "new-desk@console.example"

    assert sweep() == []


def test_without_an_address_the_desk_gets_no_mail_and_customers_do(administrator: User, settings: Settings) -> None:
    settings.SUPPORT_DESK_EMAIL = ""
    submit(administrator)

    [entry] = sweep()

    assert (entry.recipient, entry.payload["reply_to"]) == (CONTACT.email, [])


def test_what_happened_long_ago_is_no_news(administrator: User, clock: time_machine.Traveller) -> None:
    submit(administrator)
    clock.shift(timedelta(days=15))

    assert sweep() == []


@pytest.mark.parametrize(
    "typed", ["Room\r\nBcc: thief@x.example", "Room\nSubject: other", "Room\r\n\r\n<script>alert(1)</script>"]
)
def test_what_is_typed_stands_in_no_header_but_the_subject(typed: str, administrator: User, server: MailServer) -> None:
    submit(administrator, title=typed, contact=Contact(f"Ask {typed}", CONTACT.email))
    tell_of_requests()

    deliver()

    assert sorted(server.recipients) == sorted([CONTACT.email, DESK])
    for letter in server.letters:
        assert " ".join(typed.split()) in letter["Subject"]
        assert (letter["Bcc"], len(letter.get_all("Subject"))) == (None, 1)
        assert "<script>" not in letter.get_body(("html",)).get_content()


def test_what_is_no_address_keeps_nobody_else_from_being_told(administrator: User, outsider: User) -> None:
    submit(administrator, contact=Contact("Ask", "a@nordlys.example\nBcc: thief@x.example"))
    submit(outsider)

    mails = sweep()

    failed = [entry for entry in mails if entry.state == OutboxEntry.State.FAILED]
    assert sorted(entry.recipient for entry in mails if entry not in failed) == sorted([DESK, DESK, CONTACT.email])
    assert [entry.error for entry in failed] == ["That is no address to send to."]
    assert sweep() == []


def test_what_cannot_be_told_keeps_no_other_from_being_told(administrator: User, support: User) -> None:
    request = submit(administrator)
    sweep()
    by_support(request, "approve", support, text="Yes", granted={"gives": "limit", "after": 1, "until": "never"})
    submit(administrator)

    assert len(sweep()) == 2


def test_mails_are_their_tenants_own(administrator: User, outsider: User) -> None:
    submit(administrator)
    submit(outsider)

    mails = sweep()

    assert {entry.tenant_id for entry in mails} == {administrator.tenant_id, outsider.tenant_id}
    with tenant_scope(administrator.tenant_id):
        assert OutboxEntry.objects.count() == 2


LONG_TOLD = """
WITH old AS (
    INSERT INTO licences_requestevent
        (tenant_id, request_id, kind, at, by_name, is_of_support, is_internal, text, data)
    SELECT tenant_id, id, 'answered', %(long_ago)s, 'Ask', true, false, '', '{}'
    FROM licences_customerrequest, generate_series(1, 3000) RETURNING tenant_id, id
)
INSERT INTO notifications_outboxentry (tenant_id, kind, about, recipient, subject, payload, secret, state, created_at,
    due_at, token, attempts, closed_at, error)
SELECT tenant_id, 'mail', 'request:' || id, 'ask@nordlys.example', '', '{}', false, 'delivered', %(long_ago)s,
    %(long_ago)s, 0, 1, %(long_ago)s, '' FROM old
"""


def test_while_there_is_nothing_new_a_sweep_asks_twice_and_reads_by_index(administrator: User) -> None:
    submit(administrator)
    tell_of_requests()
    with support_scope("a test has a past"), connection.cursor() as cursor:
        cursor.execute(LONG_TOLD, {"long_ago": NOON - timedelta(days=100)})
    with behind_the_policies(), connection.cursor() as cursor:
        cursor.execute("ANALYZE licences_requestevent, notifications_outboxentry, licences_tenant")

    with CaptureQueriesContext(connection) as asked:
        tell_of_requests()

    selects = [query["sql"] for query in asked.captured_queries if query["sql"].startswith('SELECT "licences_tenant"')]
    assert len(selects) == 2
    with support_scope("a test looks"), connection.cursor() as cursor:
        for select in selects:
            cursor.execute("EXPLAIN " + select)
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Seq Scan on licences_requestevent" not in plan
            assert "Seq Scan on notifications_outboxentry" not in plan


def test_the_mail_arrives_in_both_texts(administrator: User, server: MailServer) -> None:
    submit(administrator)
    tell_of_requests()

    deliver()

    letters = {letter["To"]: letter for letter in server.letters}
    assert letters.keys() == {CONTACT.email, DESK}
    assert letters[CONTACT.email]["Reply-To"] == DESK
    assert letters[CONTACT.email]["Auto-Submitted"] == "auto-generated"
    assert "Look at the request" in letters[CONTACT.email].get_body(("html",)).get_content()
    assert {entry.state for entry in entries()} == {OutboxEntry.State.DELIVERED}

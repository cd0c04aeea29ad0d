"""The support form: all that a ticket has to say, files within bounds, and whom the desk talks to."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from licences.attachments import MOST_BYTES
from licences.models import CustomerRequest, HistoryEntry, RequestFile, SupportContact, User
from licences.reports.history_words import rows_of
from tests.conftest import ClientOf
from tests.factories import SupportContactFactory, UserFactory, scope_of
from tests.factories.service_level import desk_policy
from tests.licences.requesting import now_of
from tests.pages import element, named, text

pytestmark = pytest.mark.django_db

FORM, CONTACTS = reverse("licences:support"), reverse("licences:contacts")


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    desk_policy()
    return client_of(administrator)


def typed(**more: Any) -> dict[str, Any]:
    return {
        "form_key": str(uuid4()),
        "title": "The board stays empty",
        "description": "Since this morning.",
        "environment": "production",
        "happened_at": "2026-05-07T08:15",
        "contact_name": "Oda Berg",
        "contact_email": "oda@nordlys.example",
        "affected_users": "1",
        "all_users": "20",
    } | more


def log(name: str = "error.log", content: bytes = b"it stopped") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def made_by(user: User) -> CustomerRequest:
    with scope_of(user):
        return CustomerRequest.objects.get()


def test_all_that_a_ticket_has_to_say_is_sent(client: Client, administrator: User) -> None:
    facts = {
        "users_concerned": "ask, oda",
        "errors_seen": "E-17",
        "steps": "1. Open it\n2. Look",
        "additional": "Only in Edge.",
        "reference": "T-4711",
    }

    response = client.post(
        FORM, typed(**facts, is_security="on", contact_phone="22 33", attachments=[log(), log("b.txt")])
    )

    made = made_by(administrator)
    assert response["Location"] == reverse("licences:request", args=[made.pk])
    assert (made.kind, made.title, made.is_security, made.urgency) == (
        "support",
        "The board stays empty",
        True,
        "low",
    )
    assert made.facts == {
        "reference": "T-4711",
        "environment": "production",
        "users_concerned": "ask, oda",
        "happened_at": "2026-05-07 08:15 CEST",
        "errors": "E-17",
        "steps": "1. Open it\n2. Look",
        "additional": "Only in Edge.",
    }
    with scope_of(made):
        assert [file.name for file in RequestFile.objects.all()] == ["error.log", "b.txt"]


def test_what_was_left_empty_is_no_fact(client: Client, administrator: User) -> None:
    client.post(FORM, typed())

    assert set(made_by(administrator).facts) == {"environment", "happened_at"}


def test_the_form_is_filled_in_with_the_asker_and_all_who_can_log_in(client: Client, administrator: User) -> None:
    UserFactory(tenant=administrator.tenant)
    UserFactory(tenant=administrator.tenant, can_log_in=False)

    page = client.get(FORM)

    values = {
        dict(field.attributes).get("name"): dict(field.attributes).get("value")
        for field in named(element(page, "main"), "input")
    }
    assert (values["contact_name"], values["contact_email"]) == (administrator.full_name, administrator.email)
    assert (values["affected_users"], values["all_users"]) == ("1", "2")


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no subject": ({"title": " "}, "Say in a few words what it is about."),
    "a long subject": ({"title": "x" * 201}, "at most 200 characters"),
    "no description": ({"description": ""}, "Describe what happens, and what should."),
    "no environment": ({"environment": ""}, "Say where it happens."),
    "no such time": ({"happened_at": "2026-02-30T08:00"}, "Say the day and the time."),
    "an hour that was skipped": ({"happened_at": "2026-03-29T02:30"}, "couldn’t be interpreted"),
    "more than all": ({"affected_users": "21"}, "No more than all of them can be affected."),
    "six files": ({"attachments": [log(f"{n}.log") for n in range(6)]}, "5 files can be sent at once."),
    "a page": ({"attachments": [log("page.html", b"<script>")]}, "page.html is no kind of file that is taken"),
    "no picture": ({"attachments": [log("screen.png", b"<html>")]}, "screen.png is not what its name says."),
    "an empty file": ({"attachments": [log(content=b"")]}, "error.log is empty."),
    "a large file": ({"attachments": [log(content=b"x" * (MOST_BYTES + 1))]}, "error.log is larger than 5 MiB."),
}


def test_a_plain_question_needs_no_time(client: Client, administrator: User) -> None:
    response = client.post(FORM, typed(happened_at=""))

    assert response.status_code == 302
    assert "happened_at" not in made_by(administrator).facts


@pytest.mark.parametrize(("change", "says"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_and_nothing_is_sent(
    change: dict[str, Any], says: str, client: Client, administrator: User
) -> None:
    for file in change.get("attachments", ()):
        file.seek(0)

    response = client.post(FORM, typed(**change))

    assert response.status_code == 422
    assert says in text(element(response, "main"))
    assert "Not sent yet." in text(element(response, "main"))
    with scope_of(administrator):
        assert not CustomerRequest.objects.exists()


def test_files_that_are_too_large_together_are_not_received(client: Client) -> None:
    parts = [log(f"{n}.txt", b"x" * (MOST_BYTES + 1)) for n in range(5)]

    response = client.post(FORM, typed(attachments=parts))

    assert response.status_code == 422
    assert "The files are larger than 25 MiB together." in text(element(response, "main"))


def test_five_full_files_are_received(client: Client, administrator: User) -> None:
    client.post(FORM, typed(attachments=[log(f"{n}.txt", b"x" * MOST_BYTES) for n in range(5)]))

    with scope_of(administrator):
        assert sorted(RequestFile.objects.values_list("size_bytes", flat=True)) == [MOST_BYTES] * 5


def test_a_subject_that_would_write_into_the_head_of_a_mail_is_one_line(client: Client, administrator: User) -> None:
    client.post(FORM, typed(title="Empty\r\nBcc: all@a.example", contact_name="Oda\nX: y"))

    made = made_by(administrator)
    assert (made.title, made.contact_name) == ("Empty Bcc: all@a.example", "Oda X: y")


def test_the_form_sent_again_leads_to_the_request_that_it_made(client: Client, administrator: User) -> None:
    sent = typed()

    first, second = client.post(FORM, sent), client.post(FORM, sent)

    assert first["Location"] == second["Location"]
    assert now_of(made_by(administrator)).is_open


def test_a_form_without_its_token_against_forgery_is_refused(administrator: User, client_of: ClientOf) -> None:
    desk_policy()
    client = client_of(administrator)
    client.handler.enforce_csrf_checks = True

    assert client.post(FORM, typed()).status_code == 403


def test_members_are_refused_before_anything_is_received(member: User, client_of: ClientOf) -> None:
    client = client_of(member)

    assert [client.get(each).status_code for each in (FORM, CONTACTS)] == [403, 403]
    assert client.post(FORM, typed(attachments=[log()])).status_code == 403
    assert client.post(CONTACTS, {"first": ""}).status_code == 403


def contacts_of(user: User) -> list[str]:
    with scope_of(user):
        return list(SupportContact.objects.order_by("place").values_list("user__login_id", flat=True))


def test_two_contacts_are_named_and_shown(client: Client, administrator: User, member: User) -> None:
    response = client.post(CONTACTS, {"first": member.login_id.upper(), "second": administrator.login_id}, follow=True)

    assert contacts_of(administrator) == [member.login_id, administrator.login_id]
    assert "The support contacts were saved." in text(element(response, "messages"))
    assert member.full_name in text(element(client.get(FORM), "main"))


def test_others_take_the_place_of_those_who_were_named(client: Client, administrator: User, member: User) -> None:
    SupportContactFactory(user=administrator)
    SupportContactFactory(user=member, place=2)

    client.post(CONTACTS, {"first": member.login_id, "second": ""})

    assert contacts_of(administrator) == [member.login_id]


def test_who_named_whom_is_in_the_history_once(client: Client, administrator: User, member: User) -> None:
    for first in (administrator, member, member):
        client.post(CONTACTS, {"first": first.login_id, "second": ""})

    with scope_of(administrator):
        rows = rows_of(HistoryEntry.objects.order_by("number"))
        assert [(row.entry.action, row.entry.by) for row in rows] == [("contacts_named", administrator)] * 2
    assert [(said.name, said.before, said.after) for row in rows for said in row.differences] == [
        ("Contacts", "", administrator.full_name),
        ("Contacts", administrator.full_name, member.full_name),
    ]


@pytest.mark.parametrize("who", ["never-was", "outsider", "former", "twice"])
def test_who_cannot_be_named_is_told(who: str, client: Client, administrator: User, outsider: User) -> None:
    former = UserFactory(tenant=administrator.tenant, can_log_in=False, left_at=datetime.now().astimezone())
    named_ids = {"outsider": outsider.login_id, "former": former.login_id, "twice": administrator.login_id}

    response = client.post(CONTACTS, {"first": administrator.login_id, "second": named_ids.get(who, who)})

    assert response.status_code == 422
    told = "somebody else than the first" if who == "twice" else "Nobody here has the user ID"
    assert told in text(element(response, "main"))
    assert contacts_of(administrator) == []

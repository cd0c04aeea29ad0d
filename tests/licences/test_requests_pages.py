"""A tenant's own requests: the list with state, answer and deadline; one with its thread, its files and what can be
done."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config.tenancy.scopes import support_scope
from licences.middleware import VISIT
from licences.models import CustomerRequest, RequestEvent, RequestFile, User
from licences.services import customer_requests as service
from tests.conftest import ClientOf
from tests.factories import (
    LONG_AGO,
    CustomerRequestFactory,
    RequestEventFactory,
    RequestFileFactory,
    scope_of,
)
from tests.factories.service_level import desk_policy
from tests.licences.requesting import now_of, send
from tests.pages import element, facts, fetch_part, links, named, table, text
from tests.threads import at_once

pytestmark = pytest.mark.django_db

LIST = reverse("licences:requests")
OSLO = ZoneInfo("Europe/Oslo")
THURSDAY = datetime(2026, 5, 7, 12, tzinfo=OSLO)


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


def page_of(request: CustomerRequest) -> str:
    return reverse("licences:request", args=[request.pk])


def by_support(move: Any, request: CustomerRequest, support: User, **more: Any) -> None:
    with support_scope("a test answers"):
        move(request, by=support, **more)


def test_the_list_tells_state_answer_and_deadline(administrator: User, client_of: ClientOf, support: User) -> None:
    desk_policy()
    with time_machine.travel(THURSDAY, tick=False):
        new = send(administrator, title="New", is_security=True)
    with time_machine.travel(THURSDAY + timedelta(minutes=1), tick=False):
        waiting = send(administrator, title="Waits")
        by_support(service.answer, waiting, support, text="We look.")
        by_support(service.ask, waiting, support, text="Since when?")
        by_support(service.note, waiting, support, text="Odd people.")
    with time_machine.travel(THURSDAY + timedelta(minutes=2), tick=False):
        gone = send(administrator, title="Gone")
        by_support(service.decline, gone, support, text="Sorry.")

        rows = table(client_of(administrator).get(LIST), "requests")

    assert [row[1:] for row in rows] == [
        ["Declined", "7 May 2026", "Sorry.", "– nothing is due"],
        ["Waiting for you", "7 May 2026", "Since when?", "Solution paused, 40 h left"],
        ["Sent", "7 May 2026", "None yet", "First answer Mon 11 May 2026, 12:00"],
    ]
    assert rows[2][0] == f"New {new.number} · Support · security"
    assert "Odd people" not in str(rows)


@pytest.mark.parametrize(
    ("show", "titles"),
    [
        ("open", {"sent", "approved"}),
        ("closed", {"declined"}),
        ("all", {"sent", "approved", "declined"}),
        ("nonsense", {"sent", "approved", "declined"}),
    ],
)
def test_the_list_shows_what_is_chosen(show: str, titles: set[str], client: Client, administrator: User) -> None:
    tenant = administrator.tenant
    CustomerRequestFactory(tenant=tenant, title="sent")
    CustomerRequestFactory(tenant=tenant, title="approved", state="approved")
    CustomerRequestFactory(tenant=tenant, title="declined", state="declined", closed_at=LONG_AGO)
    CustomerRequestFactory(title="another tenant's")

    rows = table(client.get(f"{LIST}?show={show}"), "requests")

    assert {row[0].split()[0] for row in rows} == titles


def test_a_long_list_has_pages(client: Client, administrator: User) -> None:
    CustomerRequestFactory.create_batch(26, tenant=administrator.tenant)

    assert len(table(client.get(LIST), "requests")) == 25
    assert len(table(fetch_part(client, f"{LIST}?page=2", "requests"), "requests")) == 1


def test_without_any_the_list_says_what_to_do(client: Client) -> None:
    assert "Ask for support, or for more licences." in text(element(client.get(LIST), "requests"))
    assert "Try another filter." in text(element(client.get(f"{LIST}?show=open"), "requests"))


def test_the_list_leads_to_both_forms_and_to_each_request(client: Client, administrator: User) -> None:
    there = CustomerRequestFactory(tenant=administrator.tenant)

    found = links(client.get(LIST)).values()

    assert {reverse("licences:upgrade"), reverse("licences:support"), page_of(there)} <= set(found)


def test_one_tells_what_was_said_by_whom_and_nothing_that_support_notes(
    administrator: User, client: Client, support: User
) -> None:
    desk_policy()
    request = send(administrator, facts={"environment": "production"})
    by_support(service.take, request, support)
    by_support(service.note, request, support, text="Odd people.")
    by_support(service.reclassify_request, request, support, affected_users=19, all_users=20)
    by_support(service.answer, request, support, text="We look <b>now</b>.\nReally.")

    page = client.get(page_of(request))

    said = [
        text(item) for item in named(element(page, "main"), "li") if "event" in dict(item.attributes).get("class", "")
    ]
    assert "sent the request" in said[0]
    assert f"{support.full_name} Support took it on" in said[1]
    assert "changed the urgency to: High" in said[2]
    assert "We look <b>now</b>." in said[3]
    assert len(said) == 4
    assert "Odd people" not in page.content.decode()
    assert "Environment" in facts(page, "main")


def test_one_tells_until_when_it_is_answered_and_what_was_kept(
    administrator: User, client_of: ClientOf, support: User
) -> None:
    desk_policy()
    with time_machine.travel(THURSDAY, tick=False):
        request = send(administrator, affected_users=20)
        before = facts(client_of(administrator).get(page_of(request)), "main")
    with time_machine.travel(THURSDAY + timedelta(hours=1), tick=False):
        late = facts(client_of(administrator).get(page_of(request)), "main")
        by_support(service.answer, request, support, text="We look.")
        after = facts(client_of(administrator).get(page_of(request)), "main")

    assert before["Due"] == "First answer Thu 7 May 2026, 12:05"
    assert late["Due"].startswith("First answer late")
    assert after["First answer"] == "Thu 7 May 2026, 13:00 late"
    assert after["Due"].startswith("Solution Fri 8 May 2026, 12:00")


def test_a_reader_in_another_zone_is_told_both_clocks(administrator: User, client_of: ClientOf) -> None:
    desk_policy()
    with support_scope("a test moves a tenant"):
        administrator.tenant.time_zone = "Asia/Tokyo"
        administrator.tenant.save(update_fields=["time_zone"])
    with time_machine.travel(THURSDAY, tick=False):
        request = send(administrator, affected_users=20)

        said = facts(client_of(administrator).get(page_of(request)), "main")

    assert said["Due"] == "First answer Thu 7 May 2026, 19:05 Thu 12:05 at the desk, Europe/Oslo"


def test_what_was_just_sent_is_confirmed_with_where_the_mail_goes(administrator: User, client: Client) -> None:
    desk_policy()
    request = send(administrator)

    assert "We have your request and confirm it by e-mail to ask@nordlys.example." in text(
        element(client.get(page_of(request)), "main")
    )


def test_a_reply_goes_with_its_files_and_what_waited_goes_on(client: Client, administrator: User) -> None:
    request = CustomerRequestFactory(tenant=administrator.tenant, state="waiting")
    file = SimpleUploadedFile("error.log", b"it stopped")
    sent = {"do": "reply", "form_key": str(uuid4()), "text": "Since Monday.", "attachments": [file]}

    assert "The support desk has a question." in text(element(client.get(page_of(request)), "main"))
    response = client.post(page_of(request), sent, follow=True)

    assert response.redirect_chain == [(page_of(request), 302)]
    assert now_of(request).state == "in_progress"
    assert "Since Monday." in text(element(response, "main"))
    with scope_of(request):
        kept = RequestFile.objects.get()
    assert links(response)["error.log"] == reverse("licences:request_file", args=[request.pk, kept.pk])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"text": " "}, "Write something."),
        ({"text": "x" * 4001}, "at most 4000 characters"),
        ({"attachments": [SimpleUploadedFile("page.html", b"<script>")]}, "is no kind of file that is taken"),
    ],
)
def test_what_is_wrong_with_a_reply_is_told(
    change: dict[str, Any], says: str, client: Client, administrator: User
) -> None:
    request = CustomerRequestFactory(tenant=administrator.tenant)

    response = client.post(page_of(request), {"form_key": str(uuid4()), "text": "Now."} | change)

    assert response.status_code == 422
    assert says in text(element(response, "main"))


def test_more_files_than_a_request_keeps_are_told(client: Client, administrator: User) -> None:
    request = CustomerRequestFactory(tenant=administrator.tenant)
    event = RequestEventFactory(request=request)
    RequestFileFactory.create_batch(20, event=event)
    sent = {"text": "One more.", "attachments": [SimpleUploadedFile("error.log", b"x")]}

    response = client.post(page_of(request), sent)

    assert response.status_code == 422
    assert "A request keeps 20 files at most." in text(element(response, "main"))


def test_a_reply_more_than_a_day_takes_is_told_and_stays_as_it_was_typed(client: Client, administrator: User) -> None:
    request = CustomerRequestFactory(tenant=administrator.tenant)
    RequestEventFactory.create_batch(20, request=request, kind="replied", at=timezone.now() - timedelta(hours=1))

    response = client.post(page_of(request), {"form_key": str(uuid4()), "text": "And one thing more."})

    assert response.status_code == 422
    assert "20 replies a day are taken to one request." in text(element(response, "main"))
    (typed,) = [each for each in named(element(response, "main"), "textarea") if "one thing more" in text(each)]
    assert dict(typed.attributes)["name"] == "text"


@pytest.mark.django_db(transaction=True)
def test_twenty_clicks_say_one_reply(administrator: User, client_of: ClientOf) -> None:
    request = CustomerRequestFactory(tenant=administrator.tenant)
    sent = {"form_key": str(uuid4()), "text": "Now."}
    clients = [client_of(administrator) for _ in range(20)]

    answers = at_once([partial(each.post, page_of(request), sent) for each in clients])

    assert {answer.status_code for answer in answers} == {302}
    with scope_of(request):
        assert RequestEvent.objects.filter(kind="replied").count() == 1


def test_it_is_withdrawn_and_then_nothing_more_can_be_done(client: Client, administrator: User) -> None:
    request = CustomerRequestFactory(tenant=administrator.tenant)

    first = client.post(page_of(request), {"do": "withdraw"}, follow=True)
    again = client.post(page_of(request), {"do": "withdraw"}, follow=True)

    assert f"{request.number} is withdrawn." in text(element(first, "messages"))
    assert text(element(again, "messages")) == ""
    assert now_of(request).state == "withdrawn"
    assert [dict(form.attributes).get("method") for form in named(element(first, "main"), "form")] == []


def test_what_has_moved_on_meanwhile_is_told(client: Client, administrator: User) -> None:
    request = CustomerRequestFactory(tenant=administrator.tenant, state="declined", closed_at=LONG_AGO)

    for sent in ({"do": "withdraw"}, {"text": "But why?"}):
        response = client.post(page_of(request), sent, follow=True)

        assert "It is now: Declined." in text(element(response, "messages"))
    with scope_of(request):
        assert RequestEvent.objects.filter(request=request).count() == 1


def test_what_is_approved_can_be_talked_of_but_not_withdrawn(client: Client, administrator: User) -> None:
    request = CustomerRequestFactory(tenant=administrator.tenant, state="approved")

    page = text(element(client.get(page_of(request)), "main"))

    assert "Add something" in page
    assert "Withdraw" not in page


def test_a_file_is_only_ever_saved(client: Client, administrator: User) -> None:
    file = RequestFileFactory(tenant=administrator.tenant, name="bø“rd.html", content=b"<script>alert(1)</script>")
    address = reverse("licences:request_file", args=[file.request_id, file.pk])

    response = client.get(address)

    assert response.content == file.content
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''b%C3%B8")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "no-store, private"


def test_a_file_of_another_request_or_of_a_note_is_not_there(client: Client, administrator: User) -> None:
    file = RequestFileFactory(tenant=administrator.tenant)
    other = CustomerRequestFactory(tenant=administrator.tenant)
    noted = RequestFileFactory(event=RequestEventFactory(tenant=administrator.tenant, is_internal=True))

    addresses = [(other.pk, file.pk), (noted.request_id, noted.pk)]

    assert {client.get(reverse("licences:request_file", args=ids)).status_code for ids in addresses} == {404}


def test_members_are_refused_all_of_it(member: User, client_of: ClientOf) -> None:
    file = RequestFileFactory(tenant=member.tenant)
    client = client_of(member)
    addresses = [LIST, page_of(file.request), reverse("licences:request_file", args=[file.request_id, file.pk])]

    assert {client.get(address).status_code for address in addresses} == {403}
    assert client.post(page_of(file.request), {"do": "withdraw"}).status_code == 403
    assert now_of(file.request).is_open


def test_a_visit_looks_and_does_nothing(support: User, administrator: User, client_of: ClientOf) -> None:
    request = CustomerRequestFactory(tenant=administrator.tenant)
    client = client_of(support)
    session = client.session
    session[VISIT] = administrator.tenant.pk
    session.save()

    page = client.get(page_of(request))

    assert request.title in text(element(page, "main"))
    assert named(element(page, "main"), "form") == []
    for address in (page_of(request), reverse("licences:upgrade"), reverse("licences:support")):
        assert client.post(address, {"do": "withdraw"}).status_code == 403
        assert client.get(address).status_code == 200
    assert now_of(request).is_open


def statements(client: Client, address: str) -> int:
    client.get(address)  # the first request of a session writes when it began
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len([one for one in queries if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]) - 1


def test_pages_ask_at_most_12_times_and_as_often_for_much_as_for_little(
    administrator: User, client: Client, support: User
) -> None:
    desk_policy()
    request = send(administrator)
    addresses = [LIST, page_of(request), *map(reverse, ("licences:upgrade", "licences:support", "licences:contacts"))]

    few = [statements(client, address) for address in addresses]
    for number in range(8):
        other = send(administrator, title=f"Other {number}")
        by_support(service.answer, other, support, text="We look.")
        RequestFileFactory(event=RequestEventFactory(request=request, at=timezone.now()))
    many = [statements(client, address) for address in addresses]

    assert few == many
    assert max(many) <= 12, dict(zip(addresses, many, strict=True))

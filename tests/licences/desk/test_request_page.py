"""One request at the support desk: what the page shows, and what its buttons do."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from licences.models import CustomerRequest, SupportTime, User
from licences.services.customer_requests import reply, withdraw
from licences.services.request_files import Attachment
from tests.conftest import ClientOf
from tests.factories import CustomerRequestFactory, RequestEventFactory, RequestFileFactory, scope_of
from tests.licences.desk.asking import (
    SUITE,
    approval,
    ask,
    do,
    logged,
    now_of,
    page_of,
    story_of,
    tenant_of,
)
from tests.pages import element, text
from tests.routes import rows_of

pytestmark = pytest.mark.usefixtures("demo")


def test_the_page_shows_what_is_asked_the_tenants_numbers_and_the_thread(
    support_client: Client, asked: CustomerRequest
) -> None:
    with scope_of(asked):
        reply(
            asked, text="It grows by ten a week.", by=asked.submitted_by, files=[Attachment("error.log", b"it stopped")]
        )

    shown = text(element(support_client.get(page_of(asked)), "content-main"))

    for said in (
        "Active projects: 150",
        "97 of 100 active projects",
        "We grow.",
        "It grows by ten a week.",
        "error.log",
        "First answer",
        "Solution",
        "Europe/Oslo",
        asked.contact_email,
        "Core",
    ):
        assert said in shown, said


def test_then_and_now_stand_side_by_side(support_client: Client) -> None:
    tenant = tenant_of(SUITE)
    limit = {"code": "active-projects", "name": "Active projects", "used": 91, "limit": 100, "near_since": None}
    asked = ask(tenant, evidence={"limits": [limit], "plan": "Starter", "users": 12})

    rows = [[each.name, each.then, each.now] for each in support_client.get(page_of(asked)).context["page"].evidence]

    assert rows[:2] == [["Active projects", "91 of 100", "97 of 100"], ["Plan", "Starter", "Core"]]
    assert rows[2][:2] == ["Users", "12"]


def test_a_page_takes_as_many_queries_for_a_long_thread_as_for_a_short_one(support_client: Client) -> None:
    asked = CustomerRequestFactory()

    def queries() -> int:
        support_client.get(page_of(asked))
        with CaptureQueriesContext(connection) as captured:
            assert support_client.get(page_of(asked)).status_code == 200
        return len(captured)

    few = queries()
    for event in RequestEventFactory.create_batch(5, request=asked):
        RequestFileFactory(event=event, request=asked)
        CustomerRequestFactory(tenant=asked.tenant)

    assert queries() == few


def test_what_support_does_is_done_by_the_services_and_stands_in_the_admin_log(
    support_client: Client, support: User, asked: CustomerRequest
) -> None:
    do(support_client, asked, "take")
    do(support_client, asked, "answer", text="We look into it.")
    do(support_client, asked, "note", text="They pay on time.")
    do(support_client, asked, "ask", text="How many?")

    now = now_of(asked)
    assert (now.state, now.taken_by_name) == ("waiting", support.login_id)
    assert story_of(asked) == ["submitted", "taken", "answered", "noted", "asked"]
    assert logged() == ["Taken.", "Answered.", "Noted.", "Asked the customer."]


def test_corrected_numbers_change_the_urgency(support_client: Client, asked: CustomerRequest) -> None:
    do(support_client, asked, "affected", affected_users=19, all_users=20)

    assert (now_of(asked).urgency, story_of(asked)[-1]) == ("high", "reclassified")


def test_a_request_is_declined_with_a_reason(support_client: Client, asked: CustomerRequest) -> None:
    refused = do(support_client, asked, "decline", text=" ")
    do(support_client, asked, "decline", text="The plan does not allow it.")

    assert refused.status_code == 422
    assert (now_of(asked).state, story_of(asked)) == ("declined", ["submitted", "declined"])


def test_a_request_for_support_is_solved(support_client: Client) -> None:
    asked = ask(tenant_of(SUITE))

    do(support_client, asked, "solve", text="It was the proxy.")
    do(support_client, asked, "fulfil")

    assert story_of(asked) == ["submitted", "approved", "fulfilled"]


def test_what_was_solved_is_called_so(support_client: Client) -> None:
    asked, other = ask(tenant_of(SUITE)), ask(tenant_of(SUITE))
    do(support_client, asked, "solve", text="It was the proxy.")

    pages = [support_client.get(page_of(each)) for each in (asked, other)]
    late = do(support_client, asked, "decline", text="No.")

    assert ["Solved" in text(element(page, "content-main")) for page in pages] == [True, True]
    assert not any("Approved" in text(element(page, "content-main")) for page in pages)
    assert (late.status_code, "“Solved” by now" in late.text) == (409, True)


def test_an_upgrade_is_not_solved_without_giving_something(support_client: Client, asked: CustomerRequest) -> None:
    response = do(support_client, asked, "solve", text="Here.")

    assert (response.status_code, now_of(asked).state) == (422, "submitted")


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("answer", {"text": ""}),
        ("answer", {"text": "x" * 4001}),
        ("answer", {"text": "a\x00b"}),
        ("answer", {"text": "Hello", "form_key": "none"}),
        ("affected", {"affected_users": 3, "all_users": 2}),
        ("affected", {"affected_users": 0, "all_users": 0}),
        ("worked", {"minutes": 0, "beside": 0}),
        ("dance", {}),
        ("", {}),
    ],
)
def test_what_does_not_do_is_said_on_the_page_and_changes_nothing(
    name: str, typed: dict[str, Any], support_client: Client, asked: CustomerRequest
) -> None:
    before = rows_of(asked.tenant)

    response = do(support_client, asked, name, **typed)

    assert response.status_code == 422
    assert rows_of(asked.tenant) == before
    assert logged() == []


@pytest.mark.parametrize(
    ("name", "typed"), [("take", {}), ("ask", {"text": "How many?"}), ("decline", {"text": "No."})]
)
def test_a_page_that_is_stale_says_how_it_stands_and_keeps_what_was_typed(
    name: str, typed: dict[str, Any], support_client: Client, asked: CustomerRequest
) -> None:
    with scope_of(asked):
        withdraw(asked, by=asked.submitted_by)
    before = rows_of(asked.tenant)

    response = do(support_client, asked, name, **typed)

    assert response.status_code == 409
    assert "“Withdrawn”" in response.text
    assert rows_of(asked.tenant) == before


def test_a_double_click_does_nothing_twice(support_client: Client, asked: CustomerRequest) -> None:
    for name in ("answer", "ask", "note"):
        key = str(uuid4())
        for _ in range(2):
            assert do(support_client, asked, name, text="Once.", form_key=key).status_code == 302
    for _ in range(2):
        do(support_client, asked, "take")
    worked = [do(support_client, asked, "worked", minutes=15, beside=0).status_code for _ in range(2)]

    with scope_of(asked):
        minutes = list(SupportTime.objects.filter(request=asked).values_list("minutes", flat=True))
    assert story_of(asked) == ["submitted", "answered", "asked", "noted", "taken"]
    assert (worked, minutes) == ([302, 409], [15])


def test_a_file_is_saved_and_never_opened(support_client: Client, asked: CustomerRequest) -> None:
    with scope_of(asked):
        reply(asked, text="See.", by=asked.submitted_by, files=[Attachment("å.html", b"<script>alert(1)</script>")])
        file = asked.files.get()

    response = support_client.get(reverse("admin:licences_customerrequest_file", args=[file.pk]))

    assert response.content == b"<script>alert(1)</script>"
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_nobody_but_support_does_any_of_it(client_of: ClientOf, asked: CustomerRequest) -> None:
    client, before = client_of(asked.submitted_by), rows_of(asked.tenant)

    statuses = {do(client, asked, name, text="I approve.").status_code for name in ("take", "decline", "note")}
    statuses.add(client.post(page_of(asked, "approve"), approval(asked)).status_code)

    assert statuses <= {302, 403}
    assert rows_of(asked.tenant) == before


def test_what_never_was_is_not_found(support_client: Client) -> None:
    for address in ("999999999/change/", "nothing/change/", "999999999/approve/", "files/999999999/"):
        assert support_client.get(f"/admin/licences/customerrequest/{address}").status_code == 404

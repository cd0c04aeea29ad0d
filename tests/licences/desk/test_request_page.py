"""One request at the support desk: what the page shows, and what its buttons do."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.tenancy.scopes import support_scope
from licences.models import CustomerRequest, LicenceSet, LimitOverride, SupportTime, User
from licences.services.customer_requests import reply, take, withdraw
from licences.services.request_files import Attachment
from tests.conftest import ClientOf
from tests.factories import CustomerRequestFactory, RequestEventFactory, RequestFileFactory, scope_of
from tests.licences.desk.asking import (
    SUITE,
    ask,
    for_more,
    for_seats,
    limit_of,
    now_of,
    story_of,
    tenant_of,
)
from tests.pages import element, text
from tests.routes import rows_of

pytestmark = pytest.mark.usefixtures("demo")


def page_of(asked: CustomerRequest, name: str = "change") -> str:
    return reverse(f"admin:licences_customerrequest_{name}", args=[asked.pk])


def do(client: Client, asked: CustomerRequest, name: str, **typed: Any) -> Any:
    return client.post(page_of(asked, "act"), {name: "", "form_key": str(uuid4())} | typed)


def logged() -> list[str]:
    with support_scope("a test looks"):
        return list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True))


@pytest.fixture
def asked() -> CustomerRequest:
    return for_more(tenant_of(SUITE))


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


def approval(asked: CustomerRequest, **typed: Any) -> dict[str, Any]:
    """What the second form of the page sends for what was asked."""
    shown = {"restriction": "active-projects", "limit": 150, "looked_at": 100}
    return shown | {"approve": "1", "text": "Granted.", "fulfil_too": "on"} | typed


def test_the_approval_is_filled_in_with_the_wish_and_shows_what_it_changes(
    support_client: Client, asked: CustomerRequest
) -> None:
    before = rows_of(asked.tenant)

    response = support_client.get(page_of(asked, "approve"))

    (limit,) = response.context["preview"].limits
    assert (limit.before.limit, limit.after.limit, str(limit.after.state)) == (100, 150, "black")
    assert "97 of 150 active projects" in text(element(response, "preview"))
    assert rows_of(asked.tenant) == before


def test_approving_raises_the_limit_and_tells_the_customer(support_client: Client, asked: CustomerRequest) -> None:
    response = support_client.post(page_of(asked, "approve"), approval(asked))

    assert response.status_code == 302
    assert limit_of(asked.tenant).limit == 150
    assert story_of(asked) == ["submitted", "approved", "fulfilled"]
    assert logged() == ["Approved and fulfilled."]


@pytest.mark.parametrize("total", [10, 25])
def test_the_page_says_that_the_customer_has_to_activate_only_what_waits(total: int, support_client: Client) -> None:
    asked = for_seats(tenant_of(SUITE), "core", 5)
    with scope_of(asked):
        issue = LicenceSet.objects.latest("issue_number").issue_number
    given = {"licence": "core", "total": total, "looked_at": issue, "approve": "1"}

    page = support_client.post(page_of(asked, "approve"), given, follow=True)

    assert now_of(asked).state == "approved"
    assert ("The customer has to activate the licence set." in page.text) == (total == 10)


def test_approving_twice_gives_once(support_client: Client, asked: CustomerRequest) -> None:
    answers = [support_client.post(page_of(asked, "approve"), approval(asked)).status_code for _ in range(2)]

    with scope_of(asked):
        assert LimitOverride.objects.filter(tenant=asked.tenant).count() == 1
    assert answers == [302, 409]


@pytest.mark.parametrize(
    "typed",
    [
        {"limit": ""},
        {"limit": 150, "no_limit": "on"},
        {"limit": 0},
        {"until": "2020-01-01"},
        {"until": "9999-12-31"},
        {"restriction": "no-such-limit"},
        {"looked_at": 120},
        {"text": "x" * 4001},
    ],
)
def test_an_approval_that_does_not_do_gives_nothing(
    typed: dict[str, Any], support_client: Client, asked: CustomerRequest
) -> None:
    before = rows_of(asked.tenant)

    response = support_client.post(page_of(asked, "approve"), approval(asked, **typed))

    assert response.status_code == 422
    assert rows_of(asked.tenant) == before


def test_a_limit_for_a_time_ends_with_its_last_day_where_the_customer_is(
    support_client: Client, asked: CustomerRequest
) -> None:
    year = asked.tenant.today.year + 9

    support_client.post(page_of(asked, "approve"), approval(asked, until=f"{year}-12-31", limit="", no_limit="on"))

    now = limit_of(asked.tenant)
    assert now.limit is None
    assert now.limit_until is not None
    assert now.limit_until.astimezone(asked.tenant.zone).isoformat() == f"{year + 1}-01-01T00:00:00+01:00"


def test_a_last_day_that_is_too_far_is_said_beside_its_field(support_client: Client, asked: CustomerRequest) -> None:
    response = support_client.post(page_of(asked, "approve"), approval(asked, until="9999-12-31"))

    assert "That is more than ten years ahead. Leave it empty for ever." in response.text


def test_something_else_than_was_asked_can_be_given(support_client: Client, asked: CustomerRequest) -> None:
    page = page_of(asked, "approve") + "?gives=plan"
    growth = {"suite_plan": "growth", "total": 20}

    preview = support_client.post(page, growth | {"preview": "1"})
    looked_at = preview.context["preview"].gift.looked_at
    support_client.post(page, growth | {"approve": "1", "fulfil_too": "on", "looked_at": looked_at})

    after = tenant_of(SUITE)
    assert preview.status_code == 200
    assert after.suite_plan is not None
    assert (after.suite_plan.code, now_of(asked).state) == ("growth", "fulfilled")


def test_a_set_that_is_refused_is_an_error_of_the_form(support_client: Client) -> None:
    asked = for_seats(tenant_of(SUITE), "core", 5)
    before = rows_of(asked.tenant)
    seats = {"licence": "core", "total": 25, "looked_at": 99, "approve": "1"}

    response = support_client.post(page_of(asked, "approve"), seats)

    assert response.status_code == 422
    assert "Another licence set has come in meanwhile." in response.text
    assert rows_of(asked.tenant) == before


def test_a_set_that_waits_is_an_error_of_the_form(support_client: Client) -> None:
    tenant = tenant_of(SUITE)
    first, asked = for_seats(tenant, "core", 5), for_seats(tenant, "core", 5)
    with scope_of(tenant):
        issue = LicenceSet.objects.latest("issue_number").issue_number
    less = {"licence": "core", "total": 10, "looked_at": issue, "approve": "1"}
    support_client.post(page_of(first, "approve"), less)
    before = rows_of(tenant)

    answers = [
        support_client.get(page_of(asked, "approve")),
        support_client.post(page_of(asked, "approve"), less | {"total": 25, "looked_at": issue + 1}),
    ]

    assert [answer.status_code for answer in answers] == [200, 422]
    assert all(f"Issue {issue + 1} waits to be activated." in answer.text for answer in answers)
    assert rows_of(tenant) == before


@pytest.mark.parametrize("state", ["taken", "withdrawn"])
def test_the_page_of_an_approval_is_there_while_nothing_is_decided(
    state: str, support_client: Client, support: User, asked: CustomerRequest
) -> None:
    with support_scope("a test decides"):
        if state == "taken":
            take(asked, by=support)
        else:
            withdraw(asked, by=support)

    assert support_client.get(page_of(asked, "approve")).status_code == (200 if state == "taken" else 409)


def test_support_is_solved_not_approved(support_client: Client) -> None:
    asked = ask(tenant_of(SUITE))

    assert support_client.get(page_of(asked, "approve")).status_code == 404


def test_what_never_was_is_not_found(support_client: Client) -> None:
    for address in ("999999999/change/", "nothing/change/", "999999999/approve/", "files/999999999/"):
        assert support_client.get(f"/admin/licences/customerrequest/{address}").status_code == 404

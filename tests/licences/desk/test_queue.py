"""The queue of the support desk in Django admin: what goes first, how much time is left, and what it is narrowed to."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.tenancy.scopes import support_scope
from licences.models import CustomerRequest, ServiceClock, ServicePolicy, User
from licences.reports.desk import Standing, remaining_of, span_words
from licences.services.customer_requests import answer, note, reply
from tests.factories import CustomerRequestFactory, TenantFactory, scope_of
from tests.factories.service_level import BusinessCalendarFactory, ServiceClockFactory, ServicePolicyFactory
from tests.pages import named, table, text, tree

pytestmark = pytest.mark.django_db

QUEUE = "/admin/licences/customerrequest/"
NOON = datetime(2026, 11, 25, 11, tzinfo=UTC)
"""A Wednesday at noon in Oslo, where the desk is open from nine to five."""
MOST = 14
"""Statements, with those that begin and end the request's transaction."""


def clock(asked: CustomerRequest, **more: Any) -> ServiceClock:
    policy = ServicePolicyFactory(calendar=BusinessCalendarFactory())
    return ServiceClockFactory(request=asked, **{"policy": policy, "started_at": NOON - timedelta(days=1)} | more)


def due_in(hours: float, **more: Any) -> CustomerRequest:
    asked = CustomerRequestFactory(**more)
    clock(asked, due_at=NOON + timedelta(hours=hours))
    return asked


def shown(client: Client, **query: str) -> list[CustomerRequest]:
    response = client.get(QUEUE, query)
    assert response.status_code == 200
    return list(response.context["cl"].result_list)


def test_the_nearest_deadline_goes_first_and_security_before_it(support_client: Client) -> None:
    later, late, soon = due_in(4), due_in(-3), due_in(1)
    secret = due_in(100, is_security=True)
    waits = CustomerRequestFactory(state=CustomerRequest.State.WAITING)
    clock(waits, paused=True)

    assert shown(support_client) == [secret, late, soon, later, waits]


def test_of_two_clocks_the_nearer_one_that_runs_counts(support_client: Client) -> None:
    answered, other = CustomerRequestFactory(), due_in(2)
    clock(
        answered, metric="response", due_at=NOON - timedelta(hours=5), stopped_at=NOON - timedelta(hours=6), is_met=True
    )
    clock(answered, metric="solution", due_at=NOON + timedelta(hours=3))

    assert shown(support_client) == [other, answered]


@pytest.mark.parametrize(
    ("more", "standing", "words"),
    [
        ({"due_at": NOON - timedelta(hours=1, minutes=5)}, Standing.PAST, "1 h 5 min late"),
        ({"due_at": NOON + timedelta(hours=2)}, Standing.NEAR, "2 h left"),
        ({"due_at": NOON + timedelta(hours=2, minutes=1)}, Standing.FINE, "2 h 1 min left"),
        ({"due_at": NOON + timedelta(days=1)}, Standing.FINE, "8 h left"),
        ({"paused": True}, Standing.PAUSED, "Waits for the customer, 8 h left"),
    ],
)
def test_the_time_that_is_left_is_business_time_in_words_with_an_icon(
    more: dict[str, Any], standing: Standing, words: str, support_client: Client
) -> None:
    clock(CustomerRequestFactory(), **more)

    with time_machine.travel(NOON, tick=False):
        response = support_client.get(QUEUE)

    left = [each for each in named(tree(response), "span") if text(each) == words]
    assert [dict(each.attributes)["data-standing"] for each in left] == [standing]
    assert named(left[0], "svg")


def test_a_promise_around_the_clock_counts_the_hours_of_the_night() -> None:
    around = clock(CustomerRequestFactory(), around_the_clock=True, due_at=NOON + timedelta(days=1))

    left = remaining_of(around, NOON)

    assert (left.left, left.standing) == (timedelta(days=1), Standing.FINE)


def test_spans_are_told_in_hours_and_minutes() -> None:
    spans = [timedelta(minutes=59, seconds=59), timedelta(hours=8), timedelta(hours=30, minutes=1)]

    assert [span_words(span) for span in spans] == ["59 min", "8 h", "30 h 1 min"]


def test_what_is_closed_is_not_in_the_queue_unless_all_is_asked_for(support_client: Client, support: User) -> None:
    free = due_in(1)
    mine = due_in(2, taken_by_name=support.login_id, state=CustomerRequest.State.IN_PROGRESS)
    others = due_in(3, taken_by_name="another", state=CustomerRequest.State.IN_PROGRESS)
    closed = CustomerRequestFactory(state=CustomerRequest.State.DECLINED, closed_at=NOON)

    assert shown(support_client) == [free, mine, others]
    assert shown(support_client, queue="mine") == [mine]
    assert shown(support_client, queue="free") == [free]
    assert shown(support_client, queue="all") == [free, mine, others, closed]


def test_the_queue_is_narrowed_by_kind_urgency_state_and_tenant(support_client: Client) -> None:
    support, upgrade = due_in(1, urgency="high"), due_in(2, limit=True)

    assert shown(support_client, kind__exact="upgrade") == [upgrade]
    assert shown(support_client, urgency__exact="high") == [support]
    assert shown(support_client, state__exact="waiting") == []
    assert shown(support_client, tenant__id__exact=str(upgrade.tenant_id)) == [upgrade]


@pytest.mark.parametrize(
    "typed",
    [
        "{asked.number}",
        "r-{asked.pk}",
        "{asked.title}",
        "{tenant.serial_number}",
        "{tenant.company_name}",
    ],
)
def test_a_request_is_found_by_number_title_and_tenant(typed: str, support_client: Client) -> None:
    asked = due_in(1, title="The board is empty", tenant=TenantFactory(company_name="Skog og Hav"))
    due_in(1, title="Something else")

    assert shown(support_client, q=typed.format(asked=asked, tenant=asked.tenant)) == [asked]


def test_a_list_takes_as_many_queries_for_many_requests_as_for_2(support_client: Client) -> None:
    def queries() -> int:
        support_client.get(QUEUE)
        with CaptureQueriesContext(connection) as captured:
            shown(support_client)
        return len(captured)

    for _ in range(2):
        due_in(1, limit=True)
    few = queries()
    for _ in range(6):
        due_in(1, limit=True)

    assert queries() == few <= MOST


def test_the_head_says_what_is_late_and_how_the_promise_is_kept(support_client: Client, policy: ServicePolicy) -> None:
    with time_machine.travel(NOON, tick=False):
        late, _fine = due_in(-1), due_in(1)
        done = CustomerRequestFactory(tenant=late.tenant, state="approved")
        clock(done, due_at=NOON, stopped_at=NOON - timedelta(hours=1), is_met=True)

        head = support_client.get(QUEUE).context["head"]
        of_one = support_client.get(QUEUE, {"tenant__id__exact": late.tenant_id}).context["head"]

    solution = next(each for each in head.attainment if each.metric == "solution")
    assert (head.open, head.late, head.waiting) == (3, 1, 0)
    assert (solution.met, solution.closed, head.month) == (1, 2, None)
    assert (of_one.open, of_one.month is not None) == (2, True)


def test_the_queue_says_solved_of_support_and_approved_of_upgrades(support_client: Client) -> None:
    asked, wished = CustomerRequestFactory(state="approved"), CustomerRequestFactory(state="approved", limit=True)

    response = support_client.get(QUEUE)

    rows = [" ".join(cells) for cells in table(response, "result_list")]
    for request, state in ((asked, "Solved"), (wished, "Approved")):
        (row,) = [row for row in rows if request.number in row]
        assert [word for word in ("Solved", "Approved") if word in row] == [state]


def test_a_reply_that_nobody_has_answered_stands_out_even_when_all_is_solved(
    support_client: Client, administrator: User, support: User
) -> None:
    def row() -> str:
        rows = [" ".join(cells) for cells in table(support_client.get(QUEUE), "result_list")]
        (of_it,) = [row for row in rows if asked.number in row]
        return of_it

    asked = CustomerRequestFactory(tenant=administrator.tenant, state="approved")
    before = row()
    with scope_of(asked):
        reply(asked, text="It is back.", by=administrator)
    after = row()
    with support_scope("a test answers"):
        note(asked, text="They say it is back.", by=support)
        noted = row()
        answer(asked, text="We look into it.", by=support)

    assert ["Customer replied" in each for each in (before, after, noted, row())] == [False, True, True, False]


def test_the_filter_names_both_words_for_what_is_done(support_client: Client) -> None:
    CustomerRequestFactory()

    assert "Approved or solved" in support_client.get(QUEUE).text


def test_each_request_leads_to_its_page(support_client: Client) -> None:
    asked = due_in(1)

    response = support_client.get(QUEUE)

    assert f'href="{reverse("admin:licences_customerrequest_change", args=[asked.pk])}"' in response.text

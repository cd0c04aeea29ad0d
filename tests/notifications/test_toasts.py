"""Own jobs that end pop up once, wherever one is, with the way to what came of them."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from licences.models import User
from notifications.models import SystemEvent
from tests.conftest import ClientOf
from tests.factories import (
    JobFactory,
    NoticeFactory,
    SystemEventFactory,
    UserFactory,
    scope_of,
)
from tests.notifications.now import NOON, NOW, STATUS, asked, poll_of, poll_of_part, toasts

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_of: ClientOf, member: User) -> Client:
    return client_of(member)


@pytest.mark.parametrize(
    ("status", "kind", "word"),
    [("succeeded", "success", "Succeeded"), ("failed", "error", "Failed"), ("cancelled", "info", "Cancelled")],
)
def test_an_own_job_that_ended_pops_up_with_its_outcome_and_the_way_to_it(
    status: str, kind: str, word: str, client: Client, member: User
) -> None:
    job = JobFactory(tenant=member.tenant, ended=True, event__activated_by=member, event__status=status)
    with scope_of(job):
        SystemEvent.objects.filter(pk=job.event_id).update(message="<b>All</b> right.")

    response = asked(client, f"{NOW}?watch={job.event_id}")

    assert toasts(response) == [f"Recount {word} <b>All</b> right."]
    assert b"<b>All" not in response.content
    assert f'data-kind="{kind}"' in response.content.decode()
    assert f'href="/notifications/{job.event_id}/"' in response.content.decode()
    assert poll_of_part(response)["data-watch"] == ""


def test_it_pops_up_until_the_browser_has_heard_it_and_then_no_more(client: Client, member: User) -> None:
    job = SystemEventFactory(tenant=member.tenant, activated_by=member)
    watching = poll_of(client.get(STATUS))["hx-get"]
    before = asked(client, watching)
    with scope_of(job):
        SystemEvent.objects.filter(pk=job.pk).update(status="succeeded", finished_at=NOON)

    told, told_again = asked(client, watching, **{"If-None-Match": before["ETag"]}), asked(client, watching)

    assert (toasts(before), len(toasts(told)), len(toasts(told_again))) == ([], 1, 1)
    assert poll_of_part(told)["hx-get"] == NOW
    assert toasts(asked(client)) == []


def test_jobs_of_others_what_runs_still_and_notices_do_not_pop_up(client: Client, member: User, outsider: User) -> None:
    events = [
        SystemEventFactory(tenant=member.tenant, ended=True, activated_by=UserFactory(tenant=member.tenant)),
        SystemEventFactory(tenant=member.tenant, ended=True),
        SystemEventFactory(tenant=member.tenant, activated_by=member),
        SystemEventFactory(tenant=outsider.tenant, ended=True, activated_by=outsider),
        SystemEventFactory(tenant=member.tenant, ended=True, activated_by=member, source="https://crm.example"),
        NoticeFactory(tenant=member.tenant, ended=True, activated_by=member),
    ]

    response = asked(client, f"{NOW}?watch={','.join(str(event.pk) for event in events)}")

    assert toasts(response) == []


def test_the_page_of_the_very_event_needs_no_toast(client: Client, member: User) -> None:
    event = SystemEventFactory(tenant=member.tenant, ended=True, activated_by=member)
    own = f"http://testserver/notifications/{event.pk}/?show=mine"

    response = asked(client, f"{NOW}?watch={event.pk}", **{"HX-Current-URL": own})

    assert toasts(response) == []


def test_the_page_of_the_import_needs_no_toast_of_its_jobs(client: Client, member: User) -> None:
    job = JobFactory(
        tenant=member.tenant,
        ended=True,
        event__key="ImportCheck",
        event__activated_by=member,
        kind="import_check",
        subject=7,
    )
    own, other = (f"http://testserver/notifications/imports/{pk}/" for pk in (7, 8))

    on_its_page = asked(client, f"{NOW}?watch={job.event_id}", **{"HX-Current-URL": own})
    elsewhere = asked(client, f"{NOW}?watch={job.event_id}", **{"HX-Current-URL": other})

    assert (toasts(on_its_page), len(toasts(elsewhere))) == ([], 1)


def test_of_very_many_the_newest_are_watched(client: Client, member: User) -> None:
    events = [SystemEventFactory(tenant=member.tenant, ended=True, activated_by=member) for _ in range(25)]

    response = asked(client, f"{NOW}?watch={','.join(str(event.pk) for event in events)}")

    assert len(toasts(response)) == 20


@pytest.mark.parametrize("who", ["administrator", "member"])
def test_the_toast_of_an_import_leads_to_the_import_where_one_may_see_it(
    who: str, request: pytest.FixtureRequest, client_of: ClientOf
) -> None:
    user = request.getfixturevalue(who)
    job = JobFactory(
        tenant=user.tenant,
        ended=True,
        event__key="ImportUsers",
        event__activated_by=user,
        kind="import_run",
        subject=7,
    )

    response = asked(client_of(user), f"{NOW}?watch={job.event_id}")

    leads_to_import = reverse("notifications:import_file", args=[7]) in response.content.decode()
    leads_to_event = reverse("notifications:event", args=[job.event_id]) in response.content.decode()
    assert (leads_to_import, leads_to_event) == ((True, False) if who == "administrator" else (False, True))


def test_many_imports_that_ended_cost_one_query(client_of: ClientOf, administrator: User) -> None:
    jobs = [
        JobFactory(
            tenant=administrator.tenant,
            ended=True,
            event__key="ImportUsers",
            event__run=str(number),
            event__activated_by=administrator,
            subject=7,
        )
        for number in range(5)
    ]
    client = client_of(administrator)

    with CaptureQueriesContext(connection) as queries:
        asked(client, f"{NOW}?watch={','.join(str(job.event_id) for job in jobs)}")

    assert sum("notifications_job" in query["sql"] for query in queries) == 1

"""What is told of the selected event, to whom, and what can be done about it from there."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from licences.models import Tenant, User
from notifications.event_kinds import Notice
from notifications.jobs.counter_regeneration import CounterRegeneration
from notifications.models import Job, SystemEvent
from notifications.services.tracker import start_job, work
from tests.conftest import ClientOf
from tests.factories import JobFactory, SystemEventFactory, scope_of
from tests.notifications.jobs import now, take
from tests.pages import element, links, named, text, walk

pytestmark = pytest.mark.django_db

AT = datetime(2026, 7, 14, 8, 30, tzinfo=UTC)
CRM = "https://crm.nordlys.example"
TAB = reverse("notifications:events")


@pytest.fixture
def tenant(administrator: User) -> Tenant:
    return administrator.tenant


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


@pytest.fixture
def job(administrator: User) -> Job:
    """A counter regeneration of the administrator's that waits for a worker."""
    with scope_of(administrator):
        event = start_job(CounterRegeneration(), tenant=administrator.tenant, by=administrator)
        return Job.objects.get(event=event)


def address(event: SystemEvent, name: str = "event", **query: str) -> str:
    return reverse(f"notifications:{name}", args=[event.pk], query=query)


def told(client: Client, event: SystemEvent) -> str:
    return text(element(client.get(address(event)), "described"))


def offered(client: Client, event: SystemEvent) -> set[str]:
    """The ids of what can be pressed there."""
    detail = element(client.get(address(event)), "described")
    return {dict(thing.attributes).get("id", "") for thing in named(detail, "a", "button")} & {"cancel", "retry"}


def test_what_it_took_is_told(client: Client, tenant: Tenant) -> None:
    event = SystemEventFactory(
        tenant=tenant,
        ended=True,
        done=12_500,
        total=12_500,
        source=CRM,
        activated_at=AT,
        started_at=AT,
        finished_at=AT + timedelta(seconds=125),
    )

    said = told(client, event)

    assert "Reported by https://crm.nordlys.example" in said
    assert "Run time 2 min 5 s" in said
    assert "Rows 12,500 rows 100 rows/s" in said
    assert "Finished 14 Jul 2026 10:32" in said


def test_the_reason_of_a_failure_comes_first(client: Client, tenant: Tenant) -> None:
    event = SystemEventFactory(
        tenant=tenant,
        status="failed",
        finished_at=AT,
        message="The file was never sent to the end.",
        description="It reads a file.",
    )

    said = told(client, event)

    assert said.index("The file was never sent to the end.") < said.index("It reads a file.")


def test_the_log_tells_each_step_with_who_took_it(client: Client, job: Job, administrator: User) -> None:
    work(take(job), CounterRegeneration())

    steps = [text(step) for step in named(element(client.get(address(now(job).event)), "described"), "li")]

    assert [step.split(" ", 4)[-1] for step in steps] == [
        f"Queued {administrator.login_id}",
        "Running The system",
        f"Succeeded: {now(job).event.message} The system",
    ]


@pytest.mark.parametrize(
    ("key", "source", "can"),
    [
        ("UDefRebuild", CRM, set()),
        ("FreetextRebuild", CRM, {"cancel"}),
        ("Anything", CRM, {"cancel"}),
        (Notice.NO_LOGIN.value, SystemEvent.CONSOLE, set()),
    ],
)
def test_cancel_is_offered_where_it_can_be(
    client: Client, tenant: Tenant, key: str, source: str, can: set[str]
) -> None:
    assert offered(client, SystemEventFactory(tenant=tenant, key=key, source=source)) == can


def test_what_cannot_be_cancelled_says_why(client: Client, tenant: Tenant) -> None:
    event = SystemEventFactory(tenant=tenant, key="UDefRebuild", source=CRM)

    assert "Cannot be cancelled. Stopping halfway would leave the custom fields unusable." in told(client, event)


def test_once_it_was_asked_for_nobody_is_offered_it_again(client: Client, tenant: Tenant) -> None:
    event = SystemEventFactory(tenant=tenant, key="Anything", source=CRM, cancel_asked_at=AT)

    assert offered(client, event) == set()
    assert "it stops before its next step" in told(client, event)


def test_retry_is_offered_for_a_job_of_the_console_that_has_stopped(client: Client, tenant: Tenant) -> None:
    kind, stopped = CounterRegeneration, {"event__status": "failed"}
    failed = JobFactory(tenant=tenant, ended=True, kind=kind.code, event__key=kind.key, **stopped)
    succeeded = JobFactory(tenant=tenant, ended=True, kind=kind.code)
    gone = JobFactory(tenant=tenant, ended=True, kind="gone", **stopped)
    products = SystemEventFactory(tenant=tenant, source=CRM, status="failed", finished_at=AT)

    assert offered(client, failed.event) == {"retry"}
    assert [offered(client, event) for event in (succeeded.event, gone.event, products)] == [set()] * 3


def test_what_was_started_again_leads_to_its_latest_run(client: Client, tenant: Tenant) -> None:
    kind = CounterRegeneration
    old, _middle, latest = (
        JobFactory(
            tenant=tenant, ended=True, kind=kind.code, event__key=kind.key, event__run=str(run), event__status="failed"
        )
        for run in range(3)
    )

    assert offered(client, old.event) == set()
    assert address(latest.event) in links(client.get(address(old.event)), "described").values()


@pytest.mark.parametrize("key", ["Anything", "UDefRebuild"])
def test_a_member_reads_and_does_nothing(client_of: ClientOf, member: User, key: str) -> None:
    event = SystemEventFactory(tenant=member.tenant, key=key, source=CRM, description="It reads a file.")
    client = client_of(member)

    page = client.get(address(event))

    assert "It reads a file." in told(client, event)
    assert "Cannot be cancelled" not in told(client, event)
    assert offered(client, event) == set()
    assert named(element(page, "detail"), "form") == []
    assert client.post(address(event, "cancel")).status_code == client.post(address(event, "retry")).status_code == 403


def test_cancelling_asks_at_once_where_there_is_nothing_to_warn_of(client: Client, job: Job) -> None:
    response = client.post(address(now(job).event, "cancel", show="active"), follow=True)

    assert response.redirect_chain[-1][0] == address(now(job).event, show="active")
    assert now(job).event.status == "cancelled"
    assert "It was cancelled." in text(element(response, "messages"))


def test_cancelling_what_runs_says_that_it_stops_before_its_next_step(client: Client, job: Job) -> None:
    take(job)

    response = client.post(address(now(job).event, "cancel"), follow=True)
    again = client.post(address(now(job).event, "cancel"), follow=True)

    assert "It stops before its next step." in text(element(response, "messages"))
    assert "It was asked to stop before" in text(element(again, "messages"))


def test_a_warning_is_read_and_confirmed_before(client: Client, tenant: Tenant) -> None:
    event = SystemEventFactory(tenant=tenant, key="PrototypeRebuild", source=CRM)

    unconfirmed = client.post(address(event, "cancel", show="mine"))
    page = client.get(address(event, "cancel", show="mine"))
    confirmed = client.post(address(event, "cancel", show="mine"), {"confirmed": "1"}, follow=True)

    assert unconfirmed["Location"] == address(event, "cancel", show="mine")
    assert "Travel stays unusable" in text(element(page, "main"))
    assert links(page)["Leave it running"] == address(event, show="mine")
    assert "It was cancelled." in text(element(confirmed, "messages"))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"key": "UDefRebuild"}, "Stopping halfway"),
        ({"ended": True}, "it has ended"),
    ],
)
def test_what_cannot_be_cancelled_says_so_whoever_asks(
    client: Client, tenant: Tenant, values: dict[str, object], said: str
) -> None:
    event = SystemEventFactory(tenant=tenant, source=CRM, **values)

    page = client.get(address(event, "cancel"))
    response = client.post(address(event, "cancel"), {"confirmed": "1"}, follow=True)

    assert said in text(element(page, "main"))
    assert not [thing for thing in walk(element(page, "main")) if ("id", "confirm") in thing.attributes]
    assert said in text(element(response, "messages"))


def test_trying_again_shows_the_new_run(client: Client, tenant: Tenant) -> None:
    kind = CounterRegeneration
    old = JobFactory(tenant=tenant, ended=True, kind=kind.code, event__key=kind.key, event__status="failed")

    response = client.post(address(old.event, "retry"))
    again = client.post(address(old.event, "retry"), follow=True)

    with scope_of(tenant):
        new = Job.objects.exclude(pk=old.pk).get()
        assert SystemEvent.objects.get(pk=new.event_id).status == "queued"
    assert response["Location"] == reverse("notifications:event", args=[new.event_id])
    assert "It cannot be tried again" in text(element(again, "messages"))


def test_trying_again_while_a_product_does_the_same_says_so(client: Client, tenant: Tenant) -> None:
    kind = CounterRegeneration
    old = JobFactory(tenant=tenant, ended=True, kind=kind.code, event__key=kind.key, event__status="failed")
    SystemEventFactory(tenant=tenant, key=kind.key, source=CRM)

    response = client.post(address(old.event, "retry"), follow=True)

    assert "The same is under way already" in text(element(response, "messages"))

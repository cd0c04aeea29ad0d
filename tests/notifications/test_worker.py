"""The tracked job in a real worker, whatever is killed on the way: nothing lost, nothing twice, an end in sight."""

import time
from collections.abc import Callable, Iterator

import pytest
from django.urls import reverse

from config.processes import Children
from config.tenancy.scopes import tenant_scope
from licences.models import CounterDifference, Licence, LicenceType, Tenant, User
from notifications.jobs.counter_regeneration import CounterRegeneration
from notifications.models import Job, SystemEvent
from tests.config.supervised import scratch_directory
from tests.conftest import ClientOf
from tests.factories import LicenceSetFactory, behind_the_policies, scope_of
from tests.notifications.jobs import let_lease_expire, now, start
from tests.notifications.processes import Console, wait_until
from tests.proof import PROOF

pytestmark = pytest.mark.django_db(transaction=True)

Act = Callable[[Console, str], None]

KILLS = 20 if PROOF else 2
LICENCES = 6000 if PROOF else 1000
A_WAIT = 4
"""Every so many kills the lease is left to expire by itself."""


@pytest.fixture
def console(transactional_db: None) -> Iterator[Console]:
    """A broker that runs, and web, worker and beat that can be started."""
    with scratch_directory() as directory, Children(directory) as children:
        console = Console(children, directory)
        console.start("broker")
        yield console
        console.end()
        print(console.logs())  # noqa: T201 - shown when the test fails


def tenant_of(licences: int) -> Tenant:
    """Has so many licences that nobody holds and whose counters say 1, so that a recount leaves a mark for each."""
    licence_set = LicenceSetFactory()
    with behind_the_policies():
        types = LicenceType.objects.bulk_create(
            LicenceType(owner=licence_set.owner, code=f"n-{n}", name=f"{n}", kind="user", sort_order=n)
            for n in range(licences)
        )
    with scope_of(licence_set):
        Licence.objects.bulk_create(
            Licence(tenant=licence_set.tenant, licence_set=licence_set, type=kind, name=kind.name, total=9, in_use=1)
            for kind in types
        )
    return licence_set.tenant


def done(job: Job) -> int:
    return now(job).event.done or 0


def has_ended(job: Job) -> bool:
    return now(job).ended_at is not None


def assert_done_exactly_once(job: Job) -> None:
    """Every counter was put right, none was forgotten and none was put right twice."""
    event = now(job).event
    with tenant_scope(job.tenant_id):
        marks = list(CounterDifference.objects.values_list("subject", flat=True))
        total, still_wrong = Licence.objects.count(), Licence.objects.exclude(in_use=0).count()
    assert (event.status, event.percent, event.done, event.total) == ("succeeded", 100, total, total)
    assert {"lost": total - len(set(marks)), "twice": len(marks) - len(set(marks)), "wrong": still_wrong} == {
        "lost": 0,
        "twice": 0,
        "wrong": 0,
    }


def test_killing_the_worker_again_and_again_loses_and_doubles_nothing(console: Console) -> None:
    job, reached = start(tenant_of(licences=LICENCES), CounterRegeneration()), 0
    console.start("beat", "beat2", "worker")

    for kill in range(1, KILLS + 1):
        wait_until(lambda: done(job) > reached, f"progress after {kill - 1} kills")  # noqa: B023 - called at once
        console.kill("worker")
        reached = done(job)
        assert not has_ended(job), "the job is too short for so many kills"
        if kill % A_WAIT:
            let_lease_expire(job)
        console.start("worker")

    wait_until(lambda: has_ended(job), "the end", 120)
    assert_done_exactly_once(job)


def test_when_only_the_working_process_is_killed_its_worker_goes_on(console: Console) -> None:
    job = start(tenant_of(licences=400), CounterRegeneration())
    console.start("beat", "worker")
    wait_until(lambda: done(job), "the first chunk")

    worker = console.process("worker")
    for child in worker.children():
        child.kill()
    assert not has_ended(job)
    let_lease_expire(job)

    wait_until(lambda: has_ended(job), "the end")
    assert worker.is_running()
    assert console.process("worker") == worker
    assert_done_exactly_once(job)


def test_a_flushed_broker_loses_no_job(console: Console) -> None:
    job = start(tenant_of(licences=400), CounterRegeneration())
    console.start("beat")
    with console.broker() as broker:
        wait_until(lambda: broker.llen("sweeps"), "a message of beat's")
        broker.flushall()

    console.start("worker")

    wait_until(lambda: has_ended(job), "the end")
    assert_done_exactly_once(job)


@pytest.mark.parametrize(
    ("disturb", "mend"), [(Console.kill, Console.start), (Console.freeze, Console.thaw)], ids=["gone", "frozen"]
)
def test_without_a_broker_the_request_answers_and_the_job_runs_once_it_is_back(
    console: Console, administrator: User, client_of: ClientOf, disturb: Act, mend: Act
) -> None:
    client = client_of(administrator)
    console.start("beat", "worker", "web")
    disturb(console, "broker")
    began = time.monotonic()

    status = console.post(reverse("notifications:regenerate"), client)

    answered_after = time.monotonic() - began
    with scope_of(administrator):
        job = Job.objects.get()
    assert (status, now(job).event.status) == (302, SystemEvent.Status.QUEUED)
    assert answered_after < 12
    mend(console, "broker")
    wait_until(lambda: has_ended(job), "the end")
    assert now(job).event.status == SystemEvent.Status.SUCCEEDED


@pytest.mark.proof
def test_a_worker_that_freezes_and_comes_back_late_changes_nothing(console: Console) -> None:
    """Frozen in the middle of a chunk it holds the job's row until PostgreSQL ends its idle transaction."""
    job = start(tenant_of(licences=400), CounterRegeneration())
    console.start("beat", "worker")
    wait_until(lambda: done(job), "the first chunk")

    console.freeze("worker")
    console.start("worker2")
    wait_until(lambda: has_ended(job), "the end", 180)
    console.thaw("worker")
    wait_until(lambda: "job_left_to_others" in console.logs(), "the word of the worker that came back")

    assert_done_exactly_once(job)

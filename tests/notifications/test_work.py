"""Running a job: chunk by chunk, each wholly or not at all, by the latest holder only; what has ended stays so."""

from datetime import timedelta

import pytest
import time_machine
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError
from django.utils import timezone

from licences.models import Tenant
from notifications.models import Job, SystemEvent
from notifications.services.job_kinds import Step
from notifications.services.tracker import LEASE, MAX_ATTEMPTS, PROGRESS_EVERY, LeaseLost, claim, fail, run_chunk, work
from tests.factories import TenantFactory
from tests.notifications.jobs import Marking, let_lease_expire, marks, now, start, take

pytestmark = pytest.mark.django_db

ROWS = ["1", "2", "3", "4", "5"]


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory()


def test_every_row_is_done_once_and_in_order(tenant: Tenant) -> None:
    job = start(tenant)

    work(take(job), Marking())

    event = now(job).event
    assert marks(tenant) == ROWS
    assert (event.status, event.percent, event.done, event.total) == ("succeeded", 100, 5, 5)
    assert (event.message, event.description) == ("5 rows marked.", "Marks rows.")
    assert now(job).ended_at == event.finished_at


def test_the_percentage_reaches_100_only_in_the_end(tenant: Tenant) -> None:
    job, kind = start(tenant), Marking(rows=6)
    lease, seen = take(job), []

    with time_machine.travel(timezone.now(), tick=False) as clock:
        while run_chunk(lease, kind):
            seen.append((now(job).event.status, now(job).event.percent, now(job).event.done))
            clock.shift(PROGRESS_EVERY)

    assert seen == [("running", 33, 2), ("running", 66, 4), ("running", 99, 6)]
    assert now(job).event.percent == 100


def test_progress_is_written_twice_a_second_at_most_and_the_cursor_with_each_chunk(tenant: Tenant) -> None:
    job, kind = start(tenant), Marking(rows=8)
    lease, seen = take(job), []

    with time_machine.travel(timezone.now(), tick=False) as clock:
        while run_chunk(lease, kind):
            seen.append((now(job).event.done, now(job).done, now(job).cursor))
            clock.shift(PROGRESS_EVERY / 2)

    assert seen == [(2, 2, 2), (2, 4, 4), (6, 6, 6), (6, 8, 8)]
    assert now(job).event.done == 8


def test_the_end_is_expected_at_the_pace_so_far(tenant: Tenant) -> None:
    job, kind = start(tenant), Marking(rows=6)
    lease, started = take(job), timezone.now()

    with time_machine.travel(started, tick=False) as clock:
        run_chunk(lease, kind)
        clock.shift(60)
        run_chunk(lease, kind)

    assert now(job).event.expected_at == started + timedelta(seconds=90)
    work(lease, kind)
    assert now(job).event.expected_at is None


def test_signs_of_life_do_not_save_a_job_that_kills_its_workers(tenant: Tenant) -> None:
    class Alive(Marking):
        def step(self, job: Job) -> Step:
            return Step(cursor=job.cursor, rows=0)

    job = start(tenant)
    for _ in range(MAX_ATTEMPTS):
        run_chunk(take(job), Alive())
        let_lease_expire(job)

    assert claim(job.tenant_id, job.pk, {}) is None
    assert now(job).event.status == SystemEvent.Status.FAILED


def test_nothing_to_do_is_done_at_once(tenant: Tenant) -> None:
    job = start(tenant)

    work(take(job), Marking(rows=0))

    event = now(job).event
    assert (event.status, event.percent, event.done, event.total) == ("succeeded", 100, 0, 0)


def test_rows_that_come_while_it_runs_are_counted_in(tenant: Tenant) -> None:
    job, kind = start(tenant), Marking(rows=2)
    lease = take(job)
    run_chunk(lease, kind)

    kind.rows = 5
    work(lease, kind)

    event = now(job).event
    assert (event.status, event.done, event.total) == ("succeeded", 5, 5)


def test_each_chunk_is_a_sign_of_life_and_prolongs_the_lease(tenant: Tenant) -> None:
    job = start(tenant)
    lease = take(job)
    let_lease_expire(job)
    before = timezone.now()

    run_chunk(lease, Marking())

    assert now(job).event.heartbeat_at >= before
    assert now(job).lease_until >= before + LEASE - timedelta(seconds=5)


def test_a_chunk_that_raises_fails_the_job_and_leaves_no_half_of_it(tenant: Tenant) -> None:
    job = start(tenant)

    work(take(job), Marking(stumbles_at=3))

    event = now(job).event
    assert event.status == SystemEvent.Status.FAILED
    assert "An error stopped it" in event.message
    assert event.finished_at is not None
    assert marks(tenant) == ["1", "2"]
    assert (event.done, event.percent) == (2, 40)


@pytest.mark.parametrize("error", [OperationalError(), SoftTimeLimitExceeded()], ids=["database", "clock"])
def test_what_the_database_or_the_clock_stops_is_left_to_the_next_worker(tenant: Tenant, error: Exception) -> None:
    job = start(tenant)

    work(take(job), Marking(stumbles_at=4, error=error))

    assert marks(tenant) == ["1", "2"]
    assert now(job).event.status == SystemEvent.Status.RUNNING
    let_lease_expire(job)
    work(take(job), Marking())
    assert marks(tenant) == ROWS


def test_a_worker_that_comes_back_too_late_does_nothing(tenant: Tenant) -> None:
    job, kind = start(tenant), Marking()
    old = take(job)
    run_chunk(old, kind)
    let_lease_expire(job)
    new = take(job)

    with pytest.raises(LeaseLost):
        run_chunk(old, kind)
    work(old, kind)
    fail(old, kind, "I have lost my way")

    assert marks(tenant) == ["1", "2"]
    assert now(job).event.status == SystemEvent.Status.RUNNING
    work(new, kind)
    assert marks(tenant) == ROWS
    assert now(job).event.status == SystemEvent.Status.SUCCEEDED


def test_the_next_worker_goes_on_where_the_last_one_was(tenant: Tenant) -> None:
    job, kind = start(tenant), Marking()
    run_chunk(take(job), kind)
    let_lease_expire(job)

    work(take(job), kind)

    assert marks(tenant) == ROWS


@pytest.mark.parametrize("stumbles_at", [None, 3], ids=["succeeded", "failed"])
def test_what_has_ended_never_changes_again(tenant: Tenant, stumbles_at: int | None) -> None:
    job = start(tenant)
    lease = take(job)
    work(lease, Marking(stumbles_at=stumbles_at))
    ended, marked = now(job), marks(tenant)

    with pytest.raises(LeaseLost):
        run_chunk(lease, Marking())
    fail(lease, Marking(), "Too late")
    work(lease, Marking())

    assert claim(job.tenant_id, job.pk) is None
    assert vars_of(now(job)) == vars_of(ended)
    assert marks(tenant) == marked


def vars_of(job: object) -> dict[str, object]:
    """Every stored value of the job and its event."""
    return {
        f"{thing._meta.model_name}.{field.name}": getattr(thing, field.attname)
        for thing in (job, job.event)
        for field in thing._meta.concrete_fields
    }

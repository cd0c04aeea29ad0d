"""Who may work on a job: one at a time, by the database's clock, and not for ever."""

import pytest

from notifications.models import SystemEvent
from notifications.services.tracker import MAX_ATTEMPTS, claim, due_jobs, run_chunk
from tests.factories import JobFactory, TenantFactory
from tests.notifications.jobs import Marking, let_lease_expire, now, start, take
from tests.threads import at_once


@pytest.mark.django_db
def test_a_job_is_claimed_once() -> None:
    job = start(TenantFactory())

    lease = take(job)

    assert (lease.job_id, lease.tenant_id, lease.kind, lease.token) == (job.pk, job.tenant_id, "marking", 1)
    assert claim(job.tenant_id, job.pk) is None


@pytest.mark.django_db
def test_when_its_lease_has_expired_the_next_one_gets_a_higher_token() -> None:
    job = start(TenantFactory())
    first = take(job)

    let_lease_expire(job)

    assert take(job).token > first.token


@pytest.mark.django_db
def test_a_job_that_has_ended_is_nobodys() -> None:
    job = JobFactory(ended=True)

    assert claim(job.tenant_id, job.pk) is None


@pytest.mark.django_db
def test_a_job_of_another_tenant_cannot_be_claimed() -> None:
    job = start(TenantFactory())

    assert claim(TenantFactory().pk, job.pk) is None
    assert now(job).token == 0


@pytest.mark.django_db
def test_a_job_that_is_not_there_cannot_be_claimed() -> None:
    assert claim(TenantFactory().pk, 4711) is None


@pytest.mark.django_db(transaction=True)
def test_of_16_who_claim_it_at_once_one_gets_it() -> None:
    job = start(TenantFactory())

    outcomes = at_once([lambda: claim(job.tenant_id, job.pk)] * 16)

    (lease,) = [outcome for outcome in outcomes if outcome is not None]
    assert lease.token == now(job).token == 1


@pytest.mark.django_db
def test_a_job_that_keeps_ending_its_worker_is_given_up_with_a_reason() -> None:
    job = start(TenantFactory())
    for _ in range(MAX_ATTEMPTS):
        take(job)
        let_lease_expire(job)

    assert claim(job.tenant_id, job.pk) is None

    ended = now(job)
    assert ended.event.status == SystemEvent.Status.FAILED
    assert f"{MAX_ATTEMPTS} times" in ended.event.message
    assert ended.event.finished_at is not None
    assert ended.ended_at is not None


@pytest.mark.django_db
def test_a_chunk_that_gets_done_starts_the_count_anew() -> None:
    job, kind = start(TenantFactory()), Marking(rows=100)

    for _ in range(MAX_ATTEMPTS + 2):
        run_chunk(take(job), kind)
        let_lease_expire(job)

    assert now(job).event.status == SystemEvent.Status.RUNNING


@pytest.mark.django_db
def test_due_are_the_jobs_of_every_tenant_that_nobody_has() -> None:
    waiting, abandoned, taken = (start(TenantFactory()) for _ in range(3))
    JobFactory(ended=True)
    take(taken)
    take(abandoned)
    let_lease_expire(abandoned)

    assert due_jobs() == [(job.tenant_id, job.pk) for job in (waiting, abandoned)]

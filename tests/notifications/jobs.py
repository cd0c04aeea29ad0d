"""A long job for tests: each row of it leaves a mark that can be counted."""

from datetime import timedelta

from django.utils import timezone

from config.tenancy.scopes import tenant_scope
from licences.models import CounterDifference, Tenant
from notifications.models import Job
from notifications.services.job_kinds import JobKind, Step
from notifications.services.tracker import Lease, claim, start_job
from tests.factories import scope_of


class Marking(JobKind):
    """Marks `rows` rows, two in a chunk; at row `stumbles_at`, with its chunk half done, it raises `error`."""

    code = "marking"
    key = "Marking"
    name = "Marking"
    description = "Marks rows."

    def __init__(self, rows: int = 5, *, stumbles_at: int | None = None, error: Exception | None = None) -> None:
        self.rows, self.stumbles_at, self.error = rows, stumbles_at, error or ArithmeticError()

    def total(self, job: Job) -> int:
        return self.rows

    def step(self, job: Job) -> Step | None:
        chunk = range(job.cursor + 1, min(job.cursor + 2, self.rows) + 1)
        for row in chunk:
            CounterDifference.objects.create(
                tenant=job.event.tenant, counter="mark", subject=str(row), stored=0, counted=0, found_at=timezone.now()
            )
            if row == self.stumbles_at:
                raise self.error
        return Step(cursor=chunk[-1], rows=len(chunk)) if chunk else None

    def summary(self, job: Job) -> str:
        return f"{job.done} rows marked."


def start(tenant: Tenant, kind: JobKind | None = None) -> Job:
    """A job that is due."""
    with scope_of(tenant):
        event = start_job(kind or Marking(), tenant=tenant, by=None)
        return Job.objects.get(event=event)


def take(job: Job) -> Lease:
    """A lease on the job, which must be due."""
    lease = claim(job.tenant_id, job.pk)
    assert lease is not None
    return lease


def let_lease_expire(job: Job) -> None:
    """Time passes, for this job."""
    with tenant_scope(job.tenant_id):
        Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def now(job: Job) -> Job:
    """The job and its event as they are stored."""
    with tenant_scope(job.tenant_id):
        return Job.objects.select_related("event__tenant").get(pk=job.pk)


def marks(tenant: Tenant) -> list[str]:
    """The rows that are marked, in the order in which that happened."""
    with scope_of(tenant):
        return list(CounterDifference.objects.order_by("pk").values_list("subject", flat=True))

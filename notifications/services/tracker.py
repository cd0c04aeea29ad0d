"""Start long work, hand it out, run it chunk by chunk, end it: once, whatever is killed on the way (docs/adr/0004).

PostgreSQL remembers: a job has a lease and a fencing token, and each chunk is one transaction that proves the token,
does its part of the work and moves the cursor. So a chunk is done wholly or not at all, by the latest holder only.
"""

from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import Tenant, User
from notifications.models import Job, SystemEvent

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=20)
MAX_ATTEMPTS = 5
"""A job that is left this often in a row, without a chunk in between, is failed."""


class AlreadyActive(Exception):
    """The same event is queued or running: one at a time."""


class LeaseLost(Exception):
    """Somebody else has the job now, or it has ended."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one chunk did: where the next one starts, and how many rows this one dealt with."""

    cursor: int
    rows: int


class JobKind(ABC):
    """A long job: how much there is to do, one chunk of it, and what to say in the end."""

    code: ClassVar[str]
    key: ClassVar[str]
    name: "ClassVar[StrOrPromise]"
    description: "ClassVar[StrOrPromise]"

    @abstractmethod
    def total(self, tenant: Tenant) -> int:
        """How many rows there are to do; asked once, when the job first runs."""

    @abstractmethod
    def step(self, event: SystemEvent, *, cursor: int) -> Step | None:
        """Do the chunk after `cursor`, in the running transaction; None when nothing is left."""

    @abstractmethod
    def summary(self, event: SystemEvent) -> str:
        """The Message column in the end, at most 254 characters."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a job, until it expires or is taken over."""

    job_id: int
    tenant_id: int
    kind: str
    token: int


def start_job(kind: JobKind, *, tenant: Tenant, by: User | None) -> SystemEvent:
    """Write down that the job is due. Raises AlreadyActive when it is queued or running."""
    now = timezone.now()
    try:
        with transaction.atomic():
            event = SystemEvent.objects.create(
                tenant=tenant,
                key=kind.key,
                run=f"{now:%Y%m%dT%H%M%S.%f}",
                name=str(kind.name),
                description=str(kind.description),
                activated_at=now,
                activated_by=by,
                heartbeat_at=now,
            )
            Job.objects.create(tenant=tenant, event=event, kind=kind.code)
    except IntegrityError as error:
        raise AlreadyActive(kind.key) from error
    return event


def due_jobs() -> list[tuple[int, int]]:
    """(tenant id, job id) of every job, of every tenant, that waits for a worker or has lost its own."""
    with support_scope("hand out jobs that are due", routine=True):
        return list(Job.objects.due().order_by("pk").values_list("tenant_id", "pk"))


def claim(tenant_id: int, job_id: int) -> Lease | None:
    """Take the job if nobody has it. None when somebody does, when it has ended, or when it is given up now."""
    with tenant_scope(tenant_id):
        claimed = (
            Job.objects.due()
            .filter(pk=job_id)
            .update(token=F("token") + 1, attempts=F("attempts") + 1, lease_until=Now() + LEASE)
        )
        if not claimed:
            return None
        job = Job.objects.select_related("event").get(pk=job_id)
        if job.attempts > MAX_ATTEMPTS:
            _end(job, SystemEvent.Status.FAILED, _("Given up: the worker was lost %d times in a row.") % MAX_ATTEMPTS)
            return None
        return Lease(job_id=job.pk, tenant_id=tenant_id, kind=job.kind, token=job.token)


def work(lease: Lease, kind: JobKind) -> None:
    """Run the job to its end. A chunk that raises fails the job, visibly.

    When the lease is lost, the database gives up on the chunk (a lock, a restart) or the worker's time is over, this
    worker stops quietly: what was not committed is undone, and the job is handed out again once its lease has expired.
    """
    try:
        while run_chunk(lease, kind):
            pass
    except (LeaseLost, OperationalError, SoftTimeLimitExceeded) as reason:
        log.warning("job_left_to_others", job_id=lease.job_id, reason=type(reason).__name__)
    except Exception:
        log.exception("job_failed", job_id=lease.job_id)
        fail(lease, _("An error stopped it. Nothing that was not finished has been changed."))


def run_chunk(lease: Lease, kind: JobKind) -> bool:
    """Do one chunk in one transaction; False when it was the last. Raises LeaseLost."""
    with tenant_scope(lease.tenant_id):
        job = _hold(lease)
        event = job.event
        if event.status == SystemEvent.Status.QUEUED:
            event.status, event.total = SystemEvent.Status.RUNNING, kind.total(event.tenant)
        step = kind.step(event, cursor=job.cursor)
        if step is not None:
            _advance(job, step)
            return True
        event.done, event.total, event.percent = event.total, event.total, 100
        _end(job, SystemEvent.Status.SUCCEEDED, kind.summary(event))
        return False


def fail(lease: Lease, reason: str) -> None:
    """End the job as failed, with a reason that a person can read; nothing happens when the lease is lost."""
    with suppress(LeaseLost), tenant_scope(lease.tenant_id):
        _end(_hold(lease), SystemEvent.Status.FAILED, reason)


def _hold(lease: Lease) -> Job:
    """The job, locked, if it is still ours by its token. Raises LeaseLost."""
    jobs = Job.objects.select_for_update(no_key=True, of=("self",)).select_related("event__tenant")
    job = jobs.filter(pk=lease.job_id, token=lease.token, ended_at__isnull=True).first()
    if job is None:
        raise LeaseLost
    return job


def _advance(job: Job, step: Step) -> None:
    event = job.event
    event.done = (event.done or 0) + step.rows
    event.total = max(event.total or 0, event.done)
    event.percent = min(99, 100 * event.done // event.total) if event.total else None
    event.heartbeat_at = timezone.now()
    event.save(update_fields=["status", "done", "total", "percent", "heartbeat_at"])
    Job.objects.filter(pk=job.pk).update(cursor=step.cursor, attempts=0, lease_until=Now() + LEASE)


def _end(job: Job, status: SystemEvent.Status, message: str) -> None:
    event, now = job.event, timezone.now()
    event.status, event.message, event.finished_at, event.heartbeat_at = status, message, now, now
    event.save(
        update_fields=["status", "message", "description", "done", "total", "percent", "finished_at", "heartbeat_at"]
    )
    job.ended_at, job.lease_until = now, None
    job.save(update_fields=["ended_at", "lease_until"])

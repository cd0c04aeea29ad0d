"""Start long work, hand it out, run it chunk by chunk, end it: once, whatever is killed on the way (docs/adr/0004).

PostgreSQL remembers: a job has a lease and a fencing token, and each chunk is one transaction that proves the token,
does its part of the work and moves the cursor. So a chunk is done wholly or not at all, by the latest holder only.
"""

from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

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
from notifications.services.event_log import note
from notifications.services.job_kinds import JobFailed, JobKind, Step
from notifications.services.turns import is_its_turn
from notifications.services.violations import constraint_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(seconds=20)
MAX_ATTEMPTS: Final = 5
"""A job that is left this often in a row, without a row done in between, is failed."""
MOST_AT_ONCE: Final = 500
PROGRESS_EVERY: Final = timedelta(seconds=0.5)
"""A job's progress is written at most this often, however short its chunks are; its cursor with each of them."""

ONE_ACTIVE: Final = "systemevent_one_active"
LOCKS: Final = (ONE_ACTIVE, "systemevent_run_once")
"""The constraints that make an event a lock: two starts in one moment meet the one or the other."""

Status = SystemEvent.Status


class AlreadyActive(Exception):
    """The same event is queued or running: one at a time."""


class NotRetried(Exception):
    """Only a job of this console that has failed or was cancelled can be started again."""


class LeaseLost(Exception):
    """Somebody else has the job now, or it has ended."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a job, until it expires or is taken over."""

    job_id: int
    tenant_id: int
    kind: str
    token: int


def start_job(
    kind: JobKind,
    *,
    tenant: Tenant,
    by: User | None,
    name: "StrOrPromise" = "",
    owner: str = "",
    subject: int | None = None,
    goes_on_with: Job | None = None,
) -> SystemEvent:
    """Write down that the job is due. Raises AlreadyActive when it is queued or running.

    `subject` is what it is about, `owner` the user ID or group whose scope it is; `goes_on_with` is the job whose
    cursor it starts at.
    """
    now = timezone.now()
    try:
        with transaction.atomic():
            event = SystemEvent.objects.create(
                tenant=tenant,
                key=kind.key,
                run=f"{now:%Y%m%dT%H%M%S.%f}",
                name=str(name or kind.name),
                description=str(kind.description),
                scope=kind.scope,
                owner=owner,
                activated_at=now,
                activated_by=by if by and by.tenant_id == tenant.pk else None,
                heartbeat_at=now,
            )
            _put_down(event, kind, subject, goes_on_with)
            note(event, by=by)
    except IntegrityError as error:
        if constraint_of(error) not in LOCKS:
            raise
        raise AlreadyActive(kind.key) from error
    return event


def _put_down(event: SystemEvent, kind: JobKind, subject: int | None, goes_on_with: Job | None) -> None:
    cursor, done = (goes_on_with.cursor, goes_on_with.done) if goes_on_with else (0, 0)
    Job.objects.create(
        tenant_id=event.tenant_id,
        event=event,
        kind=kind.code,
        subject=subject,
        cursor=cursor,
        done=done,
        done_before=done,
    )


@transaction.atomic
def retry_job(event: SystemEvent, kind: JobKind, *, by: User) -> SystemEvent:
    """Start the job behind a failed or cancelled event again, where it stopped if its kind can go on there. Raises
    NotRetried and AlreadyActive."""
    job = Job.objects.filter(tenant=event.tenant, event=event).first()
    if job is None or event.status not in {Status.FAILED, Status.CANCELLED}:
        raise NotRetried
    again = start_job(
        kind,
        tenant=event.tenant,
        by=by,
        name=event.name,
        owner=event.owner,
        subject=job.subject,
        goes_on_with=job if kind.goes_on else None,
    )
    kind.on_start(Job.objects.select_related("event").get(tenant=event.tenant, event=again))
    return again


def due_jobs() -> list[tuple[int, int]]:
    """(tenant id, job id) of the jobs, of every tenant, that wait for a worker or have lost their own, the oldest first
    and no more than can be handed out at once."""
    with support_scope("hand out jobs that are due", routine=True):
        return list(Job.objects.due().order_by("pk").values_list("tenant_id", "pk")[:MOST_AT_ONCE])


def claim(tenant_id: int, job_id: int, kinds: "dict[str, type[JobKind]] | None" = None) -> Lease | None:
    """Take the job if nobody has it. None when somebody does, when it has to wait for another one of its kind, when it
    has ended, or when it is given up now."""
    with tenant_scope(tenant_id):
        due = Job.objects.due().filter(pk=job_id)
        waiting = due.select_for_update(no_key=True, skip_locked=True).first()
        if waiting is None:
            return None  # whoever is in the middle of a long chunk still has it
        known = (kinds or {}).get(waiting.kind)
        if known is not None and known.one_per_tenant and not is_its_turn(waiting):
            return None
        due.update(token=F("token") + 1, attempts=F("attempts") + 1, lease_until=Now() + LEASE)
        job = Job.objects.select_related("event__tenant").get(pk=job_id)
        if job.attempts > MAX_ATTEMPTS:
            lost = _("Given up: the worker was lost %d times in a row.") % MAX_ATTEMPTS
            end_job(job, known, Status.FAILED, lost)
            return None
        if job.token > 1:
            note(job.event, by=None, note=_("Its worker was lost. Another one goes on from row %d.") % job.done)
        return Lease(job_id=job.pk, tenant_id=tenant_id, kind=job.kind, token=job.token)


def work(lease: Lease, kind: JobKind) -> None:
    """Run the job to its end. A chunk that raises fails the job, visibly.

    When the lease is lost, the database gives up on the chunk (a lock, a restart) or the worker's time is over, this
    worker stops quietly: what was not committed is undone, and the job is handed out again once its lease has expired.
    """
    with closing(kind):
        try:
            while run_chunk(lease, kind):
                pass
        except (LeaseLost, OperationalError, SoftTimeLimitExceeded) as reason:
            log.warning("job_left_to_others", job_id=lease.job_id, reason=type(reason).__name__)
        except JobFailed as reason:
            fail(lease, kind, str(reason))
        except Exception:
            log.exception("job_failed", job_id=lease.job_id)
            fail(lease, kind, _("An error stopped it. Nothing that was not finished has been changed."))


def run_chunk(lease: Lease, kind: JobKind) -> bool:
    """Do one chunk in one transaction; False when it was the last. Raises LeaseLost."""
    with tenant_scope(lease.tenant_id):
        job = _hold(lease)
        event = job.event
        if event.cancel_asked_at is not None:
            end_job(job, kind, Status.CANCELLED, kind.cancelled(job))
            return False
        if event.status == Status.QUEUED:
            event.status, event.total, event.started_at = Status.RUNNING, kind.total(job), timezone.now()
            note(event, by=None)
        step = kind.step(job)
        if step is not None:
            _advance(job, step)
            return True
        event.total = job.done
        end_job(job, kind, Status.SUCCEEDED, kind.summary(job))
        return False


def fail(lease: Lease, kind: JobKind, reason: str) -> None:
    """End the job as failed, with a reason that a person can read; nothing happens when the lease is lost."""
    with suppress(LeaseLost), tenant_scope(lease.tenant_id):
        end_job(_hold(lease), kind, Status.FAILED, reason)


def _hold(lease: Lease) -> Job:
    """The job, locked, if it is still ours by its token. Raises LeaseLost."""
    jobs = Job.objects.select_for_update(no_key=True, of=("self",)).select_related("event__tenant")
    job = jobs.filter(pk=lease.job_id, token=lease.token, ended_at__isnull=True).first()
    if job is None:
        raise LeaseLost
    return job


def _advance(job: Job, step: Step) -> None:
    """The cursor moves with every chunk; what people read of it, only now and then."""
    event, now = job.event, timezone.now()
    has_moved = step.rows > 0 or step.cursor != job.cursor
    job.done += step.rows
    Job.objects.filter(pk=job.pk).update(
        cursor=step.cursor,
        done=job.done,
        attempts=0 if has_moved else F("attempts"),  # a sign of life is no progress: what kills its worker ends
        lease_until=Now() + LEASE,
    )
    if event.done is not None and now - event.heartbeat_at < PROGRESS_EVERY:
        return
    event.heartbeat_at = now
    _count(job)
    event.expected_at = _expected_end(job)
    event.save(
        update_fields=["status", "done", "total", "percent", "heartbeat_at", "expected_at", "started_at"],
    )


def _count(job: Job) -> None:
    """What the event says of the rows is what the job has done; 100 % is said only in the end."""
    event = job.event
    event.done, event.total = job.done, max(event.total or 0, job.done)
    event.percent = min(99, 100 * job.done // event.total) if event.total else None


def _expected_end(job: Job) -> datetime | None:
    """If the rest goes as fast as what this attempt has done; None until it has done something."""
    event, done = job.event, job.done - job.done_before
    if not event.started_at or done <= 0 or not event.total:
        return None
    took = event.heartbeat_at - event.started_at
    return event.heartbeat_at + took * ((event.total - job.done) / done)


def end_job(job: Job, kind: "JobKind | type[JobKind] | None", status: SystemEvent.Status, message: str) -> None:
    """End the job and its event, once and for all; the caller holds the job's row. Its kind is told."""
    event, now = job.event, timezone.now()
    event.status, event.message, event.finished_at, event.heartbeat_at = status, message[:254], now, now
    event.expected_at = None
    _count(job)
    if status == Status.SUCCEEDED:
        event.percent = 100
    event.save(
        update_fields=[
            *("status", "message", "description", "done", "total", "percent", "started_at"),
            *("finished_at", "heartbeat_at", "expected_at"),
        ]
    )
    job.ended_at, job.lease_until = now, None
    job.save(update_fields=["ended_at", "lease_until"])
    note(event, by=None, note=message)
    if kind is not None:
        (kind() if isinstance(kind, type) else kind).on_end(job)

"""Start a job of the console again that has failed or was cancelled."""

from django.db import transaction

from licences.models import User
from notifications.models import Job, SystemEvent
from notifications.models.jobs import JobQuerySet
from notifications.services.cancelling import Kinds
from notifications.services.tracker import NotRetried, retry_job


@transaction.atomic
def retry_event(event: SystemEvent, kinds: Kinds, *, by: User) -> SystemEvent:
    """The new event. Raises NotRetried, also when it has been started again since, and AlreadyActive.

    The old job's row is held meanwhile: of two who ask at once, the second finds what the first has started, even if
    that has ended by then.
    """
    held = Job.objects.select_for_update(no_key=True).filter(tenant=event.tenant_id, event=event).first()
    kind = kinds.get(held.kind) if held else None
    if held is None or kind is None or later_runs(held).exists():
        raise NotRetried
    event.refresh_from_db()  # it may have ended while the row was waited for
    return retry_job(event, kind(), by=by)


def later_runs(job: Job) -> JobQuerySet:
    """The jobs that have been started since for the same thing, the latest first. An import that was undone meanwhile
    counts as well: its undoing bears the same key."""
    same = Job.objects.filter(tenant=job.tenant_id, subject=job.subject, pk__gt=job.pk)
    return same.filter(event__key=job.event.key, event__owner=job.event.owner).order_by("-pk")

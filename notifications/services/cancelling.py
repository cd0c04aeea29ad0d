"""Cancel an active system event, as far as its kind lets one."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from licences.models import User
from notifications.event_kinds import Cancelling, product_event
from notifications.models import Job, SystemEvent
from notifications.models.system_events import SystemEventQuerySet
from notifications.services.event_log import note
from notifications.services.job_kinds import JobKind
from notifications.services.tracker import Status, end_job


class NotCancelled(Exception):
    """It has ended already, or cannot be cancelled."""


@transaction.atomic
def cancel_event(event: SystemEvent, kinds: dict[str, type[JobKind]], *, by: User) -> SystemEvent:
    """A job of this console ends before its next chunk, at once when no worker is at it; what a product reports ends
    at once, and its later reports count for nothing. Raises NotCancelled."""
    job = Job.objects.filter(tenant=event.tenant_id, event=event).first()
    kind = kinds.get(job.kind) if job else None
    rule = kind.cancelling if kind else product_event(event.key).cancelling
    if rule == Cancelling.CANNOT:
        raise NotCancelled
    now = timezone.now()
    active = SystemEvent.objects.active().filter(tenant=event.tenant_id, pk=event.pk)
    if job is None:
        return _end_of_product(active, by=by)
    if not active.filter(cancel_asked_at__isnull=True).update(cancel_asked_at=now):
        raise NotCancelled
    event.refresh_from_db()
    note(event, by=by, note=_("Asked to cancel."))
    idle = Job.objects.due().select_for_update(no_key=True, of=("self",), skip_locked=True).select_related("event")
    if waiting := idle.filter(tenant=event.tenant_id, pk=job.pk).first():
        end_job(waiting, kind, Status.CANCELLED, _("Cancelled before it went on.") if job.done else _("Cancelled."))
    event.refresh_from_db()
    return event


def _end_of_product(active: SystemEventQuerySet, *, by: User) -> SystemEvent:
    event = active.select_for_update().first()
    if event is None:
        raise NotCancelled
    event.status, event.finished_at = Status.CANCELLED, timezone.now()
    event.message = _("Cancelled from the list.")
    event.save(update_fields=["status", "finished_at", "message"])
    note(event, by=by, note=event.message)
    return event

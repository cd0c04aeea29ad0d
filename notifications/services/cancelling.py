"""Cancel an active system event, as far as its kind lets one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licences.models import User
from notifications.event_kinds import Cancelling, product_event
from notifications.models import Job, SystemEvent
from notifications.services.event_log import note
from notifications.services.job_kinds import JobKind
from notifications.services.tracker import Status, end_job

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

type Kinds = dict[str, type[JobKind]]


class NotCancelled(Exception):
    """It has ended already, or cannot be cancelled."""


class AlreadyAsked(NotCancelled):
    """Somebody has asked before: it stops before its next step."""


@dataclass(frozen=True, slots=True)
class CancelRule:
    """What asking to cancel means for an event; `warning` is read before, or says why it cannot be cancelled."""

    cancelling: Cancelling
    warning: "StrOrPromise"


OF_NOTICES = CancelRule(
    Cancelling.CANNOT, gettext_lazy("A notice is not cancelled: whoever looks after the system ends it.")
)


def job_behind(event: SystemEvent) -> Job | None:
    """The console's own work behind the event; None when a product does it, and for notices."""
    return Job.objects.filter(tenant=event.tenant_id, event=event).first()


def cancel_rule(event: SystemEvent, job: Job | None, kinds: Kinds) -> CancelRule:
    """By the kind of its job; else by what is known of the key. A job whose kind is gone can be cancelled: nobody
    works on it."""
    if event.is_notice:
        return OF_NOTICES
    if job is None:
        known = product_event(event.key)
        return CancelRule(known.cancelling, known.warning)
    kind = kinds.get(job.kind)
    return CancelRule(kind.cancelling, kind.warning) if kind else CancelRule(Cancelling.CAN, "")


@transaction.atomic
def cancel_event(event: SystemEvent, kinds: Kinds, *, by: User) -> SystemEvent:
    """A job of this console ends before its next chunk, at once when no worker is at it; what a product reports ends
    at once, and its later reports count for nothing. Returns the event as it is now. Raises NotCancelled."""
    job = job_behind(event)
    if cancel_rule(event, job, kinds).cancelling == Cancelling.CANNOT:
        raise NotCancelled
    if job is None:
        return _end_of_product(event, by=by)
    asked = _ask(event)
    note(asked, by=by, note=_("Asked to cancel."))
    _end_if_nobody_is_at_it(job, kinds)
    asked.refresh_from_db()
    return asked


def _ask(event: SystemEvent) -> SystemEvent:
    """Whoever asks first is heard. The update waits for a chunk that is ending the event, and then finds it ended."""
    asked = SystemEvent.objects.filter(tenant=event.tenant_id, pk=event.pk)
    if not asked.active().filter(cancel_asked_at__isnull=True).update(cancel_asked_at=timezone.now()):
        raise AlreadyAsked if asked.active().exists() else NotCancelled
    return asked.get()


def _end_if_nobody_is_at_it(job: Job, kinds: Kinds) -> None:
    """A job whose row a worker holds is left to that worker; one that we hold nobody can claim."""
    idle = Job.objects.due().select_for_update(no_key=True, of=("self",), skip_locked=True)
    waiting = idle.select_related("event__tenant").filter(tenant=job.tenant_id, pk=job.pk).first()
    if waiting is None:
        return
    kind = kinds.get(waiting.kind)
    said = kind().cancelled(waiting) if kind and waiting.done else _("Cancelled before it began.")
    end_job(waiting, kind, Status.CANCELLED, said)


def _end_of_product(event: SystemEvent, *, by: User) -> SystemEvent:
    active = SystemEvent.objects.active().select_for_update(no_key=True)
    ended = active.filter(tenant=event.tenant_id, pk=event.pk).first()
    if ended is None:
        raise NotCancelled
    ended.status, ended.finished_at, ended.expected_at = Status.CANCELLED, timezone.now(), None
    ended.message = _("Cancelled in the console.")
    ended.save(update_fields=["status", "finished_at", "expected_at", "message"])
    note(ended, by=by, note=ended.message)
    return ended

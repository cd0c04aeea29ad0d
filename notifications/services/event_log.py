"""Each step in the life of a system event is written down in the transaction that takes it."""

from django.utils import timezone

from licences.models import User
from notifications.models import EventChange, SystemEvent

SYSTEM = "the system"
LONGEST_NOTE = 254


def note(event: SystemEvent, *, by: User | str | None, note: str = "") -> None:
    """Write down that the event has its present status now: by a person, a product back end (its source) or, with
    None, the system itself."""
    person = by if isinstance(by, User) and by.tenant_id == event.tenant_id else None
    EventChange.objects.create(
        tenant_id=event.tenant_id,
        event=event,
        at=timezone.now(),
        by=person,
        by_name=by.login_id if isinstance(by, User) else (by or SYSTEM),
        status=event.status,
        note=note[:LONGEST_NOTE],
    )

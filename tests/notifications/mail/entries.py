"""Look at the outbox, and let time pass for it."""

from datetime import timedelta

from django.utils import timezone

from config.tenancy.scopes import support_scope
from notifications.models import OutboxEntry
from notifications.services.outbox import carry_out_due
from notifications.tasks import CARRIERS


def entries() -> list[OutboxEntry]:
    """Everything in the outbox, the oldest first."""
    with support_scope("a test looks"):
        return list(OutboxEntry.objects.order_by("pk"))


def now(entry: OutboxEntry) -> OutboxEntry:
    with support_scope("a test looks"):
        return OutboxEntry.objects.get(pk=entry.pk)


def let_time_pass(entry: OutboxEntry) -> None:
    """Until its lease is over and its next attempt is due."""
    past = timezone.now() - timedelta(seconds=1)
    with support_scope("a test lets time pass"):
        OutboxEntry.objects.filter(pk=entry.pk).update(due_at=past)
        OutboxEntry.objects.filter(pk=entry.pk, lease_until__isnull=False).update(lease_until=past)


def deliver() -> None:
    """What the worker does when it is nudged."""
    carry_out_due(CARRIERS)

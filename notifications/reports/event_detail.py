"""What is told of one system event, below the list."""

from django.db.models import QuerySet

from licences.models import CounterDifference
from notifications.models import SystemEvent


def differences(event: SystemEvent) -> QuerySet[CounterDifference]:
    """What a counter regeneration found wrong, in the order of the counters; empty for any other event."""
    return CounterDifference.objects.filter(tenant=event.tenant_id, recount=str(event.pk)).order_by("pk")

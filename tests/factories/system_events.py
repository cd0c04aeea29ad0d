"""What the system does."""

import factory

from notifications.models import EventChange, Job, Occurrence, SystemEvent
from tests.factories.tenants import LONG_AGO, TenantOwnedFactory


class SystemEventFactory(TenantOwnedFactory):
    """An event that runs; with `ended`, one that succeeded."""

    class Meta:
        model = SystemEvent

    class Params:
        ended = factory.Trait(
            status=SystemEvent.Status.SUCCEEDED, percent=100, done=200, total=200, finished_at=LONG_AGO
        )

    key = factory.Sequence(lambda n: f"Recount{n}")
    name = "Recount"
    status = SystemEvent.Status.RUNNING
    activated_at = LONG_AGO
    heartbeat_at = LONG_AGO


class JobFactory(TenantOwnedFactory):
    """A job whose event runs; with `ended`, both are over."""

    class Meta:
        model = Job

    class Params:
        ended = factory.Trait(ended_at=LONG_AGO, event__ended=True)

    event = factory.SubFactory(SystemEventFactory, tenant=factory.SelfAttribute("..tenant"))
    kind = "recount"


class EventChangeFactory(TenantOwnedFactory):
    class Meta:
        model = EventChange

    event = factory.SubFactory(SystemEventFactory, tenant=factory.SelfAttribute("..tenant"))
    at = LONG_AGO
    by_name = "the system"
    status = SystemEvent.Status.RUNNING


class OccurrenceFactory(TenantOwnedFactory):
    class Meta:
        model = Occurrence

    name = "recount"
    due_on = LONG_AGO.date()
    started_at = LONG_AGO

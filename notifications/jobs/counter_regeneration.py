"""Recount every counter of a tenant from its source rows and report what was wrong."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licences.models import CounterDifference, Tenant
from licences.services.counters import CHUNK, counters, recount_next
from notifications.models import SystemEvent
from notifications.services.tracker import JobKind, Step

REPORTED = 50


class CounterRegeneration(JobKind):
    """What the product calls ROURebuild. Design §9: differences are put right and reported."""

    code = "counter_regeneration"
    key = "ROURebuild"
    name = gettext_lazy("SAINT: counters and status monitors")
    description = gettext_lazy(
        "Counts the seats in use of every licence again, from who holds one. Numbers stay available meanwhile."
    )

    def total(self, tenant: Tenant) -> int:
        return counters(tenant)

    def step(self, event: SystemEvent, *, cursor: int) -> Step | None:
        part = recount_next(event.tenant, after=cursor, at_most=CHUNK, recount=str(event.pk))
        return Step(cursor=part.last, rows=part.counters) if part else None

    def summary(self, event: SystemEvent) -> str:
        wrong = differences(event).count()
        if not wrong:
            return _("Counters checked: %(total)d. All were right.") % {"total": event.total}
        return _("Counters checked: %(total)d. Wrong and put right: %(wrong)d.") % {
            "total": event.total,
            "wrong": wrong,
        }

    def report(self, event: SystemEvent) -> str:
        lines = [
            _("%(subject)s: %(stored)d stored, %(counted)d counted") % vars(difference)
            for difference in differences(event)[:REPORTED]
        ]
        return "\n".join([str(self.description), *lines])


def differences(event: SystemEvent) -> QuerySet[CounterDifference]:
    """What this run found wrong."""
    return CounterDifference.objects.filter(tenant=event.tenant, recount=str(event.pk)).order_by("pk")

"""Recount every counter of a tenant from its source rows and report what was wrong."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licences.models import Tenant
from licences.services.counters import CHUNK, counters, recount_next
from notifications.models import SystemEvent
from notifications.reports import differences
from notifications.services.tracker import JobKind, Step


class CounterRegeneration(JobKind):
    """What the product calls ROURebuild. Design §9: differences are put right and reported.

    The message says how many; which, with their numbers, only those see who see totals (notifications.reports).
    """

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

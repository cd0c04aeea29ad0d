"""Recount every counter of a tenant from its source rows and report what was wrong."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licences.services.counters import CHUNK, counters, recount_next
from notifications.models import Job
from notifications.reports.event_detail import differences
from notifications.services.job_kinds import JobKind, Step


class CounterRegeneration(JobKind):
    """What the product calls ROURebuild. Design §9: differences are put right and reported.

    The message says how many; which, with their numbers, only those see who see totals (reports/event_detail.py).
    """

    code = "counter_regeneration"
    key = "ROURebuild"
    name = gettext_lazy("SAINT: counters and status monitors")
    description = gettext_lazy(
        "Counts the seats in use of every licence again, from who holds one, and what is in use of every limit that is "
        "counted here. Numbers stay available meanwhile."
    )

    def total(self, job: Job) -> int:
        return counters(job.event.tenant)

    def step(self, job: Job) -> Step | None:
        part = recount_next(job.event.tenant, after=job.cursor, at_most=CHUNK, recount=str(job.event_id))
        return Step(cursor=part.last, rows=part.counters) if part else None

    def summary(self, job: Job) -> str:
        wrong = differences(job.event).count()
        if not wrong:
            return _("Counters checked: %(total)d. All were right.") % {"total": job.done}
        return _("Counters checked: %(total)d. Wrong and put right: %(wrong)d.") % {
            "total": job.done,
            "wrong": wrong,
        }

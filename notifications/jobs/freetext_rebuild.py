"""Build the index of the console's search anew, while it is searched."""

from typing import Final

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.models import Job
from notifications.reports.search_kinds import KINDS
from notifications.services.indexing import documents, index_next
from notifications.services.job_kinds import JobKind, Step

SPAN: Final = 2**48
"""The cursor is the place of a kind times this, plus the last subject that was indexed of it."""


class FreetextRebuild(JobKind):
    """What the product calls FreetextRebuild, for the search of this console: nothing is missing while it runs, so it
    can be stopped at any time."""

    code = "freetext_rebuild"
    key = "FreetextRebuild"
    name = gettext_lazy("Search index of the console is being built")
    description = gettext_lazy(
        "Licences, users, requests and system events are indexed anew, one after the other. It is kept current: "
        "this is for when something cannot be found that should be. The search works meanwhile."
    )
    goes_on = True
    chunk = 1_000

    def total(self, job: Job) -> int:
        return documents(job.event.tenant)

    def step(self, job: Job) -> Step | None:
        place, after = divmod(job.cursor, SPAN)
        if place >= len(KINDS):
            return None
        part = index_next(job.event.tenant, list(KINDS)[place], after=after, at_most=self.chunk)
        cursor = (place + 1) * SPAN if part.is_last else place * SPAN + part.last
        return Step(cursor=cursor, rows=part.rows)

    def summary(self, job: Job) -> str:
        return _("Search index built. Things that can be found: %(done)s.") % {"done": intcomma(job.done)}

    def cancelled(self, job: Job) -> str:
        return _("Stopped after %(done)d of %(total)d things. The search works as before.") % {
            "done": job.done,
            "total": job.event.total or 0,
        }

"""Import the rows of a file."""

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.event_kinds import Cancelling
from notifications.models import Import, Job, SystemEvent
from notifications.services.import_steps import UNDOING, import_of, leave, run_next, take_up, told
from notifications.services.job_kinds import JobKind, Step
from notifications.services.tracker import NotRetried


class ImportRun(JobKind):
    """A batch of rows in a transaction. One import runs at a time, and none while another is undone."""

    code = "import_run"
    key = "ImportUsers"
    name = gettext_lazy("Import")
    description = gettext_lazy(
        "The rows of a file become users with their plans. What has been done stays if it stops."
    )
    cancelling = Cancelling.CAN
    goes_on = True

    def total(self, job: Job) -> int:
        return import_of(job).rows

    def step(self, job: Job) -> Step | None:
        return run_next(job)

    def summary(self, job: Job) -> str:
        return told(import_of(job))

    def cancelled(self, job: Job) -> str:
        return _("Cancelled after %(done)s of %(total)s rows; those stay. %(counts)s") % {
            "done": intcomma(job.done),
            "total": intcomma(job.event.total or 0),
            "counts": told(import_of(job)),
        }

    def on_start(self, job: Job) -> None:
        if not import_of(job).counts.keys().isdisjoint(UNDOING):
            raise NotRetried  # what was undone would not come back
        take_up(job, was=Import.State.STOPPED, becomes=Import.State.RUNNING, goes_on=self.goes_on)

    def on_end(self, job: Job) -> None:
        succeeded = job.event.status == SystemEvent.Status.SUCCEEDED
        leave(job, was=Import.State.RUNNING, becomes=Import.State.DONE if succeeded else Import.State.STOPPED)


class UsageImportRun(ImportRun):
    """The same for usage: it is in the way of other imports of usage, and of none of users."""

    code = "usage_import_run"
    key = "ImportUsage"
    name = gettext_lazy("Import of usage")
    description = gettext_lazy(
        "The rows of a file are counted as usage, each once. What has been counted stays if it stops."
    )

"""Undo an import."""

from django.utils.translation import gettext_lazy

from notifications.event_kinds import Cancelling
from notifications.models import Import, Job, SystemEvent
from notifications.services.import_steps import import_of, leave, take_up, told_of_undo, undo_next
from notifications.services.job_kinds import JobKind, Step


class ImportUndo(JobKind):
    """From the last row to the first, a batch in a transaction. It is in the way of imports, and they of it."""

    code = "import_undo"
    key = "ImportUsers"
    name = gettext_lazy("Undo of an import")
    description = gettext_lazy("What an import added or changed is taken back, as far as nobody has changed it since.")
    cancelling = Cancelling.CAN
    goes_on = True

    def total(self, job: Job) -> int:
        return import_of(job).rows

    def step(self, job: Job) -> Step | None:
        return undo_next(job)

    def summary(self, job: Job) -> str:
        return told_of_undo(import_of(job).counts)

    def on_start(self, job: Job) -> None:
        take_up(job, was=Import.State.STOPPED, becomes=Import.State.UNDOING, goes_on=self.goes_on)

    def on_end(self, job: Job) -> None:
        succeeded = job.event.status == SystemEvent.Status.SUCCEEDED
        leave(job, was=Import.State.UNDOING, becomes=Import.State.UNDONE if succeeded else Import.State.STOPPED)

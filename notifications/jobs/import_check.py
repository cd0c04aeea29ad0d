"""Say what an import would do, without doing it."""

from django.utils.translation import gettext_lazy

from notifications.event_kinds import Cancelling
from notifications.imports import KINDS
from notifications.models import Import, Job, SystemEvent
from notifications.services.import_steps import Seen, check_next, import_of, leave, take_up, told_of_check
from notifications.services.job_kinds import JobKind, Step


class ImportCheck(JobKind):
    """The dry run; each user has one at a time. It keeps the keys of the rows so far in memory, for as long as it runs;
    another worker reads them again."""

    code = "import_check"
    key = "ImportCheck"
    name = gettext_lazy("Check of an import")
    description = gettext_lazy("Looks for faults in the rows of a file and counts what would be imported.")
    scope = SystemEvent.Scope.USER
    cancelling = Cancelling.CAN

    def __init__(self) -> None:
        self._seen: Seen | None = None

    def total(self, job: Job) -> int:
        return import_of(job).rows

    def step(self, job: Job) -> Step | None:
        if self._seen is None:
            imported = import_of(job)
            self._seen = Seen(KINDS[imported.kind], imported, up_to=job.cursor)
        return check_next(job, self._seen)

    def summary(self, job: Job) -> str:
        return told_of_check(import_of(job))

    def on_start(self, job: Job) -> None:
        take_up(job, was=Import.State.READ, becomes=Import.State.CHECKING, goes_on=self.goes_on)

    def on_end(self, job: Job) -> None:
        succeeded = job.event.status == SystemEvent.Status.SUCCEEDED
        leave(job, was=Import.State.CHECKING, becomes=Import.State.CHECKED if succeeded else Import.State.READ)

    def close(self) -> None:
        self._seen = None

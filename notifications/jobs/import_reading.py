"""Read an uploaded file into rows."""

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.event_kinds import Cancelling
from notifications.models import Job, SystemEvent
from notifications.services.import_reading import Reading, end_reading, read_again
from notifications.services.job_kinds import JobKind, Step


class ImportReading(JobKind):
    """The first step of an import; each user has one at a time, and of a tenant's one runs: a long workbook takes a
    worker for minutes."""

    code = "import_reading"
    key = "ImportReading"
    name = gettext_lazy("Reading of a file")
    description = gettext_lazy("Finds out what is in an uploaded file: its headings and its rows. Nothing is imported.")
    scope = SystemEvent.Scope.USER
    cancelling = Cancelling.CAN
    one_per_tenant = True

    def __init__(self) -> None:
        self._reading: Reading | None = None

    def total(self, job: Job) -> int:
        return 0

    def step(self, job: Job) -> Step | None:
        if self._reading is None:
            self._reading = Reading(job)
        return self._reading.next(job)

    def summary(self, job: Job) -> str:
        return _("%(rows)s rows read.") % {"rows": intcomma(job.done)}

    def cancelled(self, job: Job) -> str:
        return _("Reading was cancelled. Nothing was imported.")

    def on_start(self, job: Job) -> None:
        read_again(job)

    def on_end(self, job: Job) -> None:
        end_reading(job)

    def close(self) -> None:
        if self._reading is not None:
            self._reading.close()

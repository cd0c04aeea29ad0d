"""The long jobs, one file each: they call upstream services and are run by the tracker."""

from notifications.jobs.counter_regeneration import CounterRegeneration
from notifications.jobs.freetext_rebuild import FreetextRebuild
from notifications.jobs.import_check import ImportCheck
from notifications.jobs.import_reading import ImportReading
from notifications.jobs.import_run import ImportRun, UsageImportRun
from notifications.jobs.import_undo import ImportUndo
from notifications.jobs.month_close import MonthClose
from notifications.services.job_kinds import JobKind

KINDS: dict[str, type[JobKind]] = {
    kind.code: kind
    for kind in (
        CounterRegeneration,
        FreetextRebuild,
        ImportReading,
        ImportCheck,
        ImportRun,
        ImportUndo,
        MonthClose,
        UsageImportRun,
    )
}

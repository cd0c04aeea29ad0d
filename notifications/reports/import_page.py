"""What the wizard shows of an import: where it is, and what there is to see and to do there."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final

from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from notifications.imports import KINDS
from notifications.imports.packing import unpack_lines
from notifications.models import Import, ImportBatch, SystemEvent
from notifications.reading.encodings import encoding_name
from notifications.reports.event_words import rows_done, time_left
from notifications.reports.import_faults import Faults, FaultyRow, faults_by_reason
from notifications.reports.imports import SeatsAsked, seats_asked
from notifications.services.cancelling import job_behind
from notifications.services.forgetting import AT_WORK, KEPT_FOR
from notifications.services.importing import UNDO_WITHIN
from notifications.services.turns import waits_for_another

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

State = Import.State

STEPS: "Final[tuple[StrOrPromise, ...]]" = (_("Upload"), _("Columns"), _("Check"), _("Import"), _("Result"))
STEP_OF: Final = {
    State.READING: 1,
    State.REFUSED: 1,
    State.READ: 2,
    State.CHECKING: 3,
    State.CHECKED: 3,
    State.RUNNING: 4,
}
RESULT: Final = 5
PREVIEW: Final = 3

UNDONE: "Final[dict[str, StrOrPromise]]" = {
    "removed": _("Removed again"),
    "restored": _("As they were before"),
    "stayed": _("Stayed, because they were changed since"),
}


@dataclass(frozen=True, slots=True)
class WizardStep:
    number: int
    name: "StrOrPromise"
    is_done: bool
    is_current: bool


@dataclass(frozen=True, slots=True)
class Count:
    code: str
    label: "StrOrPromise"
    number: int


class ImportPage:
    """One import. What is not shown is not read."""

    def __init__(self, imported: Import, *, choosing: bool = False) -> None:
        self.imported, self.kind = imported, KINDS[imported.kind]
        self.is_at_work = imported.state in AT_WORK
        self.is_forgotten = imported.forgotten_at is not None
        self.step = STEP_OF.get(State(imported.state), RESULT)
        if choosing and imported.state == State.CHECKED and not self.is_forgotten:
            self.step = STEP_OF[State.READ]

    @property
    def steps(self) -> list[WizardStep]:
        over = self.step == RESULT and not self.is_at_work
        return [
            WizardStep(number, name, number < self.step or (over and number == RESULT), number == self.step)
            for number, name in enumerate(STEPS, start=1)
        ]

    @property
    def is_discarded(self) -> bool:
        """The file is gone, and nothing of it was imported."""
        return self.is_forgotten and self.imported.state in {State.READ, State.CHECKED}

    @property
    def rows_done(self) -> str:
        return rows_done(self.event) if self.event else ""

    @property
    def time_left(self) -> str:
        return time_left(self.event, timezone.now()) if self.event else ""

    @property
    def waits(self) -> bool:
        """Whether it is not read yet because another file of the tenant's is."""
        is_queued = self.event is not None and self.event.status == SystemEvent.Status.QUEUED
        job = job_behind(self.event) if self.event and is_queued and self.imported.state == State.READING else None
        return job is not None and waits_for_another(job)

    @property
    def came_to(self) -> list[Count]:
        """What there is to tell of it in a line."""
        return [count for count in self.counts if count.number]

    @property
    def is_choosing(self) -> bool:
        return self.step == STEP_OF[State.READ] and not self.is_forgotten

    @property
    def event(self) -> SystemEvent | None:
        return self.imported.event

    @property
    def encoding(self) -> str:
        return encoding_name(self.imported.encoding) if self.imported.encoding else ""

    @cached_property
    def preview(self) -> list[list[str]]:
        """The first rows, cell by cell."""
        batches = ImportBatch.objects.filter(tenant=self.imported.tenant_id, of_import=self.imported)
        first = batches.only("rows", "first_line").order_by("number").first()
        rows = unpack_lines(first.rows, first.first_line) if first else ()
        return [cells for _line, cells in islice(rows, PREVIEW)]

    @property
    def counts(self) -> list[Count]:
        """By outcome: as foretold until it runs, as it came from then on."""
        tense = 0 if self.step <= STEP_OF[State.CHECKED] else 1
        outcomes = ((result.code, result.headings) for result in self.kind.results)
        return [Count(code, headings[tense], self.count(code)) for code, headings in outcomes if headings]

    @property
    def undone(self) -> list[Count]:
        return [Count(code, label, self.count(code)) for code, label in UNDONE.items()]

    def count(self, code: str) -> int:
        return int(self.imported.counts.get(code, 0))

    @property
    def faulty(self) -> int:
        return sum(self.count(result.code) for result in self.kind.results if result.is_fault)

    @property
    def to_do(self) -> int:
        """So many rows would change something."""
        return sum(self.count(result.code) for result in self.kind.results if result.is_change)

    @cached_property
    def faults(self) -> Faults | None:
        """By reason, once more when undoing left some behind; None when there are none, or none to show any more."""
        number = self.count("stayed") if self.imported.state == State.UNDONE else self.faulty
        return faults_by_reason(self.imported) if number and not self.is_forgotten and not self.is_at_work else None

    @property
    def fault_groups(self) -> list[tuple[str, int, list[tuple[int, str, str]]]]:
        """What is wrong with how many rows, and of the first of them the line, the value that the row is recognised by,
        and what is wrong; where that is said of all of them, the cell that it is about."""
        reasons = self.faults.reasons if self.faults else []
        return [
            (reason.text, reason.number, [self._told(row, said=reason.text) for row in reason.rows])
            for reason in reasons
        ]

    def _told(self, row: FaultyRow, *, said: str) -> tuple[int, str, str]:
        told = self._cell(row, self.kind.concerns(row.text)) if row.text == said else row.text
        return row.line, self._cell(row, self.imported.match_by), told

    def _cell(self, row: FaultyRow, field: str) -> str:
        place = self.imported.mapping.get(field, len(row.cells))
        return Truncator(row.cells[place]).chars(60) if place < len(row.cells) else ""

    @cached_property
    def seats(self) -> list[SeatsAsked]:
        return seats_asked(self.imported)

    @property
    def undo_until(self) -> datetime | None:
        """When undoing ends; None when it cannot be undone, any more or at all."""
        ended = self.imported.ended_at
        if not self.kind.can_undo:
            return None
        if self.imported.state not in {State.DONE, State.STOPPED} or self.is_forgotten or ended is None:
            return None
        until = ended + UNDO_WITHIN
        return until if until > timezone.now() else None

    @property
    def kept_until(self) -> datetime:
        return (self.imported.ended_at or self.imported.created_at) + KEPT_FOR

    @property
    def matched_by(self) -> str:
        fields = {field.code: str(field.label) for field in self.kind.fields(self.imported.tenant)}
        return fields.get(self.imported.match_by, "")

"""What was wrong with the rows of an import: row by row, and by reason with how many rows each has."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.db.models import QuerySet

from notifications.imports.packing import unpack, unpack_lines
from notifications.models import Import, ImportBatch

BEFORE_THE_RUN: Final = {Import.State.READ, Import.State.CHECKING, Import.State.CHECKED}
FIRST: Final = 3
"""So many rows of a reason are shown."""
REASONS: Final = 20
"""So many reasons are shown, those with the most rows first."""
READ: Final = 100_000
"""No more faults are looked through for a page, however many there are: a fraction of a second."""

OWN: Final = re.compile(r"“[^”]*”|\d+")
"""What differs from row to row in what is said of them: a value of the file, the number of a line."""

type Fault = tuple[int, str]
"""The line, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class FaultyRow:
    """A row of the file as it was read, and what is wrong with it."""

    line: int
    cells: list[str]
    text: str


@dataclass(slots=True)
class Reason:
    """One thing that is wrong, with how many rows and the first of them. `text` is said of all of them; it is empty
    where each has a text of its own only."""

    text: str
    number: int = 0
    faults: list[tuple[int, int, str]] = field(default_factory=list)
    rows: list[FaultyRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Faults:
    """The reasons with the most rows, and whether there are other reasons or more rows than were looked through."""

    reasons: list[Reason]
    has_more: bool


def faults_of(imported: Import) -> Iterator[FaultyRow]:
    """What the check found wrong or, once it runs, what the run did; of what was undone, the rows that stayed and why.
    In the order of the file, a batch at a time."""
    for batch in _batches(imported).iterator(chunk_size=1):
        yield from faults_in(batch, imported)


def faults_in(batch: ImportBatch, imported: Import) -> Iterator[FaultyRow]:
    """The same of one batch."""
    return _rows(batch, _told_in(batch, imported))


def faults_by_reason(imported: Import) -> Faults:
    """The same, gathered. Two queries."""
    was_undone = imported.state == Import.State.UNDONE
    reasons: dict[str, Reason] = {}
    for place, (number, line, text) in enumerate(_faults(imported)):
        if place == READ:
            return Faults(_with_rows(imported, reasons), has_more=True)
        if was_undone:  # begins with a name each time: those stand together
            reason, most = reasons.setdefault("", Reason("")), FIRST * REASONS
        else:
            reason, most = _of_same_kind(reasons, text), FIRST
        reason.number += 1
        if len(reason.faults) < most:
            reason.faults.append((number, line, text))
    return Faults(_with_rows(imported, reasons), has_more=len(reasons) > REASONS)


def _of_same_kind(reasons: dict[str, Reason], text: str) -> Reason:
    """Where the text belongs; what is said there of all rows leaves out in what they differ."""
    general = OWN.sub(lambda own: "“…”" if own[0].startswith("“") else "…", text)
    reason = reasons.setdefault(general, Reason(text))
    if reason.text != text:
        reason.text = general
    return reason


def _faults(imported: Import) -> Iterator[tuple[int, int, str]]:
    """Number of the batch, line and text, in the order of the file. The rows themselves are not read."""
    for batch in _batches(imported).only("number", _kept_in(imported)).iterator(chunk_size=50):
        for line, text in _told_in(batch, imported):
            yield batch.number, line, text


def _with_rows(imported: Import, reasons: Mapping[str, Reason]) -> list[Reason]:
    """The largest, with the rows that are shown: no other batches are read."""
    largest = sorted(reasons.values(), key=lambda reason: -reason.number)[:REASONS]
    numbers = {number for reason in largest for number, _line, _text in reason.faults}
    batches = _batches(imported).filter(number__in=numbers).only("rows", "first_line").iterator(chunk_size=1)
    wanted = {line for reason in largest for _number, line, _text in reason.faults}
    cells = {line: row for batch in batches for line, row in _lines(batch) if line in wanted}
    for reason in largest:
        reason.rows = [FaultyRow(line, cells[line], text) for _number, line, text in reason.faults]
    return largest


def _batches(imported: Import) -> QuerySet[ImportBatch]:
    return ImportBatch.objects.filter(tenant=imported.tenant_id, of_import=imported).order_by("number")


def _kept_in(imported: Import) -> str:
    if imported.state == Import.State.UNDONE:
        return "undo"
    return "checked" if imported.state in BEFORE_THE_RUN else "faults"


def _told_in(batch: ImportBatch, imported: Import) -> list[Fault]:
    kept = _kept_in(imported)
    packed = getattr(batch, kept)
    told = unpack(packed) if packed else None
    inside = "stayed" if kept == "undo" else "faults"
    faults: list[Fault] | None = told if kept == "faults" else (told or {}).get(inside)
    return faults or []


def _rows(batch: ImportBatch, faults: list[Fault]) -> Iterator[FaultyRow]:
    if faults:
        rows = dict(_lines(batch))
        yield from (FaultyRow(line, rows[line], text) for line, text in faults)


def _lines(batch: ImportBatch) -> Iterable[tuple[int, list[str]]]:
    return unpack_lines(batch.rows, batch.first_line)

"""What is told of an import: what was wrong with which row, what stays, which seats are asked for, what to suggest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from licences.models import Licence
from notifications.imports import KINDS
from notifications.imports.headings import fingerprint
from notifications.imports.packing import unpack, unpack_lines
from notifications.models import Import, ImportBatch, ImportMapping

BEFORE_THE_RUN: Final = {Import.State.READ, Import.State.CHECKING, Import.State.CHECKED}


@dataclass(frozen=True, slots=True)
class FaultyRow:
    """A row of the file as it was read, and what is wrong with it."""

    line: int
    cells: list[str]
    text: str


@dataclass(frozen=True, slots=True)
class SeatsAsked:
    """So many rows ask for a seat of the licence, and so many are free; None when there is no end to them."""

    licence: str
    asked: int
    free: int | None

    @property
    def is_short(self) -> bool:
        return self.free is not None and self.asked > self.free


@dataclass(frozen=True, slots=True)
class Suggestion:
    """How the columns of a file were taken the last time, or seem to be meant."""

    mapping: Mapping[str, int]
    match_by: str
    duplicates: str
    is_remembered: bool


def faults_of(imported: Import) -> Iterator[FaultyRow]:
    """What the check found wrong or, once it runs, what the run did, in the order of the file; a batch at a time."""
    for batch in _batches(imported):
        yield from faults_in(batch, imported)


def faults_in(batch: ImportBatch, imported: Import) -> Iterator[FaultyRow]:
    """The same of one batch."""
    if imported.state in BEFORE_THE_RUN:
        faults = unpack(batch.checked)["faults"] if batch.checked else []
    else:
        faults = unpack(batch.faults) if batch.faults else []
    return _rows(batch, faults)


def stayed_of(imported: Import) -> Iterator[FaultyRow]:
    """What could not be undone, and why, in the order of the file."""
    for batch in _batches(imported):
        undo = unpack(batch.undo) if batch.undo else None
        yield from _rows(batch, (undo or {}).get("stayed", []))


def _batches(imported: Import) -> Iterator[ImportBatch]:
    batches: QuerySet[ImportBatch] = ImportBatch.objects.filter(tenant=imported.tenant_id, of_import=imported)
    return batches.order_by("number").iterator(chunk_size=1)


def _rows(batch: ImportBatch, faults: list[tuple[int, str]]) -> Iterator[FaultyRow]:
    if faults:
        rows = dict(unpack_lines(batch.rows, batch.first_line))
        yield from (FaultyRow(line, rows[line], text) for line, text in faults)


def seats_asked(imported: Import) -> list[SeatsAsked]:
    """What the checked rows ask for against what is free now, in the order of the price list. Two queries."""
    batches = ImportBatch.objects.filter(tenant=imported.tenant_id, of_import=imported)
    last = batches.filter(checked__isnull=False).order_by("number").only("checked").last()
    asked = unpack(last.checked)["after"]["asked"] if last and last.checked else {}
    licences = Licence.objects.in_force().filter(tenant=imported.tenant_id, pk__in=[int(pk) for pk in asked])
    return [
        SeatsAsked(licence.name, asked[str(licence.pk)], licence.available)
        for licence in licences.order_by("type__sort_order")
    ]


def suggestion(imported: Import) -> Suggestion:
    """As it was chosen already, or the last time for the same headings; else by the headings."""
    kind = KINDS[imported.kind]
    if imported.mapping:
        return Suggestion(imported.mapping, imported.match_by, imported.duplicates, is_remembered=False)
    same = ImportMapping.objects.filter(
        tenant=imported.tenant_id, kind=kind.code, headings=fingerprint(imported.columns)
    )
    remembered = same.first()
    known = {field.code for field in kind.fields(imported.tenant)}
    if remembered is not None and remembered.mapping.keys() <= known:
        return Suggestion(remembered.mapping, remembered.match_by, remembered.duplicates, is_remembered=True)
    guessed = kind.guess(imported.columns, imported.tenant)
    return Suggestion(guessed, kind.match_by[0], Import.Duplicates.SKIP, is_remembered=False)

"""What the jobs of an import do with one batch of its rows, and what they leave behind when they end.

Each step is part of the chunk's transaction: rows, counts and the way back are written together or not at all.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.imports import KINDS
from notifications.imports.kinds import Batch, ImportKind, Outcome, Row
from notifications.imports.packing import pack, unpack, unpack_lines
from notifications.imports.repeats import Repeats, TooMany
from notifications.models import Import, ImportBatch, Job
from notifications.models.imports import ImportQuerySet
from notifications.services.job_kinds import JobFailed, Step
from notifications.services.tracker import NotRetried

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

State = Import.State

UNDOING: Final = ("removed", "restored", "stayed")
"""Counted when an import is undone, beside what it had come to."""

UNDONE: "Final[dict[str, StrOrPromise]]" = {
    "removed": gettext_lazy("%(shown)s removed"),
    "restored": gettext_lazy("%(shown)s as they were before"),
    "stayed": gettext_lazy("%(shown)s stayed as they are"),
}


class Seen:
    """The keys of the rows so far. It lives as long as the worker; what it has forgotten it reads again."""

    def __init__(self, kind: ImportKind, of: Import, *, up_to: int) -> None:
        self._kind, self._import = kind, of
        self._repeats: list[Repeats] = []
        for batch in ImportBatch.objects.filter(of_import=of, tenant=of.tenant_id, number__lte=up_to).iterator(1):
            self.repeated(rows_of(batch, of.mapping))

    def repeated(self, rows: list[Row]) -> dict[int, int]:
        """Of these next rows, the lines whose key an earlier line had, and that line."""
        found: dict[int, int] = {}
        for row in rows:
            repeats = self._kind.repeats(list(self._firsts(row)))
            if repeats is not None:
                found[row.line] = repeats
        return found

    def _firsts(self, row: Row) -> Iterator[int | None]:
        for place, key in enumerate(self._kind.keys(row, self._import.match_by)):
            if place == len(self._repeats):
                self._repeats.append(Repeats())
            yield self._repeats[place].first(key, row.line) if key else None


def import_of(job: Job) -> Import:
    """What the job is about."""
    return _imports(job).get()


def _imports(job: Job) -> ImportQuerySet:
    return Import.objects.filter(tenant=job.tenant_id, pk=job.subject or 0)


def rows_of(batch: ImportBatch, mapping: Mapping[str, int]) -> list[Row]:
    """The rows with the cells that were chosen; a row that is too short has empty ones at its end."""
    codes, places = list(mapping), list(mapping.values())
    longest = max(places) + 1
    rows = []
    for line, cells in unpack_lines(batch.rows, batch.first_line):
        whole = cells if len(cells) >= longest else [*cells, *[""] * (longest - len(cells))]
        rows.append(Row(line, dict(zip(codes, [whole[place] for place in places], strict=True))))
    return rows


def _commit_lazily() -> None:
    """Do not wait for the disk at the end of this chunk. If PostgreSQL crashes before it is there, rows and cursor are
    lost together and the chunk is done again; the end of the job waits, and with it everything before."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")


def check_next(job: Job, seen: Seen) -> Step | None:
    """Say what the run would do with the next batch, and keep which of its rows repeat earlier ones."""
    imported = import_of(job)
    batch = _batches(imported).filter(number__gt=job.cursor).order_by("number").first()
    if batch is None:
        return None
    _commit_lazily()
    before = _batches(imported).filter(number__lt=batch.number).order_by("number").last()
    after = unpack(before.checked)["after"] if before and before.checked else None
    rows = rows_of(batch, imported.mapping)
    try:
        repeated = seen.repeated(rows)
    except TooMany as error:
        raise JobFailed(_("The file has more lines than can be checked. Split it into several.")) from error
    outcome = KINDS[imported.kind].check(_asked(job, imported, rows, repeated=repeated, before=after))
    batch.checked = pack({"faults": outcome.faults, "repeated": repeated, "after": outcome.after})
    batch.save(update_fields=["checked"])
    _count(imported, outcome)
    return Step(cursor=batch.number, rows=batch.size)


def run_next(job: Job) -> Step | None:
    """Import the next batch."""
    imported = import_of(job)
    batch = _batches(imported).filter(number__gt=job.cursor).order_by("number").first()
    if batch is None:
        return None
    _commit_lazily()
    repeated = unpack(batch.checked)["repeated"] if batch.checked else {}
    asked = _asked(
        job,
        imported,
        rows_of(batch, imported.mapping),
        repeated={int(line): first for line, first in repeated.items()},
    )
    outcome = KINDS[imported.kind].apply(asked)
    batch.faults, batch.undo = pack(outcome.faults), pack(outcome.undo)
    batch.save(update_fields=["faults", "undo"])
    _count(imported, outcome)
    return Step(cursor=batch.number, rows=batch.size)


def undo_next(job: Job) -> Step | None:
    """Undo the last batch that is not undone yet; of what stays the reasons are kept."""
    imported = import_of(job)
    batches = _batches(imported).filter(number__lt=job.cursor) if job.cursor else _batches(imported)
    batch = batches.order_by("number").last()
    if batch is None:
        return None
    _commit_lazily()
    undo = unpack(batch.undo) if batch.undo else None
    if undo is not None and "stayed" not in undo:
        outcome = KINDS[imported.kind].undo(
            undo, tenant=job.event.tenant, by=job.event.activated_by, why=_("Undo: %(file)s") % _file(imported)
        )
        batch.undo = pack({"stayed": outcome.faults})
        batch.save(update_fields=["undo"])
        _count(imported, outcome)
    return Step(cursor=batch.number, rows=batch.size)


def _batches(imported: Import) -> QuerySet[ImportBatch]:
    return ImportBatch.objects.filter(tenant=imported.tenant_id, of_import=imported)


def _file(imported: Import) -> dict[str, str]:
    return {"file": imported.file_name}


def _asked(
    job: Job,
    imported: Import,
    rows: list[Row],
    *,
    repeated: Mapping[int, int],
    before: Mapping[str, object] | None = None,
) -> Batch:
    return Batch(
        tenant=job.event.tenant,
        rows=rows,
        match_by=imported.match_by,
        duplicates=Import.Duplicates(imported.duplicates),
        by=job.event.activated_by,
        why=_("Import: %(file)s") % _file(imported),
        repeated=repeated,
        before=before,
    )


def _count(imported: Import, outcome: Outcome) -> None:
    for name, number in outcome.counts.items():
        imported.counts[name] = imported.counts.get(name, 0) + number
    imported.save(update_fields=["counts"])


def told(imported: Import) -> str:
    """What an import has come to, in a line."""
    results = KINDS[imported.kind].results
    return _line({result.code: result.lines[1] for result in results}, imported.counts)


def told_of_check(imported: Import) -> str:
    """What an import would come to, in a line: nobody shall take it for done."""
    results = KINDS[imported.kind].results
    return _line({result.code: result.lines[0] for result in results}, imported.counts)


def told_of_undo(counts: Mapping[str, int]) -> str:
    """What became of an import that was undone, in a line."""
    return _line(UNDONE, counts)


def _line(words: "Mapping[str, StrOrPromise]", counts: Mapping[str, int]) -> str:
    """What there is none of is left out."""
    numbers = [(text, counts[name]) for name, text in words.items() if counts.get(name)]
    said = [text % {"number": number, "shown": intcomma(number)} for text, number in numbers]
    return f"{', '.join(said)}." if said else _("There was nothing to do.")


def leave(job: Job, *, was: State, becomes: State) -> None:
    """The job has ended: its import goes on to the next state."""
    ended = {} if becomes in {State.READ, State.CHECKED} else {"ended_at": timezone.now()}
    imports = _imports(job).filter(state=was, event=job.event_id)
    imports.update(state=becomes, message=job.event.message, **ended)


def take_up(job: Job, *, was: State, becomes: State, goes_on: bool) -> None:
    """The job was started again by hand: its import is at it again, and counts anew unless the job goes on where it
    stopped. Raises NotRetried when the import has moved on since."""
    imports = _imports(job).kept().filter(state=was)
    anew: dict[str, object] = {} if goes_on else {"counts": {}}
    if not imports.update(state=becomes, event=job.event_id, message="", **anew):
        raise NotRetried

"""What the job that reads an uploaded file does: from its pieces to batches of rows."""

import time
from collections.abc import Iterator
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from notifications.imports.packing import BATCH_ROWS, pack_lines
from notifications.models import Import, ImportBatch, ImportPiece, Job, SystemEvent
from notifications.reading.files import read_file
from notifications.reading.limits import PIECE_BYTES
from notifications.reading.tables import Headings, Rows, Unreadable
from notifications.services.import_steps import import_of, take_up
from notifications.services.job_kinds import JobFailed, Step

PATIENCE_SECONDS: Final = 2.0
"""So long a chunk waits for rows before it gives a sign of life."""


class Reading:
    """The file while it is read. It lives as long as the worker; another worker reads the file again from its beginning
    and leaves out what is kept already: the same file always comes in the same batches."""

    def __init__(self, job: Job) -> None:
        self._import = import_of(job)
        self._number = 0
        self._table = read_file(lambda: _pieces(self._import), size=self._import.size_bytes, batch_rows=BATCH_ROWS)

    def next(self, job: Job) -> Step | None:
        """Keep the next batch of rows; None at the end of the file. Raises JobFailed for a file that is wrong."""
        until = time.monotonic() + PATIENCE_SECONDS
        try:
            for part in self._table:
                if isinstance(part, Headings):
                    self._keep_headings(part)
                elif part.lines and self._is_new(job):
                    return self._keep(part, job)
                if time.monotonic() > until:
                    return Step(cursor=job.cursor, rows=0)
        except Unreadable as reason:
            raise JobFailed(str(reason)) from reason
        return None

    def close(self) -> None:
        self._table.close()

    def _is_new(self, job: Job) -> bool:
        self._number += 1
        return self._number > job.cursor

    def _keep_headings(self, found: Headings) -> None:
        self._import.columns, self._import.encoding = found.columns, found.encoding
        self._import.delimiter = found.delimiter
        self._import.save(update_fields=["columns", "encoding", "delimiter"])

    def _keep(self, rows: Rows, job: Job) -> Step:
        ImportBatch.objects.create(
            tenant_id=self._import.tenant_id,
            of_import=self._import,
            number=self._number,
            first_line=rows.lines[0][0],
            size=len(rows.lines),
            rows=pack_lines(rows.lines),
        )
        # How many rows there are is not known before the end; how much of the file has been read tells about how many.
        job.event.total = round((job.done + len(rows.lines)) / max(rows.share, 0.001))
        return Step(cursor=self._number, rows=len(rows.lines))


def _pieces(imported: Import) -> Iterator[bytes]:
    """The file, piece by piece, each asked for when it is needed. Raises Unreadable when it is not there any more."""
    pieces = ImportPiece.objects.filter(tenant=imported.tenant_id, of_import=imported)
    for number in range(-(-imported.size_bytes // PIECE_BYTES)):
        data = pieces.filter(number=number).values_list("data", flat=True).first()
        if data is None:
            raise Unreadable(gone())
        yield bytes(data)


def gone() -> str:
    """What to say of a file that has been forgotten."""
    return _("The file is not kept any more. Upload it again.")


def end_reading(job: Job) -> None:
    """The job has ended: its import can go on, or the reason why not is kept."""
    imports = Import.objects.filter(tenant=job.tenant_id, pk=job.subject or 0, event=job.event_id)
    if job.event.status == SystemEvent.Status.SUCCEEDED:
        imports.update(state=Import.State.READ, rows=job.done, message="")
    else:
        imports.update(state=Import.State.REFUSED, message=job.event.message, ended_at=timezone.now())


def read_again(job: Job) -> None:
    """The job was started again by hand: nothing of what it read before counts. Raises NotRetried."""
    take_up(job, was=Import.State.REFUSED, becomes=Import.State.READING, goes_on=False)
    ImportBatch.objects.filter(tenant=job.tenant_id, of_import=job.subject or 0).delete()

"""Reading an uploaded file, whatever it is."""

import tempfile

from notifications.reading.file_types import HEAD_BYTES, FileType, file_type
from notifications.reading.tables import Rows, Table
from notifications.reading.texts import Pieces, read_text
from notifications.reading.workbooks import read_workbook


def read_file(pieces: Pieces, *, size: int, batch_rows: int) -> Table:
    """The table in the file of which `pieces` gives all pieces, from the first, each time it is called. Raises
    Unreadable, at once or where the file goes wrong; until then only a few pieces are in memory."""
    head = next(pieces(), b"")[:HEAD_BYTES]
    if file_type(head) == FileType.TEXT:
        yield from read_text(pieces, size=size, batch_rows=batch_rows)
        return
    # Without a name: it is gone with whoever has it open, even if they are killed.
    with tempfile.TemporaryFile(prefix="workbook") as copy:
        for piece in pieces():
            copy.write(piece)
            yield Rows([], 0)
        copy.flush()
        yield from read_workbook(copy, batch_rows=batch_rows)

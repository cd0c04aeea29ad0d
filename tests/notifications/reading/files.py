"""Files to read, made where they are needed, and what reading them came to."""

import io
import resource
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from openpyxl import Workbook

from notifications.reading.files import read_file
from notifications.reading.tables import Headings, Line, Rows

BATCH_ROWS = 1_000


@dataclass
class Read:
    """All that came of a file that could be read."""

    headings: Headings
    batches: list[Rows] = field(default_factory=list)

    @property
    def lines(self) -> list[Line]:
        return [line for batch in self.batches for line in batch.lines]

    @property
    def cells(self) -> list[list[str]]:
        return [cells for _number, cells in self.lines]


def in_pieces(data: bytes, size: int = 1024 * 1024) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def read(data: bytes, *, piece: int = 1024 * 1024, batch_rows: int = BATCH_ROWS) -> Read:
    parts = list(read_file(lambda: in_pieces(data, piece), size=len(data), batch_rows=batch_rows))
    (found,) = [part for part in parts if isinstance(part, Headings)]
    return Read(found, [part for part in parts if isinstance(part, Rows) and part.lines])


def workbook(rows: Iterable[Iterable[object]], *, more: Iterable[tuple[str, object]] = ()) -> bytes:
    """An XLSX file with these rows; `more` are single cells by their place."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for place, value in more:
        sheet[place] = value
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def archive(entries: Iterable[tuple[str, bytes]], *, like: bytes = b"") -> bytes:
    """A ZIP file with these entries, in place of or beside those of another."""
    file = io.BytesIO()
    new = dict(entries)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        if like:
            with zipfile.ZipFile(io.BytesIO(like)) as old:
                for name in old.namelist():
                    if name not in new:
                        made.writestr(name, old.read(name))
        for name, data in new.items():
            made.writestr(name, data)
    return file.getvalue()


def sheet_xml(cells: str, *, before: str = "") -> bytes:
    """The only sheet of a workbook, with this between its rows."""
    head = '<?xml version="1.0" encoding="UTF-8"?>' + before
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'{head}<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'.encode()


def peak_memory() -> int:
    """Bytes that this process has had at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

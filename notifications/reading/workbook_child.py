"""The process that opens a spreadsheet somebody uploaded, with as much memory and time as it is given and no more.

Run by path and by itself: it knows nothing of Django, the database or the network. The workbook is the file behind the
descriptor it inherits; what it finds goes to its standard output, as JSON behind four bytes that say how long it is:
`{"refused": why}`, `{"rows": [[line, [cell, …]], …], "share": 0.5}` and, last of all, `{"end": true}`.

calamine is quick and keeps the whole sheet in memory; openpyxl is ten times slower and keeps one row. The parent asks
for the second when the first did not fit.
"""

import datetime as dt
import json
import resource
import struct
import sys
import zipfile
from collections.abc import Iterator
from importlib import import_module
from typing import Any

MOST_UNPACKED = 4 * 1024**3
MOST_RATIO = 200
"""Unpacked bytes for one that is packed; a real workbook has 10 to 50, a bomb up to 1,032."""
SMALL = 64 * 1024**2
"""Bytes that are harmless, however well packed."""
MOST_ENTRIES = 10_000
SPARE = 16 * 1024**2
"""Bytes. Where not even so many are left it was the memory, by whatever name a reader calls it: zlib has an error of
its own. Asking for them says so."""
CHARACTERS = 1_000_000
"""So much text is sent at a time, even if it is few rows."""
LONGEST_CELL = 32_768
"""What is longer is cut: the parent refuses a cell of this length."""


class Refused(Exception):
    """Why the workbook is not opened: a word that the parent knows a sentence for."""


def main(descriptor: int, reader: str, memory: int, seconds: int, most_columns: int, most_rows: int) -> None:
    import_module("python_calamine" if reader == "calamine" else "openpyxl")  # with the memory that it needs itself
    for limit, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    path = f"/dev/fd/{descriptor}"
    try:
        look_through(path)
        for rows, share in groups(sheet(path, reader, most_columns), most_columns, most_rows):
            send({"rows": rows, "share": share})
    except Refused as refused:
        send({"refused": str(refused)})
    except (MemoryError, BrokenPipeError):
        raise
    except Exception:  # whatever a reader raises about a file, the file is damaged
        bytearray(SPARE)
        send({"refused": "damaged"})
    send({"end": True})


def send(said: dict[str, Any]) -> None:
    data = json.dumps(said, separators=(",", ":")).encode()
    sys.stdout.buffer.write(struct.pack(">I", len(data)) + data)
    sys.stdout.buffer.flush()


def look_through(path: str) -> None:
    """Judge the archive by its directory: nothing of it is unpacked here. Raises Refused."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, OverflowError):
        raise Refused("damaged") from None
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refused("locked")
    if any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in names):
        raise Refused("slip")
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    too_much = unpacked > SMALL and unpacked > MOST_RATIO * packed
    if too_much or unpacked > MOST_UNPACKED or len(entries) > MOST_ENTRIES:
        raise Refused("bomb")
    if "xl/workbook.xml" not in names:
        raise Refused(what_else(names))


def what_else(names: set[str]) -> str:
    if "xl/workbook.bin" in names:
        return "binary"
    if {"content.xml", "mimetype"} <= names:
        return "opendocument"
    if "word/document.xml" in names or "ppt/presentation.xml" in names:
        return "office"
    return "archive"


type Rows = Iterator[tuple[int, list[Any], float]]


def sheet(path: str, reader: str, most_columns: int) -> Rows:
    """The rows of the first visible sheet with their numbers, and how much of it has been read with them."""
    return by_calamine(path) if reader == "calamine" else by_openpyxl(path, most_columns)


def by_calamine(path: str) -> Rows:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    workbook = CalamineWorkbook.from_path(path)
    for place, about in enumerate(workbook.sheets_metadata):
        if about.visible == SheetVisibleEnum.Visible and about.typ == SheetTypeEnum.WorkSheet:
            found = workbook.get_sheet_by_index(place)
            break
    else:
        raise Refused("no sheet")
    height = 1 if found.end is None else found.end[0] + 1
    for number, row in enumerate(found.iter_rows(), start=1):
        yield number, row, min(1.0, number / height)


def by_openpyxl(path: str, most_columns: int) -> Rows:
    """Refuses a sheet that says it is wide: each row would be filled up to its last column."""
    from openpyxl import load_workbook

    with open(path, "rb") as file:  # noqa: PTH123 - it has no path of its own
        workbook = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        found = next((each for each in workbook.worksheets if each.sheet_state == "visible"), None)
        if found is None:
            raise Refused("no sheet")
        if (found.max_column or 0) > most_columns:
            raise Refused("wide")
        height = max(1, found.max_row or 1)
        for number, row in enumerate(found.iter_rows(max_col=most_columns + 1, values_only=True), start=1):
            yield number, list(row), min(1.0, number / height)


def groups(rows: Rows, most_columns: int, most_rows: int) -> Iterator[tuple[list[tuple[int, list[str]]], float]]:
    """The rows as text, some at a time; those without anything in them are left out. One cell beyond the most columns
    is kept, to show that there is one."""
    group: list[tuple[int, list[str]]] = []
    size = passed = 0
    share = 0.0
    for number, row, share in rows:
        passed += 1
        cells = [text(cell) for cell in trimmed(row)[: most_columns + 1]]
        if any(cells):
            group.append((number, cells))
            size += sum(map(len, cells))
        if len(group) >= most_rows or size > CHARACTERS or passed >= 20 * most_rows:
            yield group, share
            group, size, passed = [], 0, 0
    yield group, share


def trimmed(row: list[Any]) -> list[Any]:
    """The row up to its last cell with something in it."""
    end = len(row)
    while end and row[end - 1] in (None, ""):
        end -= 1
    return row[:end]


def text(cell: Any) -> str:
    """A cell as one would type it: whole numbers without a point, dates as ISO 8601 has them."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.15g}"
    if isinstance(cell, dt.datetime):
        whole_day = cell.time() == dt.time()
        return cell.date().isoformat() if whole_day else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)[:LONGEST_CELL]


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:7]))

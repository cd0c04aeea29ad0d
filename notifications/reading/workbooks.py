"""Reading a spreadsheet: another process opens it, and this one takes its rows as they come (workbook_child.py)."""

import json
import os
import selectors
import struct
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import IO, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.reading.columns import Fitting, headings
from notifications.reading.file_types import LOCKED
from notifications.reading.limits import MOST_COLUMNS
from notifications.reading.tables import Headings, Rows, Table, Unreadable

CHILD: Final = Path(__file__).with_name("workbook_child.py")
READERS: Final = ("calamine", "openpyxl")
MOST_MEMORY: Final = 1024**3
MOST_SECONDS: Final = 1200
"""Of processor time and, the same, of the clock."""
LOOK_UP_EVERY: Final = 1.0
"""Seconds: so often it is said that the reading goes on, while the process opens the file."""

REFUSED: Final = {
    "damaged": gettext_lazy(
        "This workbook cannot be opened: it is damaged, or no XLSX file. Save it anew and try again."
    ),
    "locked": LOCKED,
    "slip": gettext_lazy(
        "This workbook has parts with forbidden names. It was not made by a spreadsheet; save it anew."
    ),
    "bomb": gettext_lazy("This workbook unpacks to far more than a real one does, so it is not opened."),
    "binary": gettext_lazy("This is a binary workbook (XLSB). Save it as XLSX or CSV."),
    "opendocument": gettext_lazy("This is an OpenDocument spreadsheet. Save it as XLSX or CSV."),
    "office": gettext_lazy("This is a document or a presentation. Upload a CSV or XLSX file."),
    "archive": gettext_lazy("This is a ZIP archive. Unpack it and upload the CSV or XLSX file inside."),
    "wide": gettext_lazy(
        "The sheet has cells far to the right: more than 200 columns. Delete what is not to be imported."
    ),
    "no sheet": gettext_lazy("This workbook has no visible sheet."),
}


class DidNotFit(Exception):
    """The process died of the memory or time that it was given."""


type Frames = Generator[dict[str, Any] | None]


def read_workbook(file: IO[bytes], *, batch_rows: int) -> Table:
    """The table on the first visible sheet of an XLSX file that has a descriptor; batches of at most `batch_rows`."""
    started = False
    for reader in READERS:
        try:
            with closing(_frames(file.fileno(), reader, batch_rows)) as frames:
                for part in _table(frames):
                    started = started or isinstance(part, Headings)
                    yield part
            return
        except DidNotFit:
            if started:
                break
    raise Unreadable(_("This workbook takes too much memory or time to open. Save it as CSV and upload that."))


def _table(frames: Frames) -> Table:
    """What the process says, as headings and rows that fit below them."""
    fitting: Fitting | None = None
    for frame in frames:
        rows = frame["rows"] if frame else []
        if fitting is None and rows:
            columns = headings(rows.pop(0)[1])
            fitting = Fitting(columns)
            yield Headings(columns)
        fitted = [fitting.fit(line, cells) for line, cells in rows] if fitting else []
        yield Rows([each for each in fitted if each], frame["share"] if frame else 0)
    if fitting is None:
        raise Unreadable(_("The first sheet of this workbook is empty."))
    fitting.check_end()


def _frames(descriptor: int, reader: str, batch_rows: int) -> Frames:
    """What the process writes; None for each second in which it writes nothing. Raises Unreadable and DidNotFit."""
    limits = (MOST_MEMORY, MOST_SECONDS, MOST_COLUMNS, batch_rows)
    os.lseek(descriptor, 0, os.SEEK_SET)
    process = subprocess.Popen(
        [sys.executable, "-I", str(CHILD), str(descriptor), reader, *map(str, limits)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=[descriptor],
        cwd="/",
        env={},
    )
    try:
        yield from _said(process)
    finally:
        process.kill()
        process.communicate()


def _said(process: "subprocess.Popen[bytes]") -> Frames:
    deadline = time.monotonic() + MOST_SECONDS
    output = process.stdout
    assert output is not None  # noqa: S101 - it is a pipe
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        while True:
            if time.monotonic() > deadline:
                raise DidNotFit
            if not selector.select(LOOK_UP_EVERY):
                yield None
                continue
            frame = _frame(output)
            if "end" in frame:
                return
            if "refused" in frame:
                raise Unreadable(str(REFUSED[frame["refused"]]))
            yield frame


def _frame(output: IO[bytes]) -> dict[str, Any]:
    """The next thing that the process says. Raises DidNotFit when it has died instead."""
    head = output.read(4)
    if len(head) < 4:
        raise DidNotFit
    (size,) = struct.unpack(">I", head)
    data = output.read(size)
    if len(data) < size:
        raise DidNotFit
    said: dict[str, Any] = json.loads(data)
    return said

"""Reading a text of separated values, in a stream: however large the file, a few pieces of it are in memory."""

import csv
import io
from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _

from notifications.reading.columns import Fitting, batches, headings
from notifications.reading.delimiters import SAMPLE_LINES, delimiter_of, said_by
from notifications.reading.encodings import Survey, encoding_name
from notifications.reading.limits import LONGEST_LINE, MOST_LINES
from notifications.reading.tables import Headings, Line, Rows, Table, Unreadable

type Pieces = Callable[[], Iterator[bytes]]
"""Gives all pieces of the file from its first, each time it is called."""


class Stream(io.RawIOBase):
    """The pieces of a file as one stream; `taken` bytes of it have been read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        self.taken += size
        return size


class Lines:
    """The lines of a text, each with its line break, `\\r` alone too. Raises Unreadable for one that is too long or not
    in the encoding; `number` is the last one given."""

    def __init__(self, stream: Stream, encoding: str) -> None:
        self.encoding = encoding
        self.number = 0
        self._ahead: list[str] = []
        self._text = io.TextIOWrapper(io.BufferedReader(stream, 64 * 1024), encoding=encoding, newline="")

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._ahead.pop(0) if self._ahead else self._read()
        if not line:
            raise StopIteration
        self.number += 1
        if self.number > MOST_LINES:
            raise Unreadable(_("The file has more than 4,000,000 lines, counting empty ones. Split it."))
        return line

    def peek(self) -> list[str]:
        """Some of the next lines, which are still to be given."""
        while len(self._ahead) < SAMPLE_LINES and sum(map(len, self._ahead)) < LONGEST_LINE and (line := self._read()):
            self._ahead.append(line)
        return self._ahead

    def _read(self) -> str:
        try:
            line = self._text.readline(LONGEST_LINE + 1)
        except UnicodeError:
            said = _("Near line %(line)d the file is not in its encoding, %(name)s. Save it anew as UTF-8.")
            at = self.number + len(self._ahead) + 1
            raise Unreadable(said % {"line": at, "name": encoding_name(self.encoding)}) from None
        if len(line) > LONGEST_LINE:
            said = _("Line %(line)d is longer than 1,000,000 characters. Is this a table with line breaks?")
            raise Unreadable(said % {"line": self.number + len(self._ahead) + 1})
        return line


def read_text(pieces: Pieces, *, size: int, batch_rows: int) -> Table:
    """The table in a text of `size` bytes; rows come in batches of at most `batch_rows`."""
    survey = Survey()
    for piece in pieces():
        yield Rows([], 0)
        if not survey.feed(piece):
            break
    stream = Stream(pieces())
    lines = Lines(stream, survey.encoding())
    delimiter = _delimiter(lines)
    records = _records(lines, delimiter)
    first = next((cells for _line, cells in records if any(cell.strip() for cell in cells)), [])
    columns = headings(first)
    yield Headings(columns, lines.encoding, delimiter)
    fitting = Fitting(columns)
    for group in batches((fitting.fit(*record) for record in records), batch_rows):
        yield Rows(group, min(1.0, stream.taken / max(1, size)))
    fitting.check_end()


def _delimiter(lines: Lines) -> str:
    sample = lines.peek()
    if sample and (said := said_by(sample[0])):
        next(lines)
        return said
    return delimiter_of(sample)


def _records(lines: Lines, delimiter: str) -> Iterator[Line]:
    """The records, with the line each begins on. Raises Unreadable where quotation marks go wrong."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    start = lines.number + 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(_quoted_wrongly(start, lines.number, error)) from None
        yield start, cells
        start = lines.number + 1


def _quoted_wrongly(first: int, last: int, error: csv.Error) -> str:
    """What to say of a record on these lines that the csv module refuses."""
    if "expected after" in str(error):
        said = _("Line %(line)d: a quotation mark ends in the middle of a value. Inside a value it is written twice.")
    elif "limit" in str(error) and first == last:
        said = _("Line %(line)d has a value that is too long.")
    else:
        said = _("Line %(line)d: a quotation mark is opened and never closed, so the rest of the file is one value.")
    return said % {"line": first}

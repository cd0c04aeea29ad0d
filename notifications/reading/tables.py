"""What reading a file brings, step by step, whatever kind of file it is."""

from collections.abc import Generator
from dataclasses import dataclass

type Cells = list[str]
type Line = tuple[int, Cells]
"""The number of a line in the file, from 1, and its cells: as many as there are columns."""


class Unreadable(Exception):
    """The file cannot be read, for the reason given: a sentence for the person whose file it is."""


@dataclass(frozen=True, slots=True)
class Headings:
    """Comes once, before any row. `encoding` and `delimiter` are empty where the kind of file has none."""

    columns: list[str]
    encoding: str = ""
    delimiter: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows in the order of the file; `share` of it, 0 to 1, has been read with them. None of the rows is empty.
    Without rows it only says that the reading goes on."""

    lines: list[Line]
    share: float


type Part = Headings | Rows
type Table = Generator[Part]
"""Reading on raises Unreadable where the file goes wrong. Closing it lets go of whatever is open."""

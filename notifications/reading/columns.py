"""The headings of a file, and whether its rows fit below them."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from notifications.reading.limits import (
    BATCH_CHARACTERS,
    LONGEST_CELL,
    LONGEST_HEADING,
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
)
from notifications.reading.tables import Cells, Line, Unreadable


def headings(cells: Cells) -> list[str]:
    """The names of the columns. Raises Unreadable for none, too many, a missing one, one that is there twice and one
    that cannot be shown."""
    names = [" ".join(cell.split()) for cell in cells[: MOST_COLUMNS + 1]]
    if len(names) > MOST_COLUMNS and any(cell.strip() for cell in cells[MOST_COLUMNS:]):
        raise Unreadable(
            _("The file has more than %(most)d columns. Delete those that are not to be imported.")
            % {"most": MOST_COLUMNS}
        )
    while names and not names[-1]:
        names.pop()
    if not names:
        raise Unreadable(_("The first line has no headings. Write a heading over each column, such as “User ID”."))
    if "" in names:
        raise Unreadable(
            _("Column %(number)d has no heading. Each column needs one, in the first line.")
            % {"number": names.index("") + 1}
        )
    _check_each(names)
    return names


def _check_each(names: list[str]) -> None:
    """Each is short, can be shown, and is there once, however it is written. What is wrong says which column, never
    what stands there: where a file has no headings that is somebody's data, and the reason stays when it is forgotten.
    """
    if hidden := next((number for number, name in enumerate(names, start=1) if not name.isprintable()), None):
        raise Unreadable(
            _("The heading of column %(number)d has a character that cannot be shown. Write that heading anew.")
            % {"number": hidden}
        )
    if long := next((number for number, name in enumerate(names, start=1) if len(name) > LONGEST_HEADING), None):
        raise Unreadable(
            _("The heading of column %(number)d is too long. Is the first line of the file really its headings?")
            % {"number": long}
        )
    folded = [name.casefold() for name in names]
    if again := next((number for number, name in enumerate(folded, start=1) if name in folded[: number - 1]), None):
        raise Unreadable(
            _("Columns %(first)d and %(second)d have the same heading. Give each column a heading of its own.")
            % {"first": folded.index(folded[again - 1]) + 1, "second": again}
        )


class Fitting:
    """Fits rows below their headings, and counts them. Empty lines are left out; a short one is filled up."""

    def __init__(self, columns: list[str]) -> None:
        self.width = len(columns)
        self.rows = 0

    def fit(self, line: int, cells: Cells) -> Line | None:
        """The row, or None for an empty line. Raises Unreadable."""
        if len(cells) != self.width:
            cells = self._of_width(line, cells)
        whole = "".join(cells)
        if not whole or whole.isspace():
            return None
        if len(whole) > LONGEST_CELL:
            self._check_lengths(line, cells)
        if "\0" in whole:
            raise Unreadable(damaged_at(line))
        self.rows += 1
        if self.rows > MOST_ROWS:
            raise Unreadable(_("The file has more than 1,000,000 rows. Split it, and import the parts one by one."))
        if self.rows * self.width > MOST_CELLS:
            raise Unreadable(_("The file has too many cells. Delete the columns that are not to be imported."))
        return line, cells

    def _of_width(self, line: int, cells: Cells) -> Cells:
        if len(cells) < self.width:
            return cells + [""] * (self.width - len(cells))
        if any(cell.strip() for cell in cells[self.width :]):
            said = _(
                "Line %(line)d has %(cells)d values, but there are %(columns)d headings. A value with a separator in "
                "it must stand in quotation marks."
            )
            raise Unreadable(said % {"line": line, "cells": len(cells), "columns": self.width})
        return cells[: self.width]

    def _check_lengths(self, line: int, cells: Cells) -> None:
        for cell in cells:
            if len(cell) > LONGEST_CELL:
                said = _("Line %(line)d has a value of more than %(most)d characters.")
                raise Unreadable(said % {"line": line, "most": LONGEST_CELL})

    def check_end(self) -> None:
        """The file is over. Raises Unreadable when it had no rows."""
        if not self.rows:
            raise Unreadable(_("The file has headings, but no rows below them."))


def damaged_at(line: int) -> str:
    """What to say of a line with characters that no text has."""
    return _("Line %(line)d has characters that no text can have (NUL). Is the file damaged?") % {"line": line}


def batches(lines: Iterable[Line | None], at_most: int) -> Iterator[list[Line]]:
    """The rows in groups that are neither long nor large; an empty group when many lines had nothing in them."""
    group: list[Line] = []
    size = passed = 0
    for line in lines:
        passed += 1
        if line is not None:
            group.append(line)
            size += sum(map(len, line[1]))
        if len(group) >= at_most or size > BATCH_CHARACTERS or (not group and passed >= at_most):
            yield group
            group, size, passed = [], 0, 0
    if group:
        yield group

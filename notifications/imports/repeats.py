"""Which rows of a file are about the same thing, however long the file is, in the same memory."""

from array import array
from typing import Final

SLOTS: Final = 1 << 21
MOST: Final = SLOTS // 4 * 3
"""So many keys find room. A file has at most 1,000,000 rows."""
MASK: Final = (1 << 64) - 1


class TooMany(Exception):
    """The file has more keys than there is room for."""


class Repeats:
    """The line on which a key was first seen. 25 MB, whether there is one row or a million.

    Keys are kept as hashes of 64 bits: that two different keys of a million seem to be the same happens in one file of
    some thirty million.
    """

    def __init__(self) -> None:
        self._hashes = array("Q", bytes(8 * SLOTS))
        self._lines = array("I", bytes(4 * SLOTS))
        self._used = 0

    def first(self, key: str, line: int) -> int | None:
        """The line that had the key before; None if none had, and then this one has. Raises TooMany."""
        wanted = (hash(key) & MASK) or 1
        place = wanted % SLOTS
        while found := self._hashes[place]:
            if found == wanted:
                return self._lines[place]
            place = (place + 1) % SLOTS
        if self._used == MOST:
            raise TooMany
        self._used += 1
        self._hashes[place], self._lines[place] = wanted, line
        return None

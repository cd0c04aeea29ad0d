"""Which rows of a file are about the same thing, however long the file is, in the same memory."""

from array import array
from typing import Final

SLOTS: Final = 1_500_000
MOST: Final = 1_250_000
"""So many keys find room. A file has at most 1,000,000 rows."""
LINE_BITS: Final = 21
LINE: Final = (1 << LINE_BITS) - 1
MASK: Final = (1 << 64) - 1


class TooMany(Exception):
    """The file has more keys, or more lines, than there is room for."""


class Repeats:
    """The line on which a key was first seen. 12 MB, whether there is one row or a million.

    Of a key a hash is kept: its place says some 20 bits of it, and 43 more stand there beside the line. That two
    different keys seem to be the same happens in one of some million files of a million rows.
    """

    def __init__(self) -> None:
        self._seen = array("Q", bytes(8 * SLOTS))
        self._used = 0

    def first(self, key: str, line: int) -> int | None:
        """The line that had the key before; None if none had, and then this one has. Raises TooMany."""
        hashed = hash(key) & MASK
        place, wanted = hashed % SLOTS, hashed >> LINE_BITS
        while found := self._seen[place]:
            if found >> LINE_BITS == wanted:
                return found & LINE
            place = place + 1 if place + 1 < SLOTS else 0
        if self._used == MOST or line > LINE:
            raise TooMany
        self._used += 1
        self._seen[place] = wanted << LINE_BITS | line
        return None

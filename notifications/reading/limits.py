"""How much of everything a file may have. Beyond it, the file is refused while it is read: memory and time are bounded.

Sources: reliability S-17, and issue 4 for bytes and rows.
"""

from typing import Final

MOST_BYTES: Final = 200 * 1024 * 1024
MOST_ROWS: Final = 1_000_000
MOST_LINES: Final = 4_000_000
"""With those that are empty and those inside of values."""
MOST_COLUMNS: Final = 200
MOST_CELLS: Final = 40_000_000
LONGEST_CELL: Final = 32_767
"""Characters; what a spreadsheet's cell can hold."""
LONGEST_LINE: Final = 1024 * 1024
"""Characters up to a line break."""
LONGEST_HEADING: Final = 200

PIECE_BYTES: Final = 1024 * 1024
"""So much of a file is kept, and read, at a time."""

BATCH_CHARACTERS: Final = 2_000_000
"""A batch of rows ends early when its cells have grown to this."""

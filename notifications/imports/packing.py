"""How rows, faults and the way back are kept in a batch: JSON, compressed."""

import json
import zlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

BATCH_ROWS: Final = 1_000
"""So many rows of the file are read, checked, imported and undone at a time."""


def pack(value: Any) -> bytes:
    """Anything that JSON can say, small."""
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode(), level=1)


def unpack(data: bytes | memoryview) -> Any:
    """What was packed."""
    return json.loads(zlib.decompress(data))


def pack_lines(lines: Sequence[tuple[int, list[str]]]) -> bytes:
    """Rows with the lines of the file that they stand on. Their numbers are kept only where one is left out."""
    numbers, cells = [number for number, _ in lines], [each for _, each in lines]
    in_a_row = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return pack(cells if in_a_row else {"lines": numbers, "cells": cells})


def unpack_lines(data: bytes | memoryview, first_line: int) -> Iterable[tuple[int, list[str]]]:
    """The rows of a batch with the lines they stand on."""
    kept = unpack(data)
    return zip(kept["lines"], kept["cells"], strict=True) if isinstance(kept, dict) else enumerate(kept, first_line)

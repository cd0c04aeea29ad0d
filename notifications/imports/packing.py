"""How rows, faults and the way back are kept in a batch: JSON, compressed."""

import json
import zlib
from typing import Any, Final

BATCH_ROWS: Final = 1_000
"""So many rows of the file are read, checked, imported and undone at a time."""


def pack(value: Any) -> bytes:
    """Anything that JSON can say, small."""
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode(), level=1)


def unpack(data: bytes | memoryview) -> Any:
    """What was packed."""
    return json.loads(zlib.decompress(data))

"""British English: the day has 24 hours, on every page alike."""

from typing import Final

DATETIME_FORMAT: Final = "j M Y, H:i"
SHORT_DATETIME_FORMAT: Final = "d/m/Y H:i"
TIME_FORMAT: Final = "H:i"

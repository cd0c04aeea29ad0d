"""The values this process runs with. A wrong one ends the start with exit code 2 and one line that names it."""

import sys
from typing import Final

from config.variables import Environment, InvalidEnvironment, read_environment

__all__ = ["env"]


def _read_or_end() -> Environment:
    try:
        return read_environment()
    except InvalidEnvironment as wrong:
        sys.stderr.write(f"{wrong}\n")
        raise SystemExit(2) from None


env: Final = _read_or_end()

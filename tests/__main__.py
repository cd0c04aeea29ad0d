"""`python -m tests [ARGUMENTS OF PYTEST]`: without any, all tests, in two halves at once, beside servers of their own.

One run alone leaves half of a machine with two cores idle: it waits for PostgreSQL, and PostgreSQL for it.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from config.variables import explicit_sources

HERE = Path(__file__).parent
FIRST = [
    str(path.relative_to(HERE.parent))
    for path in (HERE / "licences", HERE / "metering", *sorted(HERE.glob("test_*.py")))
]
"""About half of the time; whatever is not named is in the other half."""
OTHERS = [f"--ignore={path}" for path in FIRST]


def main(arguments: list[str]) -> int:
    """The exit code: that of the first half that failed, if any did."""
    if arguments or has_a_server_to_share():
        return start(arguments).wait()
    with tempfile.TemporaryFile() as output:
        first, others = start(FIRST, output=output.fileno()), start(OTHERS)
        codes = wait(others), wait(first)
        output.seek(0)
        sys.stdout.write(output.read().decode(errors="replace"))
    return next((code for code in codes if code), 0)


def has_a_server_to_share() -> bool:
    """On a server that somebody else runs there is one test database."""
    chosen = explicit_sources()
    return any(chosen.str(name, "") for name in ("DATABASE_URL", "REDIS_URL"))


def start(arguments: list[str], *, output: int | None = None) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "config.embedded", "--", sys.executable, "-m", "pytest", *arguments]
    return subprocess.Popen(command, stdout=output, stderr=output, env=os.environ)


def wait(process: "subprocess.Popen[bytes]") -> int:
    """Ctrl-C reaches both halves by itself, and they tidy up; this one waits for them."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

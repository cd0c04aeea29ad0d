"""`python -m config.embedded -- COMMAND …`: run the command beside fresh servers, hand back its exit code.

The servers and their data are gone afterwards. DATABASE_URL and REDIS_URL, when set, are used instead.
"""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from config.embedded import serve_what_is_missing
from config.embedded.server import ServerFailed
from config.processes import Children, StopAsked


def main(command: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="licences-test-") as scratch:
        directory = Path(scratch).resolve()
        children = Children(directory)
        children.stop_on_signals()
        try:
            with children:
                addresses = serve_what_is_missing(children, directory, durable=False)
                return _run(command, {"DEBUG": "true", **os.environ, **addresses, "DATA_DIR": str(directory)})
        except ServerFailed as failure:
            sys.stderr.write(f"{failure}\n")
            return 1
        except StopAsked:
            return 130


def _run(command: list[str], environ: dict[str, str]) -> int:
    """In the foreground, so that Ctrl-C and a debugger reach the command itself."""
    process = subprocess.Popen(command, env=environ)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What ends us ends the command as Ctrl-C would, so that it can clean up.
    signal.signal(signal.SIGTERM, lambda *_: process.send_signal(signal.SIGINT))
    code = process.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    words = sys.argv[1:]
    sys.exit(main(words[1:] if words[:1] == ["--"] else words))

"""Make `.venv` hold exactly what a lock file says, and find a browser; quick when that is done already.

Runs on the machine's own Python, before anything is installed: standard library only.
"""

import argparse
import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin/python"
UNFINISHED = VENV / "unfinished"
BROWSERS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


class SetUpFailed(Exception):
    """What went wrong and what to do, in one line."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lock", help="the lock file to install from")
    parser.add_argument("--browser", type=Path, metavar="FILE", help="write the path of a Chromium or Chrome here")
    arguments = parser.parse_args()
    try:
        with _alone():
            install(ROOT / arguments.lock)
            if arguments.browser:
                (ROOT / arguments.browser).write_text(find_browser())
    except SetUpFailed as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One set-up of this checkout at a time; a second one waits and then finds everything done."""
    with Path(__file__).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install(lock: Path) -> None:
    """Bring `.venv` to the state of the lock file; an unfinished one is made anew."""
    stamp = VENV / f"{lock.name}.installed"
    whole = _is_usable() and not UNFINISHED.exists()
    if whole and stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return
    if not whole:
        _say(f"Making a virtual environment with {sys.executable}")
        _make_venv()
    _say(f"Installing what {lock.name} lists; this takes a minute the first time")
    UNFINISHED.touch()
    command = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input"]
    if _call([*command, "--only-binary", ":all:", "--require-hashes", "--requirement", str(lock)]):
        raise SetUpFailed(f"pip could not install {lock.name}: its message stands above. Run the same command again.")
    shutil.copyfile(lock, stamp)
    UNFINISHED.unlink()


def _is_usable() -> bool:
    check = "import sys, pip; sys.exit(sys.version_info < (3, 12))"
    try:
        return subprocess.run([PYTHON, "-c", check], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _make_venv() -> None:
    try:
        venv.create(VENV, clear=True, with_pip=True, symlinks=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetUpFailed(f"{sys.executable} could not make {VENV}: {error}") from None


def find_browser() -> str:
    """A Chromium or Chrome that starts: one of the machine's, else Debian's package, else Playwright's own."""
    found = _first_that_starts()
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        _say("Installing Debian's chromium for the browser tests")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        _call(["apt-get", "update", "-qq"], quiet)
        _call(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], quiet)
        found = _first_that_starts()
    if not found:
        found = _playwrights()
    if not found:
        raise SetUpFailed("The tests need a browser: install chromium or Google Chrome, or set CHROMIUM to its path.")
    return found


def _first_that_starts() -> str:
    for name in (os.environ.get("CHROMIUM", ""), *BROWSERS):
        path = shutil.which(name) if name else None
        if path and _starts(path):
            return path
    return ""


def _playwrights() -> str:
    ask = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    answer = subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True, check=False).stdout.strip()
    if answer and not _starts(answer):
        _say("Fetching Playwright's Chromium for the browser tests")
        _call([str(PYTHON), "-m", "playwright", "install", "chromium"])
    return answer if answer and _starts(answer) else ""


def _starts(path: str) -> bool:
    """Ubuntu's chromium-browser, for one, may be a note that a snap is missing."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _call(command: list[str], environ: dict[str, str] | None = None) -> int:
    try:
        return subprocess.run(command, env=environ, stdout=sys.stderr, check=False).returncode
    except OSError as error:
        _say(f"{command[0]}: {error}")
        return 1


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())

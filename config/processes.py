"""Start processes that end with the one that started them, however that one ends.

Each child leads a session of its own and stands, with its start time, in a register in the data directory.
A guardian waits at the end of a pipe: when its supervisor is gone without a word, it ends what the register
names. Should the guardian be killed too, the next start does the same. Who holds the lock of the data
directory, and nobody else, may end what the register names.
"""

import contextlib
import fcntl
import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self, TextIO

import psutil

from config.variables import ROOT

APPLICATION_PATIENCE = 10.0
SERVER_PATIENCE = 4.0
REGISTER = "processes.json"


class Occupied(Exception):
    """Another run holds the data directory; the text names its process."""


class StopAsked(Exception):
    """Somebody sent SIGINT, SIGTERM or SIGHUP."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to start. A server is stopped last: the others need it."""

    name: str
    argv: list[str]
    cwd: Path = ROOT
    environ: Mapping[str, str] | None = None
    user: str | None = None
    log: Path | None = None
    stop_signal: int = signal.SIGTERM
    is_server: bool = False
    prepare: Callable[[], None] = lambda: None


@dataclass(frozen=True, kw_only=True)
class Registered:
    """One line of the register: enough to know the process again and to end it properly.

    `started` counts seconds since the machine's boot, so that setting the clock makes no stranger of it.
    """

    name: str
    pid: int
    started: float
    cwd: str
    stop_signal: int
    is_server: bool

    def members(self) -> list[psutil.Process]:
        """What lives of this process and of those it started; empty when its number is somebody else's now."""
        with contextlib.suppress(psutil.NoSuchProcess):
            if abs(_start_after_boot(self.pid) - self.started) > 0.1:
                return []
        return [process for process in psutil.process_iter() if self._has_member(process)]

    def _has_member(self, process: psutil.Process) -> bool:
        try:
            return (
                os.getpgid(process.pid) == self.pid
                and process.status() != psutil.STATUS_ZOMBIE
                # The number and the moment might repeat after a reboot, where it stands will not.
                and process.cwd().removesuffix(" (deleted)") == self.cwd
            )
        except (psutil.Error, OSError):
            return False


class Children:
    """The processes of one run of one data directory, alive as long as the `with` block at most."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._running: dict[str, tuple[Program, subprocess.Popen[bytes], Registered]] = {}
        self._stop_asked = False

    def __enter__(self) -> Self:
        # PostgreSQL's own user, where there is one, must pass through the directory; nobody may list it.
        self._directory.mkdir(mode=0o711, parents=True, exist_ok=True)
        self._lock = _take_lock(self._directory / "lock", self.pause)
        end_leftovers(self._directory)
        self._guardian = subprocess.Popen(
            [sys.executable, "-m", "config.processes", str(self._directory)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        _write_state(self._lock, "stopping")
        for servers in (False, True):
            tier = [entry for _, _, entry in self._running.values() if entry.is_server == servers]
            _end(tier, SERVER_PATIENCE if servers else APPLICATION_PATIENCE, reap=self.ended)
        for _program, process, _entry in self._running.values():  # also what had died before: none stays as a shadow
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(SERVER_PATIENCE)
        (self._directory / REGISTER).unlink(missing_ok=True)
        self._guardian.communicate()
        self._lock.close()

    def stop_on_signals(self) -> None:
        """From now on SIGINT, SIGTERM and SIGHUP make the next `pause` raise StopAsked."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # nohup has the last word on SIGHUP.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._ask_to_stop)

    def _ask_to_stop(self, *_: object) -> None:
        self._stop_asked = True

    def pause(self, seconds: float = 0.1) -> None:
        """Wait. Every loop that waits for something calls this, so that a stop is never late."""
        if self._stop_asked:
            raise StopAsked
        time.sleep(seconds)
        if self._stop_asked:
            raise StopAsked

    def start(self, program: Program) -> None:
        """Start it, or start it again: what its last life left over is ended first."""
        if program.name in self._running:
            self.forget(program)
        program.prepare()
        with contextlib.ExitStack() as stack:
            output = None
            if program.log:
                program.log.touch(mode=0o600)
                output = stack.enter_context(program.log.open("ab"))
            process = subprocess.Popen(
                program.argv,
                cwd=program.cwd,
                env=program.environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                start_new_session=True,
                user=program.user,
                group=pwd.getpwnam(program.user).pw_gid if program.user else None,
                extra_groups=[] if program.user else None,
            )
        entry = Registered(
            name=program.name,
            pid=process.pid,
            started=_start_after_boot(process.pid),
            cwd=str(program.cwd.resolve()),
            stop_signal=program.stop_signal,
            is_server=program.is_server,
        )
        self._running[program.name] = (program, process, entry)
        self._write_register()

    def run(self, program: Program) -> int:
        """Start it, wait for its end, return its exit code."""
        self.start(program)
        while program not in self.ended():
            self.pause()
        return self.forget(program)

    def forget(self, program: Program) -> int:
        """Take an ended program off the list; returns its exit code."""
        _, process, entry = self._running.pop(program.name)
        _end([entry], 0)
        self._write_register()
        return process.wait()

    def ended(self) -> list[Program]:
        """The programs that should run and do not."""
        return [program for program, process, _ in self._running.values() if process.poll() is not None]

    def exit_code(self, program: Program) -> int | None:
        return self._running[program.name][1].poll()

    def _write_register(self) -> None:
        path = self._directory / REGISTER
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps([asdict(entry) for _, _, entry in self._running.values()]))
        draft.replace(path)


def _start_after_boot(pid: int) -> float:
    return float(psutil.Process(pid).create_time() - psutil.boot_time())


def end_leftovers(directory: Path) -> None:
    """End what a killed run left alive. Only the holder of the lock may call this."""
    register = directory / REGISTER
    if not register.exists():
        return
    try:
        entries = [Registered(**line) for line in json.loads(register.read_text())]
    except ValueError:
        entries = []  # a power cut ruined the file, and ended them all
    for servers in (False, True):
        tier = [entry for entry in entries if entry.is_server == servers]
        _end(tier, SERVER_PATIENCE if servers else APPLICATION_PATIENCE)
    register.unlink()


def _end(entries: list[Registered], patience: float, reap: Callable[[], object] = lambda: None) -> None:
    """Ask each to end, wait, then kill what is left, children included."""
    for entry in entries:
        if entry.members():
            with contextlib.suppress(ProcessLookupError):
                os.kill(entry.pid, entry.stop_signal)
    for process in _wait_for_end(entries, patience, reap):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    _wait_for_end(entries, SERVER_PATIENCE, reap)


def _wait_for_end(entries: list[Registered], patience: float, reap: Callable[[], object]) -> list[psutil.Process]:
    """Returns what still lives when they all have ended or patience has."""
    deadline = time.monotonic() + patience
    while True:
        reap()
        alive = [process for entry in entries for process in entry.members()]
        if not alive or time.monotonic() > deadline:
            return alive
        time.sleep(0.05)


def _take_lock(path: Path, pause: Callable[[float], None]) -> TextIO:
    """Wait a moment for the lock, and longer for a run that is about to end. Raises Occupied."""
    path.touch(mode=0o600)
    lock = path.open("a+")
    began = time.monotonic()
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            state, _, pid = path.read_text().partition(" ")
            if time.monotonic() - began > (25 if state == "stopping" else 3):
                lock.close()
                raise Occupied(pid) from None
            pause(0.1)
        else:
            _write_state(lock, "running")
            return lock


def _write_state(lock: TextIO, state: str) -> None:
    lock.truncate(0)
    lock.write(f"{state} {os.getpid()}")
    lock.flush()


def _guard(directory: Path) -> None:
    """Outlive the supervisor by as long as it takes to end its children."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    if not (directory / REGISTER).exists():
        return
    with contextlib.suppress(Occupied), _take_lock(directory / "lock", time.sleep) as lock:
        _write_state(lock, "stopping")
        end_leftovers(directory)


if __name__ == "__main__":
    _guard(Path(sys.argv[1]))

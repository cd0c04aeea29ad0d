"""`make run`'s supervisor as its user meets it: a process with output, started on a data directory of its own."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Self

import psutil
import psycopg
from dotenv import dotenv_values

from config.variables import ROOT, Environment

NAMES = [field.name.upper() for field in fields(Environment)]


@contextlib.contextmanager
def scratch_directory() -> Iterator[Path]:
    """Not pytest's own: it closes its directories to everybody else, and PostgreSQL may run as another user."""
    with tempfile.TemporaryDirectory(prefix="licences-run-") as directory:
        yield Path(directory)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(happened: Callable[[], object], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def environ_of(**values: object) -> dict[str, str]:
    """This process's environment with every variable of ours unset, but for the given ones; and Django as strict as
    it is, though an open browser has it relaxed here."""
    return (
        os.environ
        | dict.fromkeys([*NAMES, "DJANGO_ALLOW_ASYNC_UNSAFE"], "")
        | {name: str(value) for name, value in values.items()}
    )


class Supervised:
    """A started supervisor; what is left of it is killed when the `with` block ends."""

    def __init__(self, directory: Path, **values: object) -> None:
        self.port = free_port()
        self.directory = directory
        self.environ = environ_of(**({"DATA_DIR": directory, "PORT": self.port, "WEB_WORKERS": 1} | values))
        self.family: set[psutil.Process] = set()

    def __enter__(self) -> Self:
        self._output = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.supervisor", "--end-with-parent"],
            cwd=ROOT,
            env=self.environ,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.note_family()
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(25)
        left = self.alive()
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=10)
        self._output.close()

    @property
    def output(self) -> str:
        self._output.seek(0)
        return self._output.read().decode()

    def is_up(self) -> bool:
        """Waits for the line that tells the address; false when the supervisor ended instead."""
        wait_until(lambda: "is up:" in self.output or self.process.poll() is not None, 90)
        self.note_family()
        return self.process.poll() is None

    def note_family(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            us = psutil.Process(self.process.pid)
            self.family |= {us, *us.children(recursive=True)}

    def alive(self) -> list[psutil.Process]:
        self.process.poll()
        return [process for process in self.family if _lives(process)]

    def named(self, word: str) -> psutil.Process:
        """The one child of the supervisor itself whose command line holds the word."""
        children = psutil.Process(self.process.pid).children()
        [found] = [process for process in children if word in process.cmdline()]
        return found

    def database(self) -> psycopg.Connection:
        address = dotenv_values(self.directory / "servers.env")["DATABASE_URL"]
        assert address
        return psycopg.connect(address, autocommit=True)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False

"""What the embedded servers have in common: a free port, a password, one process per data directory."""

import secrets
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import redis

from config.processes import Children, Program

HOST = "127.0.0.1"


class ServerFailed(Exception):
    """Why there is no server, in one line."""


def wait_until(children: Children, program: Program, works: Callable[[], None]) -> None:
    """Try until it works; recovery after a crash may take its time, an ended server ends the wait."""
    while True:
        children.pause(0.05)
        try:
            works()
        except (psycopg.OperationalError, redis.RedisError):
            if program in children.ended():
                children.forget(program)
                raise ServerFailed(f"{program.name} did not start: {_last_words(program)}") from None
        else:
            return


def _last_words(program: Program) -> str:
    lines = program.log.read_text(errors="replace").splitlines() if program.log else []
    telling = [line for line in lines[-20:] if "FATAL" in line or "rror" in line or line.startswith("#")]
    return f"{(telling or lines or ['no message'])[-1]} ({program.log})"


def end_strays(data: Path) -> None:
    """End servers that still stand on this data, whoever started them: two would ruin it."""
    strays = [process for process in psutil.process_iter() if _stands_on(process, data)]
    for process in strays:
        process.send_signal(signal.SIGQUIT)
    for process in psutil.wait_procs(strays, timeout=5)[1]:
        process.kill()
    # Nobody is left who could own it, whatever process has got that number by now.
    (data / "postmaster.pid").unlink(missing_ok=True)


def _stands_on(process: psutil.Process, data: Path) -> bool:
    try:
        return process.name() in {"postgres", "valkey-server"} and Path(process.cwd()) == data.resolve()
    except (psutil.Error, OSError):
        return False


def password_of(directory: Path) -> str:
    """The one password of both servers, made once and kept beside their data."""
    path = directory / "password"
    if not path.exists():
        if (directory / "postgres").exists():
            raise ServerFailed(f"{path} is missing: bring it back, or put {directory}/postgres aside to begin anew")
        draft = directory / "password.draft"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(24))
        draft.rename(path)
    return path.read_text()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])

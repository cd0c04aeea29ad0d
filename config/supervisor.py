"""What `make run` starts: servers where none are given, the schema, the data, then web, worker and beat.

With none of DEBUG, SECRET_KEY and DATABASE_URL set it is a development run: DEBUG is on, the demo tenants are loaded.
What dies is started again; what keeps dying ends the run. SIGINT or SIGTERM ends everything in order.
"""

import argparse
import contextlib
import errno
import http.client
import os
import socket
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import set_key

from config.embedded import serve_what_is_missing
from config.embedded.server import HOST, ServerFailed
from config.processes import Children, Occupied, Program, StopAsked
from config.variables import Environment, InvalidEnvironment, explicit_sources, read_environment

READY_WITHIN = 60
DEATHS_A_MINUTE = 5


class RunFailed(Exception):
    """Why the run is over, in one line."""


def main() -> int:
    """The exit code: 0 after a stop that was asked for, 2 for a wrong variable, 1 for all else."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--end-with-parent", action="store_true", help="stop when whoever started this is gone")
    parent = os.getppid() if parser.parse_args().end_with_parent else None
    try:
        os.environ["DEBUG"] = _debug()
        environment = read_environment()
    except InvalidEnvironment as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    children = Children(environment.data_dir)
    children.stop_on_signals()
    try:
        with children:
            _run(children, environment, parent)
    except StopAsked:
        _say("Stopped.")
        return 0
    except Occupied as other:
        sys.stderr.write(f"{environment.data_dir} is in use by process {other}: stop it, or set DATA_DIR and PORT\n")
    except (RunFailed, ServerFailed) as failure:
        sys.stderr.write(f"{failure}\n")
    except PermissionError as error:
        sys.stderr.write(f"{error.filename}: belongs to another user: set DATA_DIR, or give it to this one\n")
    return 1


def _debug() -> str:
    """As it was chosen; else on for a newcomer, off where a key or a database of one's own shows a deployment."""
    chosen = explicit_sources()
    is_deployment = any(chosen.str(name, "") for name in ("SECRET_KEY", "DATABASE_URL"))
    return chosen.str("DEBUG", "") or ("false" if is_deployment else "true")


def _run(children: Children, environment: Environment, parent: int | None) -> None:
    _check_port(environment.port)
    addresses = serve_what_is_missing(children, environment.data_dir)
    os.environ.update(addresses)
    note = environment.data_dir / "servers.env"
    with _left_for_others(note, {**addresses, "DEBUG": os.environ["DEBUG"]}):
        if children.run(Program(name="preparation", argv=[sys.executable, "-m", "config.preparation"])):
            raise RunFailed("the database could not be prepared: the reason stands above")
        for program in programs(environment):
            children.start(program)
        try:
            _Watch(children, environment, parent).keep()
        except StopAsked:
            _say("Stopping…")
            raise


def _check_port(port: int) -> None:
    """The web server shares a port with whoever has it already, without a word; so look first."""
    for family, _, _, _, address in socket.getaddrinfo("localhost", port, type=socket.SOCK_STREAM):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # Connections that have just ended do not count, listeners do.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
                probe.listen()
            except PermissionError:
                raise RunFailed(f"PORT: {port} is not for ordinary users, choose one from 1024") from None
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise RunFailed(f"port {port} is in use: set PORT to another") from None


@contextlib.contextmanager
def _left_for_others(note: Path, values: dict[str, str]) -> Iterator[None]:
    """While we run, a command typed in another terminal finds the same servers (config.variables)."""
    note.unlink(missing_ok=True)
    note.touch(mode=0o600)
    for name, value in values.items():
        set_key(note, name, value)
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def programs(environment: Environment) -> list[Program]:
    python = [sys.executable, "-m"]
    # Root's own machine, root's own choice.
    calm = ["-W", "ignore:You're running the worker with superuser privileges"]
    celery = [sys.executable, *calm, "-m", "celery", "--quiet", "--app", "config.celery"]
    level = ["--loglevel", environment.log_level]
    worker = [*celery, "worker", *level, "--without-mingle", "--without-gossip"]
    return [
        Program(
            name="web",
            argv=[
                *(*python, "granian", "config.wsgi:application", "--interface", "wsgi"),
                *("--host", HOST, "--port", str(environment.port)),
                *("--workers", str(environment.web_workers), "--respawn-failed-workers"),
                *("--blocking-threads", str(environment.web_threads)),
                *("--workers-kill-timeout", "10", "--log-level", "warning"),
            ],
        ),
        Program(
            name="worker",
            argv=[
                *(*worker, "--concurrency", str(environment.worker_concurrency), "--hostname", "worker@%h"),
                *("--queues", "jobs,sweeps,mail"),
            ],
        ),
        Program(
            # However many long jobs there are, somebody hands out what is due and delivers mail.
            name="sweeper",
            argv=[*worker, "--concurrency", "1", "--hostname", "sweeper@%h", "--queues", "sweeps,mail"],
        ),
        Program(
            name="beat",
            argv=[
                *(*celery, "beat", *level, "--pidfile", ""),
                *("--schedule", str(environment.data_dir / "beat-schedule")),
            ],
        ),
    ]


class _Watch:
    """Looks after the children until something ends the run."""

    def __init__(self, children: Children, environment: Environment, parent: int | None) -> None:
        self._children = children
        self._environment = environment
        self._parent = parent
        self._deaths: dict[str, list[float]] = defaultdict(list)
        self._due: dict[str, float] = {}

    def keep(self) -> None:
        """Returns when the parent is gone; raises StopAsked or RunFailed otherwise."""
        began, ready = time.monotonic(), False
        while self._parent is None or os.getppid() == self._parent:
            self._children.pause(0.2)
            for program in self._children.ended():
                self._start_again(program)
            if not ready and (ready := _is_ready(self._environment)):
                _say(_welcome(self._environment))
            if not ready and time.monotonic() - began > READY_WITHIN:
                raise RunFailed(f"the web server was not ready within {READY_WITHIN} s: its messages stand above")

    def _start_again(self, program: Program) -> None:
        """At once after its first death, later and later after each further one of the same minute."""
        name, now = program.name, time.monotonic()
        if name in self._due:
            if now >= self._due[name]:
                del self._due[name]
                self._children.start(program)
            return
        deaths = [moment for moment in self._deaths[name] if now - moment < 60]
        self._deaths[name] = [*deaths, now]
        code = self._children.exit_code(program)
        if len(deaths) + 1 >= DEATHS_A_MINUTE:
            raise RunFailed(f"{name} keeps ending (exit code {code}): its messages stand above")
        delay = 2 ** len(deaths) - 1
        self._due[name] = now + delay
        _say(f"{name} ended with exit code {code}, starting it again" + (f" in {delay} s" if delay else ""))


def _is_ready(environment: Environment) -> bool:
    """Asks as the proxy in front would, so that neither the host check nor the redirect to https stands in the way."""
    headers = {"Host": urlsplit(environment.base_url).netloc, "X-Forwarded-Proto": "https"}
    connection = http.client.HTTPConnection(HOST, environment.port, timeout=2)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/healthz/ready/", headers=headers)
        return connection.getresponse().status == 200
    return False


def _welcome(environment: Environment) -> str:
    lines = [f"The Licences console is up: {environment.base_url}/"]
    if environment.debug:
        lines += [
            "Demo logins, all with the password demo:",
            "  admin1, member1   module-based subscription",
            "  admin2, member2   Suite Core",
            "  admin3, member3   Suite Plus",
            "  support           Django admin",
            f"What it would mail: {environment.base_url}/dev/mail/",
        ]
    return "\n".join([*lines, "Ctrl-C stops everything."])


def _say(text: str) -> None:
    """Whoever read our output may be gone; that is no reason to stop."""
    with contextlib.suppress(OSError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

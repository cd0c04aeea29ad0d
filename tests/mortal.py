"""Processes of their own that are killed before a statement: work that dies anywhere must do as if it had not begun."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]


class Mortal:
    """Passes statements on, until the one before which the process dies; None lives."""

    def __init__(self, dies_at: int | None) -> None:
        self.left = dies_at

    def __call__(self, execute: Callable[..., Any], *asked: Any) -> Any:
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return execute(*asked)


def run_apart(module: str, *arguments: object, given: str = "") -> str:
    """What the module says as a program beside the test's database, which it finds as a worker would."""
    from django.conf import settings
    from django.db import connections

    from config.env import env

    database = urlsplit(env.database_url)._replace(path=f"/{connections['owner'].settings_dict['NAME']}")
    return subprocess.check_output(
        [sys.executable, "-m", module, *map(str, arguments)],
        env=os.environ | {"DATABASE_URL": database.geturl(), "SECRET_KEY": settings.SECRET_KEY, "DEBUG": "true"},
        cwd=ROOT,
        input=given,
        text=True,
    )


def killed(pid: int) -> bool:
    """Whether the process was killed, once it has ended; one that failed is an error."""
    _pid, status = os.waitpid(pid, 0)
    if not os.WIFSIGNALED(status) and status != 0:
        raise ChildProcessError(f"a process ended with {os.waitstatus_to_exitcode(status)}")
    return os.WIFSIGNALED(status)

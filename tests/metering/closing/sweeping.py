"""`python -m tests.metering.closing.sweeping CLOSERS KILLS SEED`: sweeps that are killed, again and again.

Each round so many processes sweep at once, and each gets a SIGKILL before one of its statements, whichever chance says;
in the last round none does. Says how many rounds there were in which somebody died.
"""

import os
import random
import sys
from typing import Final

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

LATEST: Final = 40
"""A part takes about as many statements as this: who lives so long has closed one or two."""


def main() -> None:
    closers, kills, seed = map(int, sys.argv[1:])
    django.setup()
    chance, hit = random.Random(seed), 0
    for kill in range(kills + 1):
        ends = [chance.randint(1, LATEST) if kill < kills else None for _ in range(closers)]
        pids = [start(at_once=2 + number, dies_at=end) for number, end in enumerate(ends)]
        statuses = [os.waitpid(pid, 0)[1] for pid in pids]
        hit += any(map(os.WIFSIGNALED, statuses))
    sys.stdout.write(f"{hit}\n")


def start(*, at_once: int, dies_at: int | None) -> int:
    """A process of its own; nothing has asked the database before it was there."""
    pid = os.fork()
    if pid == 0:
        sweep(at_once, dies_at)
    return pid


def sweep(at_once: int, dies_at: int | None) -> None:
    from django.db import connection

    from notifications.jobs.month_close import MonthClose
    from notifications.services import month_closes
    from tests.mortal import Mortal

    month_closes.AT_ONCE = at_once  # small parts, no two cut alike: the more ways to be killed
    try:
        with connection.execute_wrapper(Mortal(dies_at)):
            month_closes.close_due_months(MonthClose)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()

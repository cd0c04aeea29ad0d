"""`python -m tests.metering.closing.sweeping CLOSERS KILLS SEED`: sweeps that are killed, again and again.

Each round so many processes sweep at once, and after a moment one of them gets a SIGKILL, the last time none. Says
how many were still at it when they were killed.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def main() -> None:
    closers, kills, seed = map(int, sys.argv[1:])
    django.setup()
    chance, hit = random.Random(seed), 0
    for kill in range(kills + 1):
        pids = [start(at_once=2 + number) for number in range(closers)]
        if kill < kills:
            time.sleep(chance.uniform(0.02, 0.15))
            hit += is_at_it(pids[0])
            os.kill(pids[0], signal.SIGKILL)
        for pid in pids:
            os.waitpid(pid, 0)
    sys.stdout.write(f"{hit}\n")


def start(*, at_once: int) -> int:
    """A process of its own; nothing has asked the database before it was there."""
    pid = os.fork()
    if pid == 0:
        sweep(at_once)
    return pid


def sweep(at_once: int) -> None:
    from notifications.jobs.month_close import MonthClose
    from notifications.services import month_closes

    month_closes.AT_ONCE = at_once  # small parts, no two cut alike: the more ways to be killed
    try:
        month_closes.close_due_months(MonthClose)
    finally:
        os._exit(0)


def is_at_it(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


if __name__ == "__main__":
    main()

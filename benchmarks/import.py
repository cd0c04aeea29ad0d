"""`python -m benchmarks.import`: users from a CSV file into the console, against `COPY` of the same rows.

Needs DATABASE_URL; works in a scratch database of its own. Three imports of as many rows each: users alone, users with
their search documents, and users with a plan each. COPY writes what the first wrote, users and their history, into the
same tables with the same indexes, as the owner, whom row-level security does not bind meanwhile.

What is measured runs in a process that does nothing else, as a worker does: read the file, check it, import it. Beside
the time stands the processor time of that process and of its PostgreSQL backend, which other programs on the machine
stretch less.
"""

# ruff: noqa: N999

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import django
import psutil
from django.conf import settings
from django.core.management import call_command
from django.db import connections

RATIO, MEMORY_MB = 0.1, 150
PHASES = ("read", "check", "import")
USERS = 100
"""So many the tenants have before. PostgreSQL knows next to nothing of a table that it has only seen empty."""
PLAN = "Imported workspace"


@dataclass(frozen=True, slots=True)
class Cost:
    """What something took: wall time, processor time of its process and of its backend."""

    seconds: float
    own: float
    backend: float

    def told(self, what: str, rows: int) -> str:
        processor = f"processor {self.own:.2f} s here and {self.backend:.2f} s in PostgreSQL"
        return f"{what:<26}{self.seconds:7.2f} s, {rows / self.seconds:9,.0f} rows a second; {processor}"


class Watch:
    """Times what is done in its block."""

    def __init__(self, door: str = "default") -> None:
        self._door = connections[door]

    def __enter__(self) -> "Watch":
        self._door.ensure_connection()
        self._began = self._now()
        return self

    def __exit__(self, *_error: object) -> None:
        self.cost = Cost(*(after - before for before, after in zip(self._began, self._now(), strict=True)))

    def _now(self) -> tuple[float, float, float]:
        backend = psutil.Process(self._door.connection.info.backend_pid).cpu_times()
        return time.perf_counter(), time.process_time(), backend.user + backend.system


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.import", description="Measure an import of users.")
    parser.add_argument("--rows", type=int, default=100_000, help="how many users a file has (default 100,000)")
    parser.add_argument("--once", action="store_true", help="one import only, for its memory")
    parser.add_argument("--work", metavar="IMPORT", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.screen.settings"
    django.setup()
    return work(asked.work) if asked.work else prove(asked.rows, once=asked.once)


def prove(rows: int, *, once: bool) -> int:
    """Print a line per figure; 1 when a bound is broken."""
    from benchmarks.screen.proof import machine, scratch_database

    with scratch_database():
        administrator = make_administrator(seats=rows)
        print(f"{rows:,} rows, {machine()}")
        with no_search_documents():
            plain, peak = imported(administrator, rows, prefix="a")
            tell("", plain, rows)
            if once:
                return verdict((peak <= MEMORY_MB, f"memory {peak:.0f} MB, at most {MEMORY_MB} MB"))
            copied = copy_again(administrator)
        print(copied.told("COPY", rows))
        searched, _ = imported(administrator, rows, prefix="b")
        tell(", with search documents", searched, rows)
        with no_search_documents():
            planned, peak_with_plans = imported(administrator, rows, prefix="c", plan=PLAN)
        tell(", with a plan each", planned, rows)
        run = plain["import"]
        ratio, processor = copied.seconds / run.seconds, (copied.own + copied.backend) / (run.own + run.backend)
        whole = copied.seconds / (plain["read"].seconds + run.seconds)
        peak = max(peak, peak_with_plans)
        return verdict(
            (ratio >= RATIO, f"import to COPY: {ratio:.2f}, at least {RATIO}; by processor time {processor:.2f}"),
            (whole >= RATIO, f"read and import to COPY: {whole:.2f}, at least {RATIO}"),
            (peak <= MEMORY_MB, f"memory {peak:.0f} MB, at most {MEMORY_MB} MB"),
        )


def tell(what: str, costs: dict[str, Cost], rows: int) -> None:
    for phase, cost in costs.items():
        print(cost.told(phase + (what if phase == "import" else ""), rows))
    sys.stdout.flush()


def verdict(*verdicts: tuple[bool, str]) -> int:
    for holds, text in verdicts:
        print("holds " if holds else "BROKEN", text)
    sys.stdout.flush()
    return 0 if all(holds for holds, _text in verdicts) else 1


def make_administrator(seats: int):
    """Of a tenant with nothing but a plan that has seats enough."""
    from benchmarks.screen.tenants import EVERYBODYS, Size, make_catalogue, make_tenant, settle
    from config.tenancy.scopes import tenant_scope
    from licences.models import Licence

    call_command("load_catalogue", verbosity=0)
    make_catalogue()
    administrator = make_tenant(0, Size(users=USERS, system_licences=1, user_licences=1, seats=1, events=0))
    with tenant_scope(administrator.tenant_id):
        Licence.objects.in_force().filter(type__code=EVERYBODYS).update(total=seats + 1_000, name=PLAN)
    settle()
    return administrator


@contextmanager
def no_search_documents() -> Iterator[None]:
    """The triggers of licences_user write them."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE licences_user DISABLE TRIGGER USER")
        yield
        cursor.execute("ALTER TABLE licences_user ENABLE TRIGGER USER")


def imported(administrator, rows: int, *, prefix: str, plan: str = "") -> tuple[dict[str, Cost], float]:
    """What each phase takes in a process of its own, and how many MB that process has at the most."""
    upload = uploaded(administrator, csv(rows, prefix=prefix, plan=plan))
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{settings.DATABASES['owner']['TEST']['NAME']}")
    answer = subprocess.check_output(
        [sys.executable, "-m", "benchmarks.import", "--work", str(upload)],
        env=os.environ | {"DATABASE_URL": address.geturl()},
        text=True,
    )
    measured = json.loads(answer.splitlines()[-1])
    return {phase: Cost(**measured[phase]) for phase in PHASES}, measured["peak"]


def csv(rows: int, *, prefix: str, plan: str) -> Iterator[bytes]:
    heading = "user id;full name;e-mail;role;group" + (";plans" if plan else "")
    yield f"{heading}\r\n".encode()
    for start in range(0, rows, 1_000):
        lines = (
            f"{prefix}{number}.imported;{('Ask', 'Liv', 'Odd', 'Siv')[number % 4]} Bergmo {number:07};"
            f"{prefix}{number}@fjordlys.example;user;Group {number % 20}" + (f";{plan}" if plan else "")
            for number in range(start, min(rows, start + 1_000))
        )
        yield ("\r\n".join(lines) + "\r\n").encode()


def copy_again(administrator) -> Cost:
    """Users and history of the import that was, with other user IDs, into another tenant."""
    from benchmarks.screen.tenants import Size, make_tenant

    other = make_tenant(1, Size(users=USERS, system_licences=1, user_licences=1, seats=1, events=0))
    names = {"source": administrator.tenant_id, "target": other.tenant_id, "by": other.pk}
    costs = []
    with connections["owner"].cursor() as cursor:
        for table, columns, rows in COPIES:
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            with cursor.cursor.copy(f"COPY ({rows.format(**names)}) TO STDOUT") as copy:
                data = b"".join(bytes(part) for part in copy)
            with Watch("owner") as watch, cursor.cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                copy.write(data)
            cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            costs.append(watch.cost)
    users, history = costs
    return Cost(users.seconds + history.seconds, users.own + history.own, users.backend + history.backend)


COPIES = (
    (
        "licences_user",
        "tenant_id, login_id, password, full_name, email, role, can_log_in, primary_group_id, date_joined",
        """
        SELECT {target}, 'copied.' || login_id, password, full_name, email, role, can_log_in,
            (SELECT id FROM licences_usergroup WHERE tenant_id = {target}), date_joined
        FROM licences_user WHERE tenant_id = {source} AND login_id LIKE 'a%.imported' ORDER BY id
        """,
    ),
    (
        "licences_historyentry",
        "tenant_id, number, at, by_id, by_name, action, user_id, subject, before, after, why, hash",
        """
        SELECT {target}, number + 1000000, at, {by}, by_name, action, copied.id, subject, before, after, why, hash
        FROM licences_historyentry entry
        JOIN licences_user written ON written.id = entry.user_id
        JOIN licences_user copied ON copied.login_id = 'copied.' || written.login_id
        WHERE entry.tenant_id = {source} AND written.login_id LIKE 'a%.imported' ORDER BY number
        """,
    ),
)


def uploaded(administrator, parts: Iterator[bytes]) -> int:
    """The id of an import whose file has come in."""
    from config.tenancy.scopes import tenant_scope
    from notifications.services.uploads import store_upload

    with tempfile.TemporaryFile() as file, tenant_scope(administrator.tenant_id):
        file.writelines(parts)
        size = file.tell()
        file.seek(0)
        tenant = administrator.tenant
        return store_upload(tenant, kind="users", file=file, name="users.csv", size=size, by=administrator).pk


def work(upload: int) -> int:
    """Read, check and import it; the last line says what each took."""
    from config.tenancy.scopes import support_scope, tenant_scope
    from notifications.models import Import
    from notifications.reports.imports import suggestion
    from notifications.services import importing

    with support_scope("the benchmark finds its file"):
        file = Import.objects.select_related("tenant", "created_by__tenant").get(pk=upload)
    by, costs = file.created_by, {"read": timed()}
    with tenant_scope(file.tenant_id):
        file.refresh_from_db()
        guess = suggestion(file)
        importing.choose_mapping(
            file, mapping=guess.mapping, match_by=guess.match_by, duplicates=guess.duplicates, by=by
        )
    for phase, start in (("check", importing.start_check), ("import", importing.start_import)):
        with tenant_scope(file.tenant_id):
            start(file, by=by)
        costs[phase] = timed()
    with tenant_scope(file.tenant_id):
        file.refresh_from_db()
    print(json.dumps(costs | {"peak": peak_mb()}))
    return 0 if file.state == Import.State.DONE and file.counts["added"] == file.rows else 1


def peak_mb() -> float:
    """The most memory that this process had. Not `ru_maxrss`, which counts what its parent had when it was started."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


def timed() -> dict[str, float]:
    """What the jobs take that are due."""
    with Watch() as watch:
        run_what_is_due()
    return asdict(watch.cost)


def run_what_is_due() -> None:
    from notifications.jobs import KINDS
    from notifications.services import tracker

    for tenant_id, job_id in tracker.due_jobs():
        lease = tracker.claim(tenant_id, job_id, KINDS)
        assert lease is not None
        tracker.work(lease, KINDS[lease.kind]())


if __name__ == "__main__":
    sys.exit(main())

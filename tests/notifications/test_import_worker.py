"""An import in a real worker, whatever is killed on the way: every row once, and an end in sight."""

import os
import random
import time
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO

import psutil
import pytest
from django.db import OperationalError, connection, connections
from psycopg_pool import PoolTimeout

from config.processes import Children
from config.tenancy.scopes import tenant_scope
from licences.models import HistoryEntry, Licence, Seat, Tenant, User
from licences.services.history import breaks
from notifications.imports.packing import BATCH_ROWS
from notifications.models import Import, Job, SystemEvent
from notifications.services import importing
from notifications.services.uploads import store_upload
from tests.config.supervised import scratch_directory
from tests.factories import scope_of
from tests.licences.seats import plan
from tests.notifications.imports import work_off
from tests.notifications.jobs import let_lease_expire, now
from tests.notifications.processes import Console, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

PROOF = bool(os.environ.get("PROOF"))
ROWS = 100_000 if PROOF else 5_000
KILLS = 100 if PROOF else 2
CRASHES = 3 if PROOF else 1
BROKER_STOPPED_SECONDS = 20 if PROOF else 0
A_WAIT = 10
"""Every so many kills the lease is left to expire by itself."""
COLUMNS = {"user_id": 0, "full_name": 1, "plans": 2}


@pytest.fixture
def console(transactional_db: None) -> Iterator[Console]:
    """A broker that runs, and worker and beat that can be started."""
    with scratch_directory() as directory, Children(directory) as children:
        console = Console(children, directory)
        console.start("broker")
        yield console
        console.end()
        print(console.logs())  # noqa: T201 - shown when the test fails


@pytest.fixture
def job(administrator: User) -> Job:
    """An import of so many users that has been checked and is due; every tenth gets a plan."""
    tenant = administrator.tenant
    plan(tenant, name="Sales", total=ROWS)
    lines = (f"u{n},User {n},{'' if n % 10 else 'Sales'}\n" for n in range(ROWS))
    data = ("User ID,Full name,Plans\n" + "".join(lines)).encode()
    with scope_of(tenant):
        file = store_upload(tenant, kind="users", file=BytesIO(data), name="u.csv", size=len(data), by=administrator)
    work_off(tenant)
    with scope_of(tenant):
        file.refresh_from_db()
        importing.choose_mapping(
            file, mapping=COLUMNS, match_by="user_id", duplicates=Import.Duplicates.ADD, by=administrator
        )
        importing.start_check(file, by=administrator)
    work_off(tenant)
    with scope_of(tenant):
        event = importing.start_import(file, by=administrator)
        return Job.objects.get(event=event)


def done(job: Job) -> int:
    with tenant_scope(job.tenant_id):
        return Job.objects.values_list("done", flat=True).get(pk=job.pk)


def has_ended(job: Job) -> bool:
    return now(job).ended_at is not None


def assert_every_row_once(job: Job) -> None:
    """Users, history and seats are those of the file, each once, and the numbers say so."""
    event = now(job).event
    assert event.status == SystemEvent.Status.SUCCEEDED, event.message
    with connections["owner"].cursor() as cursor:
        # PostgreSQL takes tables for empty that it has not looked at since, and a crash forgets that it should.
        cursor.execute("ANALYZE licences_user, licences_historyentry, licences_seat")
    with tenant_scope(job.tenant_id):
        there = set(User.objects.filter(full_name__startswith="User ").values_list("login_id", flat=True))
        added = HistoryEntry.objects.filter(action=HistoryEntry.Action.USER_ADDED)
        told = list(added.values_list("user__login_id", flat=True))
        seats = Seat.objects.active().filter(licence__name="Sales").count()
        in_use = Licence.objects.get(name="Sales").in_use
        imported = Import.objects.get(pk=job.subject or 0)
        assert list(breaks(Tenant.objects.get(pk=job.tenant_id))) == []
    lost = {f"u{n}" for n in range(ROWS)} - there
    assert {"lost": len(lost), "doubled": len(told) - len(set(told)), "not told": len(there - set(told))} == {
        "lost": 0,
        "doubled": 0,
        "not told": 0,
    }
    assert (seats, in_use, event.done, event.total) == (ROWS // 10, ROWS // 10, ROWS, ROWS)
    assert (imported.state, imported.counts) == (Import.State.DONE, {"added": ROWS, "seats": ROWS // 10})


def test_killing_the_worker_again_and_again_loses_and_doubles_no_row(console: Console, job: Job) -> None:
    """At random moments, with two beats; at the latest after every second kill something must have been done. In
    between, the worker may not even have begun: it is killed as soon as it is there, or once it has claimed the job."""
    moment = random.Random(2026)
    console.start("beat", "beat2", "worker")
    reached = token = 0

    for kill in range(1, KILLS + 1):
        if kill % 2:
            rows, said = reached + moment.choice((0, 0, 0, BATCH_ROWS)), f"progress after {kill - 1} kills"
            wait_until(lambda: done(job) > rows, said, 120)  # noqa: B023 - called at once
        elif moment.choice((True, False)):
            wait_until(lambda: now(job).token > token, f"a claim after {kill - 1} kills")  # noqa: B023
        console.kill("worker")
        assert not has_ended(job), f"the import was over after {kill} kills"
        reached, token = done(job), now(job).token
        if kill % A_WAIT:
            let_lease_expire(job)
        console.start("worker")

    wait_until(lambda: has_ended(job), "the end", 180)
    assert_every_row_once(job)


def test_a_broker_that_is_away_for_a_while_loses_no_row(console: Console, job: Job) -> None:
    console.start("beat", "worker")
    wait_until(lambda: done(job), "the first rows")

    console.kill("broker")
    stopped_at = time.monotonic()
    wait_until(lambda: "Connection to broker lost" in console.logs(), "the worker's word that the broker is gone")
    wait_until(lambda: time.monotonic() - stopped_at >= BROKER_STOPPED_SECONDS, "the end of the pause")
    console.start("broker")

    wait_until(lambda: has_ended(job), "the end", 180)
    assert_every_row_once(job)


def test_when_postgresql_crashes_and_recovers_no_row_is_lost(console: Console, job: Job) -> None:
    """One of its processes is killed, so it ends every session at once and replays its log."""
    console.start("beat", "worker")
    for _crash in range(CRASHES):
        reached = done(job)
        wait_until(lambda: done(job) > reached, "more rows")  # noqa: B023 - called at once
        connection.ensure_connection()
        backend = psutil.Process(connection.connection.info.backend_pid)
        backend.kill()
        wait_until(recovered, "PostgreSQL")
        assert not backend.is_running()
        let_lease_expire(job)

    wait_until(lambda: has_ended(job), "the end", 180)
    assert_every_row_once(job)


def recovered() -> bool:
    """Whether this process has a session again, after it has let go of those that are no more."""
    with suppress(OperationalError, PoolTimeout):
        for each in connections.all():
            each.close()
        connection.close_pool()
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT 1")
        connection.ensure_connection()
        return True
    return False

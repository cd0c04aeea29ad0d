"""An import from its columns to its end and back: what each state allows, and what the jobs leave behind."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from licences.models import User
from notifications.imports.packing import pack
from notifications.jobs import KINDS
from notifications.models import Import, ImportBatch, Job, SystemEvent
from notifications.reports.import_faults import faults_of
from notifications.reports.imports import SeatsAsked, seats_asked
from notifications.services import importing
from notifications.services.cancelling import cancel_event
from notifications.services.retrying import retry_event
from notifications.services.tracker import AlreadyActive, NotRetried, claim, run_chunk
from tests.factories import ImportFactory, scope_of
from tests.licences.seats import plan
from tests.licences.user_files import users_of
from tests.notifications.imports import work_off
from tests.notifications.jobs import now

pytestmark = pytest.mark.django_db

State, ADD = Import.State, Import.Duplicates.ADD
COLUMNS = ["User ID", "Full name", "Plans"]
MAPPING = {"user_id": 0, "full_name": 1, "plans": 2}
ROWS = [["kari", "Kari Lund", "Sales"], ["odd", "Odd Berg", "Sales"], ["liv", "", ""], ["kari", "Kari Lund", ""]]


def read_file(by: User, rows: list[list[str]] = ROWS, *, batch: int = 2) -> Import:
    """A file that has been read, in batches of so many rows."""
    imported: Import = ImportFactory(tenant=by.tenant, columns=COLUMNS, rows=len(rows), created_by=by)
    with scope_of(imported):
        ImportBatch.objects.bulk_create(
            ImportBatch(
                tenant=by.tenant,
                of_import=imported,
                number=start // batch + 1,
                first_line=start + 2,
                size=len(rows[start : start + batch]),
                rows=pack(rows[start : start + batch]),
            )
            for start in range(0, len(rows), batch)
        )
    return imported


def job_of(event: SystemEvent) -> Job:
    return Job.objects.get(event=event)


def do(imported: Import, step: Callable[..., object], *, by: User, **options: object) -> Import:
    """Take the step, and have the work done."""
    with scope_of(imported):
        step(imported, by=by, **options)
    work_off(by.tenant)
    return reread(imported)


def reread(imported: Import) -> Import:
    with scope_of(imported):
        imported.refresh_from_db()
    return imported


def checked(by: User, rows: list[list[str]] = ROWS) -> Import:
    imported = read_file(by, rows)
    do(imported, importing.choose_mapping, by=by, mapping=MAPPING, match_by="user_id", duplicates=ADD)
    return do(imported, importing.start_check, by=by)


def test_the_check_tells_what_the_run_then_does(administrator: User) -> None:
    licence = plan(administrator.tenant, name="Sales", total=1)

    imported = checked(administrator)

    assert imported.state == State.CHECKED
    assert imported.counts == {"added": 1, "seats": 1, "faulty": 3}
    assert imported.message == "1 to add, 3 with faults, 1 seat to give."
    with scope_of(imported):
        told = [(fault.line, fault.cells[0], fault.text) for fault in faults_of(imported)]
        assert seats_asked(imported) == [SeatsAsked(licence.type.code, "Sales", asked=2, free=1)]
    assert told == [
        (3, "odd", "No seat left: Sales."),
        (4, "liv", "A new user needs a user ID and a full name."),
        (5, "kari", "The same user is on line 2 already."),
    ]
    assert users_of(administrator.tenant, "login_id") == [(administrator.login_id,)], "nothing is written"

    imported = do(imported, importing.start_import, by=administrator)

    assert (imported.state, imported.counts) == (State.DONE, {"added": 1, "seats": 1, "faulty": 3})
    assert imported.message == "1 added, 3 with faults, 1 seat given."
    assert imported.ended_at is not None
    with scope_of(imported):
        assert [(fault.line, fault.cells[0], fault.text) for fault in faults_of(imported)] == told
    assert ("kari",) in users_of(administrator.tenant, "login_id")


def test_an_import_is_undone_from_its_last_row_to_its_first(administrator: User) -> None:
    plan(administrator.tenant, name="Sales")
    imported = do(checked(administrator, ROWS[:2]), importing.start_import, by=administrator)
    with scope_of(imported):
        User.objects.filter(login_id="odd").update(full_name="Odd Dahl")

    imported = do(imported, importing.start_undo, by=administrator)

    assert (imported.state, imported.message) == (
        State.UNDONE,
        "1 removed, 1 stayed as they are.",
    )
    assert imported.counts == {"added": 2, "seats": 2, "removed": 1, "stayed": 1}
    with scope_of(imported):
        assert [(each.line, each.text) for each in faults_of(imported)] == [(3, "Odd Dahl was changed since.")]


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        ({"match_by": "plans"}, "Choose by what rows are recognised."),
        ({"mapping": {"user_id": 0, "shoe_size": 1}}, "There is no such field."),
        ({"mapping": {"user_id": 3}}, "There is no such column."),
        ({"mapping": {"user_id": 0, "full_name": 0}}, "A column can fill one field only."),
        ({"mapping": {"full_name": 1}}, "Choose a column for: User ID."),
    ],
)
def test_columns_that_make_no_sense_are_refused(administrator: User, choice: dict[str, object], text: str) -> None:
    imported = read_file(administrator)
    options = {"mapping": MAPPING, "match_by": "user_id", "duplicates": ADD} | choice

    with pytest.raises(importing.WrongMapping, match=text), scope_of(imported):
        importing.choose_mapping(imported, by=administrator, **options)


STEPS = {
    importing.NotMapped: ("start_check", {State.READ}),
    importing.NotRead: ("start_check", {State.READING, State.RUNNING, State.DONE, State.REFUSED, State.UNDONE}),
    importing.NotChecked: ("start_import", {State.READ, State.CHECKING, State.RUNNING, State.DONE, State.STOPPED}),
    importing.NotImported: ("start_undo", {State.CHECKED, State.RUNNING, State.UNDOING, State.UNDONE}),
}


@pytest.mark.parametrize(
    ("refusal", "step", "state"),
    [(refusal, step, state) for refusal, (step, states) in STEPS.items() for state in sorted(states)],
)
def test_each_step_is_allowed_in_its_states_only(
    administrator: User, refusal: type[Exception], step: str, state: Import.State
) -> None:
    mapping = {} if refusal is importing.NotMapped else MAPPING
    imported = ImportFactory(tenant=administrator.tenant, state=state, mapping=mapping)

    with pytest.raises(refusal), scope_of(imported):
        getattr(importing, step)(imported, by=administrator)

    with scope_of(imported):
        assert not SystemEvent.objects.exists()
        assert reread(imported).state == state


def test_after_24_hours_nothing_is_undone(administrator: User) -> None:
    day_ago = timezone.now() - timedelta(hours=24, seconds=1)
    imported = ImportFactory(tenant=administrator.tenant, state=State.DONE, ended_at=day_ago)

    with pytest.raises(importing.TooLate), scope_of(imported):
        importing.start_undo(imported, by=administrator)


def test_one_import_runs_at_a_time_and_none_while_another_is_undone(administrator: User) -> None:
    first, second = checked(administrator), checked(administrator)
    with scope_of(first):
        importing.start_import(first, by=administrator)

    with pytest.raises(AlreadyActive), scope_of(second):
        importing.start_import(second, by=administrator)

    assert reread(second).state == State.CHECKED


def test_what_is_cancelled_half_way_stays_goes_on_and_can_be_undone(administrator: User) -> None:
    imported = checked(administrator, [[f"u{n}", f"U {n}", ""] for n in range(6)])
    with scope_of(imported):
        event = importing.start_import(imported, by=administrator)
        job = job_of(event)
    lease = claim(job.tenant_id, job.pk)
    assert lease is not None
    run_chunk(lease, KINDS[job.kind]())
    with scope_of(imported):
        cancel_event(event, KINDS, by=administrator)
    run_chunk(lease, KINDS[job.kind]())

    stopped = reread(imported)
    assert (stopped.state, stopped.counts) == (State.STOPPED, {"added": 2, "seats": 0})
    assert stopped.message.startswith("Cancelled after 2 of 6 rows; those stay. 2 added")

    with scope_of(imported):
        retry_event(now(job).event, KINDS, by=administrator)
    work_off(administrator.tenant)
    assert (reread(imported).state, imported.counts["added"]) == (State.DONE, 6)

    assert do(imported, importing.start_undo, by=administrator).counts["removed"] == 6


def stopped_half_way(imported: Import, step: Callable[..., SystemEvent], *, by: User) -> SystemEvent:
    """Take the step, and cancel its job after the first batch."""
    with scope_of(imported):
        event = step(imported, by=by)
        job = job_of(event)
    lease = claim(job.tenant_id, job.pk)
    assert lease is not None
    run_chunk(lease, KINDS[job.kind]())
    with scope_of(imported):
        cancel_event(event, KINDS, by=by)
    run_chunk(lease, KINDS[job.kind]())
    return now(job).event


def test_a_check_that_is_tried_again_counts_each_row_once(administrator: User) -> None:
    imported = read_file(administrator, [[f"u{n}", f"U {n}", ""] for n in range(6)])
    do(imported, importing.choose_mapping, by=administrator, mapping=MAPPING, match_by="user_id", duplicates=ADD)
    event = stopped_half_way(imported, importing.start_check, by=administrator)
    assert reread(imported).counts["added"] == 2

    with scope_of(imported):
        retry_event(event, KINDS, by=administrator)
    work_off(administrator.tenant)

    assert (reread(imported).state, imported.counts["added"]) == (State.CHECKED, 6)


def test_an_undo_that_is_started_again_counts_what_was_undone_before(administrator: User) -> None:
    imported = do(
        checked(administrator, [[f"u{n}", f"U {n}", ""] for n in range(6)]), importing.start_import, by=administrator
    )
    with scope_of(imported):
        User.objects.filter(login_id__in=["u0", "u5"]).update(full_name="Somebody Else")
    stopped_half_way(imported, importing.start_undo, by=administrator)
    assert (reread(imported).state, imported.counts["stayed"]) == (State.STOPPED, 1)

    imported = do(imported, importing.start_undo, by=administrator)

    assert (imported.counts["added"], imported.counts["removed"], imported.counts["stayed"]) == (6, 4, 2)
    assert imported.message == "4 removed, 2 stayed as they are."


def test_an_import_that_was_partly_undone_does_not_go_on(administrator: User) -> None:
    imported = checked(administrator, [[f"u{n}", f"U {n}", ""] for n in range(4)])
    with scope_of(imported):
        event = importing.start_import(imported, by=administrator)
        job = job_of(event)
    lease = claim(job.tenant_id, job.pk)
    assert lease is not None
    run_chunk(lease, KINDS[job.kind]())
    with scope_of(imported):
        cancel_event(event, KINDS, by=administrator)
    run_chunk(lease, KINDS[job.kind]())
    do(imported, importing.start_undo, by=administrator)

    with pytest.raises(NotRetried), scope_of(imported):
        retry_event(now(job).event, KINDS, by=administrator)


def test_another_worker_goes_on_with_a_check_and_still_finds_repeats(administrator: User) -> None:
    rows = [["u0", "U 0", ""], ["u1", "U 1", ""], ["u2", "U 2", ""], ["u0", "U 0", ""]]
    imported = read_file(administrator, rows)
    do(imported, importing.choose_mapping, by=administrator, mapping=MAPPING, match_by="user_id", duplicates=ADD)
    with scope_of(imported):
        job = job_of(importing.start_check(imported, by=administrator))
    lease = claim(job.tenant_id, job.pk)
    assert lease is not None

    run_chunk(lease, KINDS[job.kind]())
    while run_chunk(lease, KINDS[job.kind]()):
        pass

    assert reread(imported).counts == {"added": 3, "seats": 0, "faulty": 1}
    with scope_of(imported):
        assert [fault.text for fault in faults_of(imported)] == ["The same user is on line 2 already."]

"""The job that reads a file: once, whoever is killed on the way; and it says what is wrong with a file."""

import pytest

from licences.models import User
from notifications.imports.packing import unpack_lines
from notifications.jobs import KINDS
from notifications.models import Import, ImportBatch, ImportPiece, Job, SystemEvent
from notifications.reading.limits import PIECE_BYTES
from notifications.services.cancelling import cancel_event
from notifications.services.tracker import retry_job, run_chunk
from tests.factories import scope_of
from tests.notifications.imports import Wizard, kept, upload, work_off
from tests.notifications.jobs import let_lease_expire, take
from tests.notifications.reading.files import workbook

pytestmark = pytest.mark.django_db

MANY = "User ID,Full name\n" + "".join(f"user{n},Full name {n}\n" for n in range(3_500))


def rows(imported: Import) -> list[tuple[int, list[str]]]:
    with scope_of(imported):
        batches = ImportBatch.objects.filter(of_import=imported).order_by("number")
        return [line for batch in batches for line in unpack_lines(batch.rows, batch.first_line)]


def job_of(wizard: Wizard) -> Job:
    with scope_of(wizard.tenant):
        return Job.objects.select_related("event").get(event=wizard.imported.event_id)


def test_the_rows_are_kept_in_batches_with_their_lines(wizard: Wizard) -> None:
    imported = wizard.upload(MANY.replace("user7,", "\n\nuser7,"))

    assert (imported.state, imported.rows, imported.encoding, imported.delimiter) == ("read", 3_500, "utf-8", ",")
    assert kept(imported) == (1, 4)
    assert [line for line, _cells in rows(imported)][6:9] == [8, 11, 12]
    assert [cells[0] for _line, cells in rows(imported)] == [f"user{n}" for n in range(3_500)]
    assert imported.event.message == "3,500 rows read."
    assert imported.event.total == 3_500


def test_a_large_file_is_kept_in_pieces_of_1_mib(wizard: Wizard) -> None:
    data = b"User ID,Note\n" + b"".join(b"user%d,%s\n" % (n, b"x" * 1_000) for n in range(2_500))

    imported = wizard.upload(data)

    with scope_of(imported):
        pieces = list(ImportPiece.objects.filter(of_import=imported).order_by("number").values_list("data", flat=True))
    assert b"".join(map(bytes, pieces)) == data
    assert [len(piece) for piece in pieces[:-1]] == [PIECE_BYTES] * (len(data) // PIECE_BYTES)
    assert imported.rows == 2_500


@pytest.mark.parametrize("data", [MANY.encode(), workbook([row.split(",") for row in MANY.splitlines()])])
def test_another_worker_reads_on_where_the_first_was_lost(data: bytes, wizard: Wizard) -> None:
    upload(wizard.client, data)
    job = job_of(wizard)
    for _ in range(2):
        lease, kind = take(job), KINDS[job.kind]()
        while job_of(wizard).cursor < 1 or not run_chunk(lease, kind):
            run_chunk(lease, kind)
            if job_of(wizard).cursor >= 1:
                break
        kind.close()
        let_lease_expire(job)

    work_off(wizard.tenant)

    assert wizard.imported.state == Import.State.READ
    assert [cells[0] for _line, cells in rows(wizard.imported)] == [f"user{n}" for n in range(3_500)]
    assert wizard.imported.rows == 3_500


def test_a_file_that_goes_wrong_late_leaves_its_reason_and_imports_nothing(wizard: Wizard) -> None:
    imported = wizard.upload(MANY + 'ask,"Ask\n')

    assert imported.state == Import.State.REFUSED
    assert imported.message.startswith("Line 3502: a quotation mark is opened and never closed")
    assert imported.event.status == SystemEvent.Status.FAILED
    assert imported.event.message == imported.message
    with scope_of(wizard.tenant):
        assert not User.objects.filter(login_id="user1").exists()


def test_it_can_be_started_again_and_begins_anew(wizard: Wizard) -> None:
    imported = wizard.upload(MANY + 'ask,"Ask\n')
    with scope_of(imported):
        event = retry_job(imported.event, KINDS["import_reading"](), by=imported.created_by)
        assert wizard.imported.event == event

    work_off(wizard.tenant)

    assert wizard.imported.state == Import.State.REFUSED
    assert len(rows(wizard.imported)) == 3_000


def test_reading_can_be_cancelled(wizard: Wizard, administrator: User) -> None:
    upload(wizard.client)
    with scope_of(wizard.tenant):
        cancel_event(wizard.imported.event, KINDS, by=administrator)

    assert wizard.imported.state == Import.State.REFUSED
    assert "This file cannot be used" in wizard.look().content.decode()
    assert "read" not in {wizard.imported.state}


def test_a_file_that_is_gone_says_so(wizard: Wizard) -> None:
    upload(wizard.client)
    with scope_of(wizard.tenant):
        ImportPiece.objects.all().delete()

    work_off(wizard.tenant)

    assert wizard.imported.message == "The file is not kept any more. Upload it again."

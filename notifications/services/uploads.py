"""Take in a file that somebody uploads: it is kept in pieces, because the worker that reads it shares no disk."""

from datetime import timedelta
from typing import IO, Final

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from licences.models import Tenant, User
from notifications.jobs.import_reading import ImportReading
from notifications.models import Import, ImportPiece
from notifications.reading.limits import PIECE_BYTES
from notifications.services.tracker import start_job

UPLOAD_WITHIN: Final = timedelta(minutes=10)
"""A slow line may take this long; the request's transaction waits for it."""
LONGEST_NAME: Final = 200


def wait_for_upload() -> None:
    """Let the running transaction be idle for as long as an upload may take."""
    patience = str(int((UPLOAD_WITHIN + timedelta(minutes=1)).total_seconds() * 1000))
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, true)", [patience])


@transaction.atomic
def store_upload(tenant: Tenant, *, kind: str, file: IO[bytes], name: str, size: int, by: User) -> Import:
    """Keep the file and have it read. Raises AlreadyActive while an earlier file of the same user is being read."""
    imported = Import.objects.create(
        tenant=tenant,
        kind=kind,
        state=Import.State.READING,
        file_name=_file_name(name),
        size_bytes=size,
        created_by=by,
        created_at=timezone.now(),
    )
    imported.event = start_job(
        ImportReading(),
        tenant=tenant,
        by=by,
        name=(_("Reading of %(file)s") % {"file": imported.file_name})[:200],
        owner=by.login_id,
        subject=imported.pk,
    )
    imported.save(update_fields=["event"])
    number = 0
    while piece := file.read(PIECE_BYTES):
        ImportPiece.objects.create(tenant=tenant, of_import=imported, number=number, data=piece)
        number += 1
    return imported


def _file_name(name: str) -> str:
    """The name without what cannot be shown, such as signs that turn the direction of writing."""
    return "".join(character for character in name if character.isprintable())[:LONGEST_NAME] or _("file")

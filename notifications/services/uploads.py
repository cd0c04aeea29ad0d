"""Take in a file that somebody uploads: it is kept in pieces, because the worker that reads it shares no disk."""

from datetime import timedelta
from typing import IO, Final

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from licences.models import Tenant, User
from notifications.jobs.import_reading import ImportReading
from notifications.models import Import, ImportPiece
from notifications.reading.limits import PIECE_BYTES
from notifications.services.tracker import AlreadyActive, start_job

UPLOAD_WITHIN: Final = timedelta(minutes=10)
"""A slow line may take this long; the request's transaction waits for it."""
LONGEST_NAME: Final = 200

MOST_FILES_KEPT: Final = 20
MOST_BYTES_KEPT: Final = 1024**3
"""Of a tenant's at a time, until they are forgotten: they are kept in the database."""


class KeepsTooMuch(Exception):
    """The tenant keeps as many files as it may; the message says what to do, for the person who uploads."""


@transaction.atomic
def store_upload(tenant: Tenant, *, kind: str, file: IO[bytes], name: str, size: int, by: User) -> Import:
    """Keep the file and have it read. Raises KeepsTooMuch, and AlreadyActive while an earlier file of the same user is
    being read."""
    _check_room(tenant, size, by)
    imported = Import.objects.create(
        tenant=tenant,
        kind=kind,
        state=Import.State.READING,
        file_name=_file_name(name),
        size_bytes=size,
        created_by=by,
        created_at=timezone.now(),
    )
    for number, piece in enumerate(iter(lambda: file.read(PIECE_BYTES), b"")):
        ImportPiece.objects.create(tenant=tenant, of_import=imported, number=number, data=piece)
    # Last, because whoever starts the same job meanwhile waits until this transaction is over.
    imported.event = start_job(
        ImportReading(),
        tenant=tenant,
        by=by,
        name=(_("Reading of %(file)s") % {"file": imported.file_name})[:200],
        owner=by.login_id,
        subject=imported.pk,
    )
    imported.save(update_fields=["event"])
    return imported


def _check_room(tenant: Tenant, size: int, by: User) -> None:
    """Before anything of the file is stored; that one file at a time is read is made sure of when its job starts."""
    kept = Import.objects.kept().filter(tenant=tenant)
    if kept.filter(created_by=by, state=Import.State.READING).exists():
        raise AlreadyActive(ImportReading.key)
    held = kept.aggregate(files=Count("pk"), size=Sum("size_bytes", default=0))
    if held["files"] >= MOST_FILES_KEPT or held["size"] + size > MOST_BYTES_KEPT:
        said = _(
            "%(files)d uploaded files or 1 GB are kept at most. Discard one that is not needed any more, then upload "
            "this one again. Each is deleted by itself a day after its import."
        )
        raise KeepsTooMuch(said % {"files": MOST_FILES_KEPT})


def _file_name(name: str) -> str:
    """The name without what cannot be shown, such as signs that turn the direction of writing."""
    return "".join(character for character in name if character.isprintable())[:LONGEST_NAME] or _("file")

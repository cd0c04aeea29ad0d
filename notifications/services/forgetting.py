"""Files that were uploaded hold other people's data: a day after their import has ended, only its counts are left."""

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from config.tenancy.scopes import support_scope, tenant_scope
from notifications.models import Import, ImportBatch, ImportPiece

KEPT_FOR: Final = timedelta(hours=24)
"""After the end of the import or, when it never ran, after the upload. Source: design §14.6."""

log = structlog.get_logger(__name__)

State = Import.State
AT_WORK: Final = (State.READING, State.CHECKING, State.RUNNING, State.UNDOING)


class AtWork(Exception):
    """A job works on the import."""


class Imported(Exception):
    """What was imported can still be undone: its file goes by itself."""


def forget_files() -> None:
    """Forget every file whose day is over, of every tenant."""
    with support_scope("list the uploaded files that are to be forgotten", routine=True):
        due = list(_due(timezone.now()).values_list("tenant_id", "pk"))
    for tenant_id, import_id in due:
        with tenant_scope(tenant_id):
            for imported in _due(timezone.now()).filter(pk=import_id).select_for_update(no_key=True):
                _forget(imported)


def _due(now: datetime) -> models.QuerySet[Import]:
    over = Q(ended_at__lt=now - KEPT_FOR) | Q(ended_at__isnull=True, created_at__lt=now - KEPT_FOR)
    return Import.objects.kept().exclude(state__in=AT_WORK).filter(over)


@transaction.atomic
def discard(imported: Import) -> None:
    """Forget the file now. Raises AtWork, and Imported for what can still be undone."""
    held = Import.objects.select_for_update(no_key=True).get(tenant=imported.tenant_id, pk=imported.pk)
    if held.state in AT_WORK:
        raise AtWork
    if held.state in {State.DONE, State.STOPPED}:
        raise Imported
    if held.forgotten_at is None:
        _forget(held)


def _forget(imported: Import) -> None:
    """Its bytes, its rows, what was wrong with them and the way back; its headings too, which are somebody's data where
    a file has none. The counts stay."""
    for part in (ImportPiece, ImportBatch):
        part.objects.filter(tenant=imported.tenant_id, of_import=imported).delete()
    imported.columns, imported.mapping, imported.forgotten_at = [], {}, timezone.now()
    imported.save(update_fields=["columns", "mapping", "forgotten_at"])
    log.info("import_file_forgotten", import_id=imported.pk)

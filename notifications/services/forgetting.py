"""What is kept only for a while.

Files that were uploaded hold other people's data: a day after their import has ended, only its counts are left. After
400 days those go too, with the events that have ended and what remembers that nightly jobs were started.
"""

from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import Tenant
from notifications.models import Import, ImportBatch, ImportPiece, Occurrence, SystemEvent

KEPT_FOR: Final = timedelta(hours=24)
"""After the end of the import or, when it never ran, after the upload. Source: design §14.6."""

RECORDS_KEPT: Final = timedelta(days=400)
"""As long as days of use and raw usage are. Source: design §14.8."""
AT_ONCE: Final = 500
"""So many records are deleted in one transaction."""

log = structlog.get_logger(__name__)

State = Import.State
AT_WORK: Final = (State.READING, State.CHECKING, State.RUNNING, State.UNDOING)


class AtWork(Exception):
    """A job works on the import."""


class Imported(Exception):
    """What was imported can still be undone: its file goes by itself."""


def forget_files() -> None:
    """Forget every file whose day is over and every record that is too old, of every tenant."""
    _forget_files()
    _forget_old_records()


def _forget_files() -> None:
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


def _forget_old_records() -> None:
    """Tenant by tenant, some at a time; imports before the events that worked on them."""
    before = timezone.now() - RECORDS_KEPT
    for too_old in (_old_imports, _old_events, _old_occurrences):
        with support_scope("list the tenants whose old records are forgotten", routine=True):
            of_tenant = too_old(before).filter(tenant=OuterRef("pk"))
            tenant_ids = list(Tenant.objects.filter(Exists(of_tenant)).order_by("pk").values_list("pk", flat=True))
        for tenant_id in tenant_ids:
            while _forget_some(too_old(before), tenant_id) == AT_ONCE:
                pass


def _forget_some(too_old: models.QuerySet[Any], tenant_id: int) -> int:
    """With what hangs on them, such as the log of an event. Returns how many."""
    with tenant_scope(tenant_id):
        some = list(too_old.filter(tenant=tenant_id).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        too_old.filter(tenant=tenant_id, pk__in=some).delete()
    log.info("old_records_forgotten", tenant_id=tenant_id, records=too_old.model.__name__, number=len(some))
    return len(some)


def _old_imports(before: datetime) -> models.QuerySet[Import]:
    return Import.objects.filter(created_at__lt=before, forgotten_at__isnull=False).exclude(state__in=AT_WORK)


def _old_events(before: datetime) -> models.QuerySet[SystemEvent]:
    """Ended that long ago; when it was activated leads there by the index."""
    return SystemEvent.objects.filter(activated_at__lt=before, finished_at__lt=before)


def _old_occurrences(before: datetime) -> models.QuerySet[Occurrence]:
    return Occurrence.objects.filter(due_on__lt=before.date(), started_at__lt=before)

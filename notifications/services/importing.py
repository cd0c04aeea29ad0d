"""What an administrator decides about an import: which column is what, check it, run it, undo it.

Each step is allowed in some states only, and starts its job in the same transaction. What the jobs do with the rows
stands in notifications/services/import_steps.py.
"""

from collections.abc import Mapping
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from licences.models import User
from notifications.imports import KINDS
from notifications.imports.headings import fingerprint
from notifications.imports.kinds import ImportKind
from notifications.jobs.import_check import ImportCheck
from notifications.jobs.import_run import ImportRun, UsageImportRun
from notifications.jobs.import_undo import ImportUndo
from notifications.models import Import, ImportMapping, SystemEvent
from notifications.models.imports import ImportQuerySet
from notifications.services.forgetting import KEPT_FOR
from notifications.services.job_kinds import JobKind
from notifications.services.tracker import start_job

UNDO_WITHIN: Final = KEPT_FOR
"""After the end of the import: for as long as the way back is kept."""

State = Import.State
RUNS: Final[Mapping[str, type[ImportRun]]] = {"users": ImportRun, "usage": UsageImportRun}
"""The job that imports rows of each kind."""


class WrongMapping(Exception):
    """The columns cannot be taken like this; the message says why, for the person who chose them."""


class NotRead(Exception):
    """The file is not read yet, is being worked on, or has been imported already."""


class NotMapped(Exception):
    """It has not been said which column is what."""


class NotChecked(Exception):
    """Only what has been checked as it stands can be imported."""


class NotImported(Exception):
    """There is nothing to undo: it has not been imported, or is undone already."""


class Stays(Exception):
    """What this kind of import has done is never taken back."""


class TooLate(Exception):
    """It was imported more than 24 hours ago."""


def choose_mapping(
    imported: Import, *, mapping: Mapping[str, int], match_by: str, duplicates: Import.Duplicates, by: User
) -> None:
    """Say which column, by its position, fills which field, and remember it for files with the same headings. A check
    that was made before counts no more. Raises WrongMapping and NotRead."""
    kind = KINDS[imported.kind]
    _check(kind, imported, mapping, match_by)
    chosen = {"mapping": dict(mapping), "match_by": match_by, "duplicates": duplicates}
    with transaction.atomic():
        ready = _in(imported, State.READ, State.CHECKED)
        if not ready.update(**chosen, state=State.READ, counts={}, message=""):
            raise NotRead
        ImportMapping.objects.update_or_create(
            tenant=by.tenant, kind=kind.code, headings=fingerprint(imported.columns), defaults=chosen
        )
    imported.refresh_from_db()


def _check(kind: ImportKind, imported: Import, mapping: Mapping[str, int], match_by: str) -> None:
    fields = {field.code: str(field.label) for field in kind.fields(imported.tenant)}
    if match_by not in kind.match_by:
        raise WrongMapping(_("Choose by what rows are recognised."))
    if not mapping.keys() <= fields.keys():
        raise WrongMapping(_("There is no such field."))
    if not set(mapping.values()) <= set(range(len(imported.columns))):
        raise WrongMapping(_("There is no such column."))
    if len(set(mapping.values())) < len(mapping):
        raise WrongMapping(_("A column can fill one field only."))
    if missing := [fields[code] for code in kind.required(match_by) if code not in mapping]:
        raise WrongMapping(_("Choose a column for: %(fields)s.") % {"fields": ", ".join(missing)})


def start_check(imported: Import, *, by: User) -> SystemEvent:
    """Look for faults without importing anything. Raises NotMapped, NotRead and AlreadyActive."""
    if not imported.mapping:
        raise NotMapped
    name = _("Check of %(file)s") % {"file": imported.file_name}
    from_states = _in(imported, State.READ, State.CHECKED).exclude(mapping={})
    return _start(ImportCheck(), imported, from_states, State.CHECKING, NotRead, name=name, owner=by.login_id, by=by)


def start_import(imported: Import, *, by: User) -> SystemEvent:
    """Import what has been checked. Raises NotChecked and AlreadyActive."""
    of_usage = _("Import of usage: %(file)s") if imported.kind == "usage" else _("Import of %(file)s")
    name = of_usage % {"file": imported.file_name}
    checked = _in(imported, State.CHECKED)
    return _start(RUNS[imported.kind](), imported, checked, State.RUNNING, NotChecked, name=name, by=by)


def start_undo(imported: Import, *, by: User) -> SystemEvent:
    """Take back what was imported, also when it stopped half-way. Raises Stays, NotImported, TooLate
    and AlreadyActive."""
    if not KINDS[imported.kind].can_undo:
        raise Stays
    name = _("Undo of %(file)s") % {"file": imported.file_name}
    ended = _in(imported, State.DONE, State.STOPPED)
    if not ended.exists():
        raise NotImported
    in_time = ended.filter(ended_at__gt=timezone.now() - UNDO_WITHIN)
    if not in_time.exists():
        raise TooLate
    return _start(ImportUndo(), imported, in_time, State.UNDOING, NotImported, name=name, by=by)


def _in(imported: Import, *states: Import.State) -> ImportQuerySet:
    """The import, if it still is in one of these states and its file is there."""
    return Import.objects.kept().filter(tenant=imported.tenant_id, pk=imported.pk, state__in=states)


@transaction.atomic
def _start(
    kind: JobKind,
    imported: Import,
    allowed: ImportQuerySet,
    becomes: Import.State,
    refusal: type[Exception],
    *,
    name: str,
    by: User,
    owner: str = "",
) -> SystemEvent:
    event = start_job(kind, tenant=imported.tenant, by=by, name=name[:200], owner=owner, subject=imported.pk)
    # Numbers of the check give way to those of the run; those stay beside the numbers of its undoing, which go on when
    # it is started again: what is undone is not undone twice.
    anew: dict[str, object] = {} if becomes == State.UNDOING else {"counts": {}}
    if not allowed.update(state=becomes, event=event, message="", **anew):
        raise refusal
    imported.refresh_from_db()
    return event

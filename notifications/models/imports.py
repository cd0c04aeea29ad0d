"""A file of an administrator's on its way into the console: its bytes, its rows, and what became of each.

All of it is the tenant's own data of other people: a day after the import has ended, only the counts are left.
"""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantForeignKey, TenantPolicy
from config.tenancy.models import TenantOwned
from licences.models import User
from notifications.models.system_events import SystemEvent


class ImportQuerySet(models.QuerySet["Import"]):
    def kept(self) -> Self:
        """Whose file is still there."""
        return self.filter(forgotten_at__isnull=True)


class Import(TenantOwned):
    """One file, from upload to result. `columns` are its headings; `mapping` says, for each field of the kind that is
    filled, the position of its column, from 0. `counts` holds whole numbers by outcome: of the check until it runs,
    of the run from then on. `event` is the job that works on it, or did last."""

    class State(models.TextChoices):
        READING = "reading", _("Being read")
        READ = "read", _("Read")
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        REFUSED = "refused", _("Cannot be read")

    class Duplicates(models.TextChoices):
        """What happens to a row whose user is there already. Source: domain facts §6, the import screen."""

        ADD = "add", _("Report it: only add new ones")
        MERGE = "merge", _("Merge: fill in what is empty")
        REPLACE = "replace", _("Replace: the file wins")
        SKIP = "skip", _("Skip the row")

    kind = models.CharField(_("kind"), max_length=20)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.READING)
    file_name = models.CharField(_("file"), max_length=200)
    size_bytes = models.PositiveBigIntegerField(_("size in bytes"))
    encoding = models.CharField(_("encoding"), max_length=40, blank=True)
    delimiter = models.CharField(_("delimiter"), max_length=1, blank=True)
    columns = ArrayField(models.CharField(max_length=200), default=list, verbose_name=_("columns"))
    rows = models.PositiveBigIntegerField(_("rows"), default=0)
    mapping = models.JSONField(_("mapping"), default=dict)
    match_by = models.CharField(_("recognised by"), max_length=20, blank=True)
    duplicates = models.CharField(_("duplicates"), max_length=10, choices=Duplicates, default=Duplicates.SKIP)
    counts = models.JSONField(_("counts"), default=dict)
    message = models.CharField(_("message"), max_length=254, blank=True)
    event = models.ForeignKey(
        SystemEvent, models.SET_NULL, null=True, related_name="+", db_constraint=False, db_index=False
    )
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", db_constraint=False, db_index=False
    )
    created_at = models.DateTimeField(_("uploaded"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    forgotten_at = models.DateTimeField(_("file forgotten"), null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            *TenantOwned.Meta.constraints,
            TenantForeignKey(name="import_event_of_tenant", field="event"),
            TenantForeignKey(name="import_created_by_of_tenant", field="created_by"),
            models.UniqueConstraint(fields=["tenant", "id"], name="import_tenant_id"),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at"], name="import_newest"),
            models.Index(fields=["created_at"], condition=Q(forgotten_at__isnull=True), name="import_kept"),
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportPiece(TenantOwned):
    """A part of the file as it was uploaded, in order; web and worker share no disk (design §14.6)."""

    of_import = models.ForeignKey(Import, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    number = models.PositiveIntegerField(_("number"))
    data = models.BinaryField(_("data"))

    class Meta:
        verbose_name = _("piece of a file")
        verbose_name_plural = _("pieces of files")
        constraints = [
            TenantPolicy(name="importpiece_tenant_policy", rights="SELECT, INSERT, DELETE"),
            TenantForeignKey(name="importpiece_import_of_tenant", field="of_import", on_delete="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "of_import", "number"], name="importpiece_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number}"


class ImportBatch(TenantOwned):
    """Some rows of the file, as read: the unit in which they are checked, imported and undone.

    `rows`, `checked`, `faults` and `undo` are packed JSON (notifications/imports/packing.py): the cells; what the check
    and the run found wrong, by line; and what it takes to undo the run.
    """

    of_import = models.ForeignKey(Import, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    number = models.PositiveIntegerField(_("number"))
    first_line = models.PositiveBigIntegerField(_("first line"))
    size = models.PositiveIntegerField(_("rows"))
    rows = models.BinaryField(_("rows"))
    checked = models.BinaryField(_("faults found by the check"), null=True)
    faults = models.BinaryField(_("faults found by the run"), null=True)
    undo = models.BinaryField(_("way back"), null=True)

    class Meta:
        verbose_name = _("batch of rows")
        verbose_name_plural = _("batches of rows")
        constraints = [
            *TenantOwned.Meta.constraints,
            TenantForeignKey(name="importbatch_import_of_tenant", field="of_import", on_delete="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "of_import", "number"], name="importbatch_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number}"


class ImportMapping(TenantOwned):
    """Which column the tenant last took for which field, remembered by the headings of the file."""

    kind = models.CharField(_("kind"), max_length=20)
    headings = models.CharField(_("fingerprint of the headings"), max_length=64)
    mapping = models.JSONField(_("mapping"))
    match_by = models.CharField(_("recognised by"), max_length=20)
    duplicates = models.CharField(_("duplicates"), max_length=10, choices=Import.Duplicates)

    class Meta:
        verbose_name = _("remembered mapping")
        verbose_name_plural = _("remembered mappings")
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "kind", "headings"], name="importmapping_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.headings[:8]}"

"""Work that PostgreSQL remembers: what is to be done, who is at it, and how far it is (docs/adr/0004)."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantForeignKey
from config.tenancy.models import TenantOwned
from notifications.models.system_events import SystemEvent


class JobQuerySet(models.QuerySet["Job"]):
    def due(self) -> Self:
        """Not ended, and nobody holds a lease on it that is still good. By the database's clock."""
        return self.filter(ended_at__isnull=True).filter(Q(lease_until__isnull=True) | Q(lease_until__lt=Now()))


class Job(TenantOwned):
    """The work behind a system event. `token` grows with each lease: a worker whose token is old can write nothing.

    `cursor` is how far the work has come, in the terms of its kind, and `done` how many rows that were; each chunk
    moves both in the transaction that does the chunk's work. `done_before` were done by an attempt that this one goes
    on with. `subject` is what it is about, in the terms of its kind too: the id of an import.
    """

    event = models.ForeignKey(SystemEvent, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    kind = models.CharField(_("kind"), max_length=60)
    subject = models.BigIntegerField(_("subject"), null=True, blank=True)
    cursor = models.BigIntegerField(_("cursor"), default=0)
    done = models.PositiveBigIntegerField(_("rows done"), default=0)
    done_before = models.PositiveBigIntegerField(_("rows done before"), default=0)
    token = models.PositiveBigIntegerField(_("fencing token"), default=0)
    lease_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            *TenantOwned.Meta.constraints,
            TenantForeignKey(name="job_event_of_tenant", field="event", on_delete="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "event"], name="job_once_per_event"),
        ]
        indexes = [
            models.Index(fields=["lease_until"], condition=Q(ended_at__isnull=True), name="job_not_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Occurrence(TenantOwned):
    """What a schedule had to start on this day of the tenant's calendar has been started: once, however many look."""

    name = models.CharField(_("name"), max_length=60)
    due_on = models.DateField(_("due on"))
    started_at = models.DateTimeField(_("started"))

    class Meta:
        verbose_name = _("occurrence")
        verbose_name_plural = _("occurrences")
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "name", "due_on"], name="occurrence_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.due_on}"

"""What was sent and not counted, and why."""

from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantPolicy
from config.tenancy.models import TenantOwned
from metering.models.services import OfService


class UncountedEvent(TenantOwned):
    """An event that was refused, or whose id had been used for another. However often it comes it is one row.

    What it said is kept as it came, shortened: it may be no number, no time and no service.
    """

    class Kind(models.TextChoices):
        CONFLICT = "conflict", _("Conflict")
        REJECTED = "rejected", _("Refused")

    key = models.UUIDField(_("key"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    reason = models.CharField(_("reason"), max_length=40)
    source = models.CharField(_("source"), max_length=200, blank=True)
    event_id = models.CharField(_("event ID"), max_length=200, blank=True)
    service_code = models.CharField(_("service"), max_length=60, blank=True)
    time = models.CharField(_("time"), max_length=60, blank=True)
    quantity = models.CharField(_("quantity"), max_length=60, blank=True)
    first_at = models.DateTimeField(_("first came"))
    last_at = models.DateTimeField(_("last came"))
    times = models.PositiveIntegerField(_("times"), default=1)

    class Meta:
        ordering = ["-last_at", "-id"]
        verbose_name = _("event not counted")
        verbose_name_plural = _("events not counted")
        constraints = [
            TenantPolicy(
                name="uncountedevent_tenant_policy",
                rights="SELECT, INSERT, UPDATE (last_at, times)",
                support="SELECT, DELETE",
            ),
            models.UniqueConstraint(fields=["tenant", "key"], name="uncountedevent_once"),
            models.CheckConstraint(condition=Q(times__gt=0), name="uncountedevent_came"),
        ]
        indexes = [
            models.Index(fields=["tenant", "-last_at", "-id"], name="uncountedevent_newest"),
            models.Index(fields=["tenant", "service_code", "-last_at", "-id"], name="uncountedevent_of_service"),
            models.Index(fields=["tenant", "id"], name="uncountedevent_of_tenant"),
            models.Index(fields=["reason", "id"], name="uncountedevent_of_reason"),
            models.Index(fields=["tenant", "event_id"], name="uncountedevent_by_id"),
            models.Index(fields=["last_at"], name="uncountedevent_oldest"),
        ]

    def __str__(self) -> str:
        return self.event_id or self.get_kind_display()


class RepeatDay(OfService):
    """How often a source sent on this day, by the tenant's clock, what had been counted before. It does no harm."""

    day = models.DateField(_("day"))
    source = models.CharField(_("source"), max_length=200)
    times = models.PositiveBigIntegerField(_("times"))

    class Meta:
        ordering = ["-day"]
        verbose_name = _("day of repeats")
        verbose_name_plural = _("days of repeats")
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "day", "service", "source"], name="repeatday_once"),
        ]
        indexes = [models.Index(fields=["tenant", "id"], name="repeatday_of_tenant")]

    def __str__(self) -> str:
        return f"{self.service}, {date_format(self.day)}"

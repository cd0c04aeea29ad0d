"""Effects outside the database that are due: written with what causes them, closed by whoever has carried them out."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantPolicy
from config.tenancy.roles import WRITE
from licences.models import Tenant


class OutboxQuerySet(models.QuerySet["OutboxEntry"]):
    def due(self) -> Self:
        """Open, its time has come, and nobody holds a lease on it that is still good. By the database's clock."""
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
        return self.filter(free, state=OutboxEntry.State.OPEN, due_at__lte=Now())


class OutboxEntry(models.Model):
    """One effect that is due, of `kind` (so far: mail), with all that it takes in `payload`.

    `about` and `recipient` name the fact that it tells and whom: the same is told once. `token` is the fencing token
    of the lease. `secret` says that the payload carries what opens a door: it is emptied once the entry has ended. Mail
    that is written before anyone is known has no tenant: no tenant reads it, nor whoever is about to log in.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        BOUNCED = "bounced", _("Bounced")
        FAILED = "failed", _("Failed")

    tenant = models.ForeignKey(
        Tenant, models.CASCADE, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("tenant")
    )
    kind = models.CharField(_("kind"), max_length=20)
    about = models.CharField(_("about"), max_length=100, blank=True)
    recipient = models.CharField(_("recipient"), max_length=320)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    payload = models.JSONField(_("payload"), default=dict)
    secret = models.BooleanField(_("for its reader alone"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(_("written"))
    due_at = models.DateTimeField(_("due"))
    lease_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    token = models.PositiveBigIntegerField(_("fencing token"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    error = models.CharField(_("last error"), max_length=300, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("outbox entry")
        verbose_name_plural = _("outbox")
        constraints = [
            TenantPolicy(name="outboxentry_tenant_policy", rights="SELECT, INSERT", support=WRITE, identity="INSERT"),
            models.UniqueConstraint(
                fields=["tenant", "kind", "about", "recipient"], condition=~Q(about=""), name="outboxentry_told_once"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="outboxentry_closed_exactly_when_ended",
            ),
        ]
        indexes = [
            models.Index(fields=["-secret", "due_at", "id"], condition=Q(state="open"), name="outboxentry_open"),
            models.Index(fields=["-created_at", "-id"], name="outboxentry_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.subject or self.about}"

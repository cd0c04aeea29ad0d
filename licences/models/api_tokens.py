"""What product back ends show to be let in: bearer tokens, of which only a hash is kept."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantForeignKey, TenantPolicy
from config.tenancy.models import TenantOwned
from licences.models.users import User


class ApiToken(TenantOwned):
    """One back end's way in: it acts for one tenant, as one source, within its scopes.

    `hash` is SHA-256 of the token, which has 256 random bits and is shown once; `prefix` is how it begins, to be told
    apart by. `last_used_at` is exact to a minute.
    """

    class Scope(models.TextChoices):
        """What a token may do. Source: design §12."""

        EVENTS_WRITE = "events:write", _("Report usage events and day totals")
        EVENTS_BACKFILL = "events:backfill", _("Report usage of the month before last")
        USAGE_READ = "usage:read", _("Read usage, invoices and alerts")
        RESTRICTIONS_READ = "restrictions:read", _("Read plan limits")
        RESTRICTIONS_WRITE = "restrictions:write", _("Use up and report plan limits")
        LICENCES_READ = "licences:read", _("Read licences")
        LICENCES_WRITE = "licences:write", _("Report open work and last use")
        ENTITLEMENTS_READ = "entitlements:read", _("Read what users may use")
        SYSTEM_EVENTS_READ = "system-events:read", _("Read system events")
        SYSTEM_EVENTS_WRITE = "system-events:write", _("Report system events")

    source = models.CharField(_("source"), max_length=200)
    scopes = ArrayField(models.CharField(max_length=30, choices=Scope), verbose_name=_("scopes"))
    prefix = models.CharField(_("begins with"), max_length=12)
    hash = models.CharField(_("hash"), max_length=64, unique=True)
    made_at = models.DateTimeField(_("made"))
    made_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False, verbose_name=_("by")
    )
    made_by_name = models.CharField(_("made by"), max_length=200)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-id"]
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints = [
            TenantPolicy(
                name="apitoken_tenant_policy",
                rights="SELECT, INSERT, UPDATE (last_used_at, revoked_at)",
                identity="SELECT",
            ),
            TenantForeignKey(name="apitoken_made_by_of_tenant", field="made_by"),
            models.CheckConstraint(condition=Q(scopes__len__gte=1), name="apitoken_has_a_scope"),
            models.CheckConstraint(condition=Q(source__regex=r"\S"), name="apitoken_has_a_source"),
        ]
        indexes = [models.Index(fields=["tenant", "-made_at"], name="apitoken_newest")]

    def __str__(self) -> str:
        return f"{self.source} ({self.prefix}…)"

    @property
    def is_usable(self) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())

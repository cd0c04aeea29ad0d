"""Facts that downstream apps read and tell people of. They are written once and never changed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantForeignKey, TenantPolicy
from config.tenancy.models import TenantOwned
from licences.models.licence_sets import LicenceSet


class CounterDifference(TenantOwned):
    """A recount found that a stored counter was wrong: what it said, and what its source rows say."""

    counter = models.CharField(_("counter"), max_length=60)
    subject = models.CharField(_("of"), max_length=200)
    stored = models.BigIntegerField(_("stored"))
    counted = models.BigIntegerField(_("counted"))
    recount = models.CharField(_("found by"), max_length=100)
    found_at = models.DateTimeField(_("found"))

    class Meta:
        ordering = ["-found_at", "-id"]
        verbose_name = _("counter difference")
        verbose_name_plural = _("counter differences")
        constraints = [TenantPolicy(name="counterdifference_tenant_policy", rights="SELECT, INSERT")]
        indexes = [models.Index(fields=["tenant", "recount"], name="counterdifference_by_recount")]

    def __str__(self) -> str:
        return f"{self.counter} {self.subject}: {self.stored} → {self.counted}"


class LicenceDateReached(TenantOwned):
    """A licence set has come to a date of its ladder, of which administrators are told: once per set and milestone."""

    class Milestone(models.TextChoices):
        WARNING = "warning", _("The warning date")
        DAYS_30 = "30", _("30 days before expiry")
        DAYS_14 = "14", _("14 days before expiry")
        DAYS_7 = "7", _("7 days before expiry")
        DAYS_1 = "1", _("1 day before expiry")

    licence_set = models.ForeignKey(
        LicenceSet, models.CASCADE, related_name="+", db_constraint=False, db_index=False, verbose_name=_("licence set")
    )
    milestone = models.CharField(_("milestone"), max_length=10, choices=Milestone)
    due_on = models.DateField(_("due"))
    expires_on = models.DateField(_("expires on"))
    noted_at = models.DateTimeField(_("noted"))

    class Meta:
        ordering = ["-due_on", "-id"]
        verbose_name = _("licence date reached")
        verbose_name_plural = _("licence dates reached")
        constraints = [
            TenantPolicy(name="licencedatereached_tenant_policy", rights="SELECT, INSERT"),
            TenantForeignKey(name="licencedatereached_set_of_tenant", field="licence_set"),
            models.UniqueConstraint(fields=["tenant", "licence_set", "milestone"], name="licencedatereached_once"),
        ]

    def __str__(self) -> str:
        return f"{self.milestone}: {self.expires_on}"

"""Where what is stored of usage was not what was counted anew: facts, written once and never changed."""

from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantPolicy
from metering.models.services import OfService


class UsageDifference(OfService):
    """A day of usage was not what its events come to, or without a source a month not what its days come to: what was
    stored, and what was counted anew; None where there was nothing. Nothing is put right by it: somebody has to look.

    The same difference is one fact, however often it is found.
    """

    day = models.DateField(_("day"))
    source = models.CharField(_("source"), max_length=200, blank=True)
    edition = models.PositiveSmallIntegerField(_("edition"))
    stored = models.DecimalField(_("stored"), max_digits=30, decimal_places=6, null=True)
    stored_events = models.PositiveBigIntegerField(_("events stored"), null=True)
    counted = models.DecimalField(_("counted"), max_digits=30, decimal_places=6, null=True)
    counted_events = models.PositiveBigIntegerField(_("events counted"), null=True)
    found_by = models.CharField(_("found by"), max_length=60)
    found_at = models.DateTimeField(_("found"))

    class Meta:
        ordering = ["-found_at", "-id"]
        verbose_name = _("difference of usage")
        verbose_name_plural = _("differences of usage")
        constraints = [
            TenantPolicy(name="usagedifference_tenant_policy", rights="SELECT, INSERT"),
            models.UniqueConstraint(
                fields=[
                    *("tenant", "service", "day", "source", "edition"),
                    *("stored", "stored_events", "counted", "counted_events"),
                ],
                nulls_distinct=False,
                name="usagedifference_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service}, {date_format(self.day)}"

"""Facts that downstream apps read and tell people of. They are written once and never changed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantPolicy
from config.tenancy.models import TenantOwned


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

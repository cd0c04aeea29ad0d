"""How much a tenant uses of what its plan limits."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from config.tenancy.models import TenantOwned
from licences.models.catalogue import RestrictionType


class Restriction(TenantOwned):
    """One number per tenant and limit. `authority` says who counts: this console, or the product that reports it."""

    class Authority(models.TextChoices):
        CONSOLE = "console", _("counted here")
        PRODUCT = "product", _("reported by the product")

    type = models.ForeignKey(RestrictionType, models.PROTECT, related_name="+", verbose_name=_("restriction"))
    used = models.PositiveIntegerField(_("used"), default=0)
    authority = models.CharField(_("authority"), max_length=10, choices=Authority)
    as_of = models.DateTimeField(_("as of"))

    class Meta:
        ordering = ["type__sort_order"]
        verbose_name = _("restriction")
        verbose_name_plural = _("restrictions")
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "type"], name="restriction_once_per_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.type}: {self.used}"

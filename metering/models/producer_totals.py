"""What product back ends say themselves that their days come to."""

from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantPolicy
from metering.models.services import OfService


class ProducerTotal(OfService):
    """What a product back end itself says that a day of its own comes to, to be held against what was counted."""

    day = models.DateField(_("day"))
    source = models.CharField(_("source"), max_length=200)
    quantity = models.DecimalField(_("quantity"), max_digits=30, decimal_places=6)
    reported_at = models.DateTimeField(_("reported"))

    class Meta:
        ordering = ["-day"]
        verbose_name = _("day total of a back end")
        verbose_name_plural = _("day totals of back ends")
        constraints = [
            TenantPolicy(name="producertotal_tenant_policy", rights="SELECT, INSERT, UPDATE (quantity, reported_at)"),
            models.UniqueConstraint(fields=["tenant", "service", "day", "source"], name="producertotal_once"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="producertotal_is_not_negative"),
        ]
        indexes = [models.Index(fields=["tenant", "id"], name="producertotal_of_tenant")]

    def __str__(self) -> str:
        return f"{self.service}, {date_format(self.day)}"

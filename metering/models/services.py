"""The services that are metered on module-based subscriptions."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MeteredService(models.Model):
    """Something whose use is counted per calendar month and invoiced above an allowance."""

    class Kind(models.TextChoices):
        SUM = "sum", _("Counted")
        GAUGE = "gauge", _("Measured")

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=100)
    unit = models.CharField(_("unit"), max_length=30)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    description = models.TextField(_("what is counted"))
    sort_order = models.PositiveSmallIntegerField(_("sort order"), unique=True)

    class Meta:
        ordering = ["sort_order"]
        verbose_name = _("metered service")
        verbose_name_plural = _("metered services")

    def __str__(self) -> str:
        return self.name

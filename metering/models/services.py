"""The services that are metered on module-based subscriptions, and what they cost from which month on."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.tenancy.models import TenantOwned
from metering.figures import month_text
from metering.periods import Month
from metering.rating import Step, Terms


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


class OfService(TenantOwned):
    """A row about one service of a tenant's."""

    service = models.ForeignKey(
        MeteredService, models.PROTECT, related_name="+", db_index=False, verbose_name=_("service")
    )

    class Meta:
        abstract = True


class RatedBy(models.TextChoices):
    """Which number of a month is held against the allowance. Source: metering rules R9."""

    TOTAL = "total", _("the sum of the month")
    PEAK = "peak", _("the highest value of the month")
    LAST = "last", _("the last value of the month")
    AVERAGE = "average", _("the average over the time of the month")


class Tariffs(models.QuerySet["Tariff"]):
    """Which tariff holds. Sources: metering rules R21, R23."""

    def in_force(self, month: Month) -> Self:
        """Of each service and currency the one that the month is rated by: the newest that has begun."""
        begun = self.filter(valid_from__lte=month.first)
        return begun.order_by("service_id", "currency", "-valid_from").distinct("service_id", "currency")


class Tariff(models.Model):
    """What a service costs in one currency, from the first of a month until a later tariff follows; never changed.

    The allowance of a month is `allowance_base + allowance_per_user × users`; or, where there are steps, what the last
    step that the users reach says: pairs of [users from, allowance], both rising, the first from 0. What is used beyond
    is billed in started blocks of `block_size` units, each at `price_minor` minor units of the currency.
    """

    service = models.ForeignKey(MeteredService, models.PROTECT, related_name="tariffs", verbose_name=_("service"))
    currency = models.CharField(_("currency"), max_length=3)
    valid_from = models.DateField(_("valid from"))
    rated_by = models.CharField(_("what counts"), max_length=10, choices=RatedBy)
    allowance_base = models.DecimalField(_("allowance"), max_digits=20, decimal_places=6, default=0)
    allowance_per_user = models.DecimalField(_("and for each user"), max_digits=20, decimal_places=6, default=0)
    allowance_steps = models.JSONField(_("steps"), default=list, blank=True)
    block_size = models.DecimalField(_("block"), max_digits=20, decimal_places=6)
    price_minor = models.DecimalField(_("price of a block in minor units"), max_digits=14, decimal_places=4)
    is_demo = models.BooleanField(_("invented for demonstration"), default=False)
    published_at = models.DateTimeField(_("published"))
    published_by_name = models.CharField(_("published by"), max_length=200)

    objects = Tariffs.as_manager()

    class Meta:
        ordering = ["service__sort_order", "currency", "-valid_from"]
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        constraints = [
            models.UniqueConstraint(fields=["service", "currency", "valid_from"], name="tariff_once_per_month"),
            models.CheckConstraint(condition=Q(valid_from__day=1), name="tariff_from_the_first_of_a_month"),
            models.CheckConstraint(
                condition=Q(allowance_base__gte=0, allowance_per_user__gte=0, block_size__gt=0, price_minor__gte=0),
                name="tariff_is_not_negative",
            ),
        ]

    def __str__(self) -> str:
        named = {"service": self.service, "currency": self.currency, "month": month_text(Month(self.valid_from))}
        return gettext("%(service)s, %(currency)s, from %(month)s") % named

    @property
    def terms(self) -> Terms:
        """The tariff as the rating rules take it."""
        return Terms(
            base=self.allowance_base,
            per_user=self.allowance_per_user,
            block_size=self.block_size,
            price_minor=self.price_minor,
            steps=[Step(int(users), Decimal(included)) for users, included in self.allowance_steps],
        )

"""A tenant: one customer's system."""

from datetime import date
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantPolicy
from config.tenancy.roles import WRITE
from licences.models.catalogue import SuitePlan


def check_time_zone(name: str) -> None:
    """Refuse a name that is not in the IANA time zone database."""
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is not a time zone."), params={"name": name})


class Tenant(models.Model):
    """One customer's system, with its own users and licences. Its serial number is what the vendor knows it by."""

    class Subscription(models.TextChoices):
        MODULE_BASED = "module_based", _("Module-based")
        CRM_SUITE = "crm_suite", _("CRM Suite")

    company_name = models.CharField(_("company name"), max_length=200)
    serial_number = models.CharField(_("serial number"), max_length=10, unique=True)
    subscription = models.CharField(_("subscription"), max_length=20, choices=Subscription)
    suite_plan = models.ForeignKey(
        SuitePlan, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("plan")
    )
    database_type = models.CharField(_("database type"), max_length=100)
    product_version = models.CharField(_("powered by"), max_length=100)
    feature_labs = ArrayField(models.CharField(max_length=60), default=list, blank=True, verbose_name=_("feature labs"))
    time_zone = models.CharField(_("time zone"), max_length=60, default="Europe/Oslo", validators=[check_time_zone])
    language = models.CharField(_("language"), max_length=10, default="en-gb")
    currency = models.CharField(_("currency"), max_length=3, default="EUR")

    class Meta:
        ordering = ["serial_number"]
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")
        constraints = [
            TenantPolicy(
                name="tenant_policy",
                column="id",
                rights="SELECT, UPDATE (suite_plan_id)",  # a new licence set may bring another plan
                support=WRITE,
                identity="SELECT",
            ),
            models.UniqueConstraint(fields=["id", "currency"], name="tenant_id_currency"),
            models.CheckConstraint(
                condition=Q(serial_number__regex=r"^[0-9]{10}$"),
                name="tenant_serial_number_is_ten_digits",
                violation_error_message=_("A serial number is ten digits."),
            ),
            models.CheckConstraint(
                condition=Q(subscription="crm_suite", suite_plan__isnull=False)
                | Q(subscription="module_based", suite_plan__isnull=True),
                name="tenant_plan_exactly_on_suite",
                violation_error_message=_("A CRM Suite subscription has a plan, a module-based one has none."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company_name} ({self.serial_number})"

    @property
    def is_suite(self) -> bool:
        return self.subscription == self.Subscription.CRM_SUITE

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def today(self) -> date:
        """The calendar day it is where the tenant is."""
        return timezone.localdate(timezone=self.zone)

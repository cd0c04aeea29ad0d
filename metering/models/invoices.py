"""What is invoiced for usage, and what is corrected by hand."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantForeignKey, TenantPolicy, TenantValue
from config.tenancy.models import TenantOwned
from metering.figures import month_text, signed_text
from metering.models.services import OfService
from metering.periods import Month


class Correction(OfService):
    """Support took an event out of the count (void), or added to or took from a month (adjust). Append-only.

    `quantity` is what the month gains by it, for a void what the event said; `edition` as of an event: in which invoice
    it counts. Source: metering rules R8.
    """

    class Kind(models.TextChoices):
        VOID = "void", _("Event taken out")
        ADJUST = "adjust", _("Adjustment")

    month = models.DateField(_("month"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    quantity = models.DecimalField(_("quantity"), max_digits=20, decimal_places=6)
    day = models.DateField(_("day of the event"), null=True, blank=True)
    event_key = models.UUIDField(_("key of the event"), null=True, blank=True)
    event_id = models.CharField(_("event ID"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    edition = models.PositiveSmallIntegerField(_("edition"))
    at = models.DateTimeField(_("when"))
    by_name = models.CharField(_("by"), max_length=200)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        constraints = [
            TenantPolicy(name="correction_tenant_policy", rights="SELECT", support="SELECT, INSERT"),
            models.CheckConstraint(
                condition=Q(kind="void", event_key__isnull=False, day__isnull=False)
                | Q(kind="adjust", event_key__isnull=True, day__isnull=True),
                name="correction_names_the_event_it_voids",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="correction_has_a_reason"),
            models.UniqueConstraint(
                fields=["tenant", "event_key"], condition=Q(kind="void"), name="correction_voids_once"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "service", "month"], name="correction_of_month")]

    def __str__(self) -> str:
        return f"{self.service}, {month_text(Month(self.month))}: {signed_text(self.quantity)}"


class Invoice(TenantOwned):
    """A month's usage invoice: one for each tenant and month, final from the start, and never changed.

    Before there is one, what it would say is worked out anew each time (metering/reports/invoices/shown.py).
    `customer_name` and `time_zone` are as they were when it was drawn.
    """

    month = models.DateField(_("month"))
    customer_name = models.CharField(_("customer"), max_length=200)
    number = models.CharField(_("number"), max_length=20)
    time_zone = models.CharField(_("time zone"), max_length=60)
    currency = models.CharField(_("currency"), max_length=3)
    total_minor = models.BigIntegerField(_("total in minor units"))
    finalised_at = models.DateTimeField(_("final since"))

    class Meta:
        ordering = ["-month"]
        verbose_name = _("usage invoice")
        verbose_name_plural = _("usage invoices")
        constraints = [
            TenantPolicy(name="invoice_tenant_policy", rights="SELECT, INSERT"),
            models.UniqueConstraint(fields=["tenant", "id"], name="invoice_tenant_id"),
            TenantValue(name="invoice_in_the_tenants_currency", field="currency"),
            models.UniqueConstraint(fields=["tenant", "month"], name="invoice_one_per_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="invoice_month_begins_on_the_first"),
        ]

    def __str__(self) -> str:
        return self.number


class InvoiceLine(OfService):
    """A service on an invoice: its month's use, or what came to an earlier month after that one's invoice.

    `derivation` is what the rating function itself wrote down on the way to the amount; `events` and `digest` say
    which events it stands on, those of `month` and `edition`: the digest is SHA-256 over their days, each with its own.
    """

    class Kind(models.TextChoices):
        USAGE = "usage", _("Usage")
        LATE = "late", _("Late usage")

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines", db_constraint=False, db_index=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    month = models.DateField(_("month"))
    edition = models.PositiveSmallIntegerField(_("edition"))
    used = models.DecimalField(_("used"), max_digits=30, decimal_places=6)
    allowance = models.DecimalField(_("allowance"), max_digits=30, decimal_places=6, null=True)
    overage = models.DecimalField(_("overage"), max_digits=30, decimal_places=6)
    blocks = models.BigIntegerField(_("blocks"))
    unit_price_minor = models.DecimalField(_("price of a block"), max_digits=14, decimal_places=4, null=True)
    amount_minor = models.BigIntegerField(_("amount in minor units"))
    derivation = models.JSONField(_("derivation"))
    events = models.PositiveBigIntegerField(_("events"))
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        ordering = ["service__sort_order", "month"]
        verbose_name = _("invoice line")
        verbose_name_plural = _("invoice lines")
        constraints = [
            TenantPolicy(name="invoiceline_tenant_policy", rights="SELECT, INSERT"),
            TenantForeignKey(name="invoiceline_invoice_of_tenant", field="invoice", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["tenant", "invoice", "service", "month"], name="invoiceline_one_per_service_and_month"
            ),
            models.UniqueConstraint(
                fields=["tenant", "service", "month", "edition"], name="invoiceline_one_per_edition"
            ),
            models.CheckConstraint(
                condition=Q(kind="late") | Q(kind="usage", edition=0),
                name="invoiceline_usage_before_late",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service}, {month_text(Month(self.month))}"

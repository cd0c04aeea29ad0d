"""Usage invoices with their lines. They are drawn by a task and never change."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from config.admin import OF_TENANT, ReadOnlyInline
from metering.admin.keyset import TenantFilter
from metering.admin.shown import OfTenantAdmin, number
from metering.figures import money_text
from metering.models import Invoice, InvoiceLine


class InvoiceLineInline(ReadOnlyInline):
    model = InvoiceLine
    fields = ["service", "kind", "month", "used", "allowance", "overage", "blocks", "amount_minor"]
    ordering = ["service__sort_order", "-month"]


@admin.register(Invoice)
class InvoiceAdmin(OfTenantAdmin):
    list_display = ["number", "of_tenant", "of_month", "total", "finalised_at"]
    list_filter = ["currency", TenantFilter]
    search_fields = [*OF_TENANT, "number"]
    inlines = [InvoiceLineInline]
    fields = ["number", "tenant", "month", "total", "time_zone", "finalised_at"]
    readonly_fields = ["total"]

    @admin.display(description=_("total"))
    def total(self, invoice: Invoice) -> str:
        return money_text(invoice.total_minor, invoice.currency)


@admin.register(InvoiceLine)
class InvoiceLineAdmin(OfTenantAdmin):
    list_display = [
        "invoice",
        "of_tenant",
        "service",
        "of_month",
        "kind",
        number("used", _("used")),
        number("overage", _("overage")),
        "blocks",
        "amount",
    ]
    list_filter = ["service", "kind", TenantFilter]
    list_select_related = ["tenant", "service", "invoice"]
    search_fields = [*OF_TENANT, "invoice__number"]

    @admin.display(description=_("amount"))
    def amount(self, line: InvoiceLine) -> str:
        return money_text(line.amount_minor, line.invoice.currency)

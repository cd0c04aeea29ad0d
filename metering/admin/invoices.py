"""Usage invoices with their lines. They are drawn by a task and never change."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from config.admin import OF_TENANT, ReadOnlyInline
from metering.admin.keyset import TenantFilter
from metering.admin.shown import OfTenantAdmin, moment, number, of_month
from metering.figures import money_text
from metering.models import Invoice, InvoiceLine


@admin.display(description=_("amount"))
def amount(line: InvoiceLine) -> str:
    return money_text(line.amount_minor, line.invoice.currency)


USED, ALLOWANCE, OVERAGE = (
    number(name, label)
    for name, label in (("used", _("used")), ("allowance", _("allowance")), ("overage", _("beyond allowance")))
)


class InvoiceLineInline(ReadOnlyInline):
    model = InvoiceLine
    fields = ["service", "kind", "in_month", "shown_used", "shown_allowance", "shown_overage", "blocks", "shown_amount"]
    readonly_fields = ["in_month", "shown_used", "shown_allowance", "shown_overage", "shown_amount"]
    ordering = ["service__sort_order", "-month"]

    in_month = staticmethod(of_month)
    shown_used, shown_allowance, shown_overage = (staticmethod(column) for column in (USED, ALLOWANCE, OVERAGE))
    shown_amount = staticmethod(amount)


@admin.register(Invoice)
class InvoiceAdmin(OfTenantAdmin):
    list_display = ["number", "of_tenant", of_month, "total", moment("finalised_at", _("final since"))]
    list_filter = [TenantFilter]
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
        of_month,
        "kind",
        USED,
        OVERAGE,
        amount,
    ]
    list_filter = ["service", "kind", TenantFilter]
    list_select_related = ["tenant", "service", "invoice"]
    search_fields = [*OF_TENANT, "invoice__number"]

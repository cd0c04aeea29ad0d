"""How rows of metering are shown in lists: the way to a tenant's own, and numbers that line up."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from metering.admin.keyset import KeysetAdmin, TenantFilter
from metering.figures import NO_BREAK, quantity_text


class OfTenantAdmin(KeysetAdmin):
    """Rows of tenants; a click on a tenant narrows the list to it."""

    list_select_related = ["tenant"]

    @admin.display(description=_("tenant"))
    def of_tenant(self, row: Any) -> SafeString:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        address = reverse(name, query={TenantFilter.parameter_name: row.tenant_id})
        return format_html('<a href="{}">{}</a>', address, row.tenant.company_name)


@admin.display(description=_("month"))
def of_month(row: Any) -> str:
    return date_format(row.month, "M Y").replace(" ", NO_BREAK)


def number(name: str, label: Any) -> Any:
    """A column of quantities, without zeros that say nothing."""

    @admin.display(description=label)
    def column(row: Any) -> str:
        value: Decimal | None = getattr(row, name)
        return "–" if value is None else quantity_text(value)

    return column

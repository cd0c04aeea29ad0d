"""What support corrected. A correction begins on the page of an event or of a month, and stays."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from config.admin import OF_TENANT
from metering.admin.keyset import TenantFilter
from metering.admin.shown import OfTenantAdmin, number, of_month
from metering.models import Correction


@admin.register(Correction)
class CorrectionAdmin(OfTenantAdmin):
    list_display = [
        "at",
        "of_tenant",
        "service",
        of_month,
        "kind",
        number("quantity", _("quantity")),
        "event_id",
        "reason",
        "by_name",
    ]
    list_filter = ["service", "kind", TenantFilter]
    list_select_related = ["tenant", "service"]
    search_fields = [*OF_TENANT, "reason", "event_id", "by_name"]
    exclude = ["event_key"]

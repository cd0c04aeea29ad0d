"""Django admin: the metered services."""

from django.contrib import admin

from config.admin import ReadOnlyAdmin
from metering.models import MeteredService, UsageDifference


@admin.register(MeteredService)
class MeteredServiceAdmin(ReadOnlyAdmin):
    list_display = ["name", "code", "unit", "kind"]
    list_filter = ["kind"]
    search_fields = ["name", "code"]
    ordering = ["sort_order"]


@admin.register(UsageDifference)
class UsageDifferenceAdmin(ReadOnlyAdmin):
    list_display = ["day", "tenant", "service", "source", "stored", "counted", "found_by", "found_at"]
    list_filter = ["service", "found_by"]
    date_hierarchy = "found_at"
    list_select_related = ["tenant", "service"]
    search_fields = ["tenant__serial_number", "tenant__company_name"]

"""Django admin: the metered services."""

from django.contrib import admin

from config.admin import ReadOnlyAdmin
from metering.models import MeteredService


@admin.register(MeteredService)
class MeteredServiceAdmin(ReadOnlyAdmin):
    list_display = ["name", "code", "unit", "kind"]
    list_filter = ["kind"]
    search_fields = ["name", "code"]
    ordering = ["sort_order"]

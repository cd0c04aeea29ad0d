"""What was changed of tenants' licences, and the end of each chain."""

from django.contrib import admin

from config.admin import OF_TENANT, ReadOnlyAdmin
from licences.models import HistoryEntry, HistoryHead


@admin.register(HistoryEntry)
class HistoryEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "tenant", "number", "by_name", "action", "subject", "why"]
    list_filter = ["action"]
    list_select_related = ["tenant"]
    search_fields = [*OF_TENANT, "by_name", "subject"]


@admin.register(HistoryHead)
class HistoryHeadAdmin(ReadOnlyAdmin):
    list_display = ["tenant", "length", "hash"]
    list_select_related = ["tenant"]
    search_fields = OF_TENANT

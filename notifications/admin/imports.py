"""Files that administrators of tenants have imported: what became of them, not what was in them."""

from django.contrib import admin

from config.admin import OF_TENANT, ReadOnlyAdmin
from notifications.models import Import


@admin.register(Import)
class ImportAdmin(ReadOnlyAdmin):
    list_display = ["file_name", "tenant", "state", "rows", "created_by", "created_at", "ended_at", "message"]
    list_filter = ["state"]
    list_select_related = ["tenant", "created_by"]
    search_fields = [*OF_TENANT, "file_name"]

"""What each tenant's system is doing, and the jobs behind it."""

from django.contrib import admin

from config.admin import OF_TENANT, ReadOnlyAdmin, ReadOnlyInline
from notifications.models import Job, SystemEvent


class JobInline(ReadOnlyInline):
    model = Job
    fields = ["kind", "cursor", "token", "lease_until", "attempts", "ended_at"]


@admin.register(SystemEvent)
class SystemEventAdmin(ReadOnlyAdmin):
    list_display = ["name", "tenant", "status", "percent", "message", "activated_at", "activated_by", "finished_at"]
    list_filter = ["status", "scope"]
    list_select_related = ["tenant", "activated_by"]
    search_fields = [*OF_TENANT, "name", "key", "source"]
    inlines = [JobInline]


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ["kind", "tenant", "event", "cursor", "attempts", "lease_until", "ended_at"]
    list_filter = [("ended_at", admin.EmptyFieldListFilter)]
    list_select_related = ["tenant", "event"]
    search_fields = [*OF_TENANT, "kind", "event__name"]

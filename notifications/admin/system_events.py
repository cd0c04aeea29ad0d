"""What each tenant's system is doing, and the jobs behind it."""

from django.contrib import admin
from django.urls import URLPattern, path

from config.admin import OF_TENANT, ReadOnlyAdmin, ReadOnlyInline
from notifications.admin.event_support import ActingOnEvents, StalledFilter, StepInline, TenantFilter
from notifications.models import EventChange, Job, Occurrence, SystemEvent
from notifications.views import support_notices


class JobInline(ReadOnlyInline):
    model = Job
    fields = ["kind", "cursor", "token", "lease_until", "attempts", "ended_at"]


@admin.register(SystemEvent)
class SystemEventAdmin(ActingOnEvents):
    list_display = [
        *("name", "of_tenant", "status", "stalled", "activated_at"),
        *("percent", "message", "activated_by", "finished_at"),
    ]
    list_filter = ["status", StalledFilter, "scope", TenantFilter]
    list_select_related = ["tenant", "activated_by"]
    search_fields = [*OF_TENANT, "name", "key", "source"]
    inlines = [JobInline, StepInline]

    def get_urls(self) -> list[URLPattern]:
        """Notices of a tenant are set, changed and ended by support too."""
        name, guarded = "notifications_systemevent", self.admin_site.admin_view
        own = [
            path("tenant/<int:tenant_id>/", guarded(support_notices.set_for_tenant), name=f"{name}_set"),
            path("<int:event_id>/notice/", guarded(support_notices.change_for_tenant), name=f"{name}_notice"),
            path("<int:event_id>/end/", guarded(support_notices.end_for_tenant), name=f"{name}_end"),
        ]
        return own + super().get_urls()


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ["kind", "tenant", "event", "cursor", "attempts", "lease_until", "ended_at"]
    list_filter = [("ended_at", admin.EmptyFieldListFilter)]
    list_select_related = ["tenant", "event"]
    search_fields = [*OF_TENANT, "kind", "event__name"]


@admin.register(EventChange)
class EventChangeAdmin(ReadOnlyAdmin):
    list_display = ["event", "tenant", "at", "status", "by_name", "note"]
    list_filter = ["status"]
    list_select_related = ["tenant", "event"]
    search_fields = [*OF_TENANT, "by_name", "event__name"]


@admin.register(Occurrence)
class OccurrenceAdmin(ReadOnlyAdmin):
    list_display = ["name", "tenant", "due_on", "started_at"]
    list_select_related = ["tenant"]
    search_fields = [*OF_TENANT, "name"]

"""What each tenant's system is doing, and the jobs behind it."""

from django.contrib import admin
from django.urls import URLPattern, path

from config.admin import OF_TENANT, ReadOnlyAdmin, ReadOnlyInline
from notifications.models import Job, SystemEvent
from notifications.views import support_notices


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

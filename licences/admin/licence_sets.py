"""What tenants own, and who holds it."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from config.admin import OF_TENANT, ReadOnlyAdmin, ReadOnlyInline, link_to_list
from licences.models import (
    CounterDifference,
    Licence,
    LicenceDateReached,
    LicenceSet,
    Seat,
    ServerAnswer,
)


class LicenceInline(ReadOnlyInline):
    model = Licence
    fields = ["name", "type", "tier", "in_use", "total", "unrestricted"]
    ordering = ["type__sort_order"]


@admin.register(LicenceSet)
class LicenceSetAdmin(ReadOnlyAdmin):
    list_display = [
        "owner",
        "tenant",
        "issue_number",
        "state",
        "origin",
        "suite_plan",
        "expires_on",
        "received_at",
        "activated_at",
        "activated_by_itself",
    ]
    list_filter = ["state", "origin", "activated_by_itself", "owner"]
    list_select_related = ["tenant", "owner", "suite_plan"]
    search_fields = [*OF_TENANT, "owner__name"]
    inlines = [LicenceInline]


@admin.register(Licence)
class LicenceAdmin(ReadOnlyAdmin):
    list_display = ["name", "tenant", "in_use", "total", "unrestricted"]
    list_filter = ["unrestricted"]
    list_select_related = ["tenant"]
    search_fields = [*OF_TENANT, "name", "type__code"]
    readonly_fields = ["seats"]

    @admin.display(description=_("seats, also those given back"))
    def seats(self, licence: Licence) -> SafeString:
        return link_to_list(Seat, licence.seats.count(), licence__id__exact=licence.pk)


@admin.register(Seat)
class SeatAdmin(ReadOnlyAdmin):
    list_display = ["user", "licence", "tenant", "assigned_at", "released_at"]
    list_filter = [("released_at", admin.EmptyFieldListFilter)]
    list_select_related = ["tenant", "user", "licence"]
    search_fields = [*OF_TENANT, "user__login_id", "user__full_name", "licence__name"]


@admin.register(CounterDifference)
class CounterDifferenceAdmin(ReadOnlyAdmin):
    list_display = ["counter", "subject", "tenant", "stored", "counted", "found_at"]
    list_select_related = ["tenant"]
    search_fields = [*OF_TENANT, "counter", "subject"]


@admin.register(ServerAnswer)
class ServerAnswerAdmin(ReadOnlyAdmin):
    list_display = ["owner", "tenant", "status", "message", "asked_at"]
    list_filter = ["status", "owner"]
    list_select_related = ["tenant", "owner"]
    search_fields = [*OF_TENANT, "owner__name", "message"]


@admin.register(LicenceDateReached)
class LicenceDateReachedAdmin(ReadOnlyAdmin):
    list_display = ["licence_set", "tenant", "milestone", "due_on", "expires_on", "noted_at"]
    list_filter = ["milestone"]
    list_select_related = ["tenant", "licence_set__owner"]
    search_fields = [*OF_TENANT, "licence_set__owner__name"]

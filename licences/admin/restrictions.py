"""Limits of plans: how much is used, what was agreed otherwise, and everything that happened on the way."""

from django.contrib import admin
from django.urls import URLPattern, path

from config.admin import OF_TENANT, ReadOnlyAdmin, ReadOnlyInline
from licences.models import (
    ApiAnswer,
    LimitCrossing,
    LimitMovement,
    LimitOverride,
    LimitReservation,
    Restriction,
    RestrictionDay,
)
from licences.views import limit_overrides

OF_LIMIT = (*OF_TENANT, "restriction__type__name")


class LimitOverrideInline(ReadOnlyInline):
    model = LimitOverride
    fields = ["limit", "starts_at", "ends_at", "reason", "set_by_name"]


@admin.register(Restriction)
class RestrictionAdmin(ReadOnlyAdmin):
    list_display = ["type", "tenant", "used", "limit", "limit_until", "authority", "as_of"]
    list_filter = ["type", "authority"]
    list_select_related = ["tenant", "type"]
    search_fields = [*OF_TENANT, "type__name"]
    inlines = [LimitOverrideInline]
    change_form_template = "admin/licences/restriction/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        agree = self.admin_site.admin_view(limit_overrides.agree)
        own = path("<int:restriction_id>/override/", agree, name="licences_restriction_override")
        return [own, *super().get_urls()]


@admin.register(LimitOverride)
class LimitOverrideAdmin(ReadOnlyAdmin):
    list_display = ["restriction", "tenant", "limit", "starts_at", "ends_at", "reason", "set_by_name"]
    list_select_related = ["tenant", "restriction__type"]
    search_fields = [*OF_LIMIT, "reason"]

    def get_urls(self) -> list[URLPattern]:
        end = self.admin_site.admin_view(limit_overrides.end)
        return [path("<int:override_id>/end/", end, name="licences_limitoverride_end"), *super().get_urls()]


@admin.register(LimitReservation)
class LimitReservationAdmin(ReadOnlyAdmin):
    list_display = ["restriction", "tenant", "quantity", "state", "source", "made_at", "expires_at", "ended_at"]
    list_filter = ["state"]
    list_select_related = ["tenant", "restriction__type"]
    search_fields = [*OF_LIMIT, "source"]


@admin.register(LimitMovement)
class LimitMovementAdmin(ReadOnlyAdmin):
    list_display = ["restriction", "tenant", "kind", "quantity", "at", "source"]
    list_filter = ["kind"]
    list_select_related = ["tenant", "restriction__type"]
    search_fields = [*OF_LIMIT, "source"]


@admin.register(LimitCrossing)
class LimitCrossingAdmin(ReadOnlyAdmin):
    list_display = ["restriction", "tenant", "threshold", "used", "limit", "at"]
    list_filter = ["threshold"]
    list_select_related = ["tenant", "restriction__type"]
    search_fields = OF_LIMIT


@admin.register(RestrictionDay)
class RestrictionDayAdmin(ReadOnlyAdmin):
    list_display = ["restriction", "tenant", "day", "used"]
    list_select_related = ["tenant", "restriction__type"]
    search_fields = OF_LIMIT


@admin.register(ApiAnswer)
class ApiAnswerAdmin(ReadOnlyAdmin):
    list_display = ["route", "tenant", "source", "status", "at"]
    list_filter = ["status"]
    list_select_related = ["tenant"]
    search_fields = [*OF_TENANT, "source", "route"]

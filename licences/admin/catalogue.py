"""The vendor's price list. It is changed in licences/catalogue/ and loaded by `load_catalogue`, not here."""

from django.contrib import admin

from config.admin import ReadOnlyAdmin, ReadOnlyInline
from licences.models import AddOn, LicenceOwner, LicenceType, PlanInclusion, PlanLimit, RestrictionType, SuitePlan


@admin.register(LicenceOwner)
class LicenceOwnerAdmin(ReadOnlyAdmin):
    list_display = ["name", "code", "is_vendor", "shop_url"]
    search_fields = ["name", "code"]
    ordering = ["-is_vendor", "name"]


class FeatureInline(ReadOnlyInline):
    model = PlanInclusion
    fk_name = "plan"
    fields = ["tier", "feature"]
    ordering = ["tier", "feature__sort_order"]


@admin.register(LicenceType)
class LicenceTypeAdmin(ReadOnlyAdmin):
    list_display = ["name", "code", "owner", "kind", "role", "hidden", "unrestricted", "sort_order"]
    list_filter = ["kind", "role", "hidden", "unrestricted", "owner"]
    list_select_related = ["owner"]
    search_fields = ["name", "code", "owner__name"]
    ordering = ["owner", "sort_order"]
    inlines = [FeatureInline]


@admin.register(PlanInclusion)
class PlanInclusionAdmin(ReadOnlyAdmin):
    list_display = ["plan", "tier", "feature"]
    list_filter = ["tier"]
    list_select_related = ["plan", "feature"]
    search_fields = ["plan__name", "plan__code", "feature__name", "feature__code"]
    ordering = ["plan__sort_order", "tier", "feature__sort_order"]


@admin.register(AddOn)
class AddOnAdmin(ReadOnlyAdmin):
    list_display = ["name", "code", "description"]
    search_fields = ["name", "code"]
    ordering = ["name"]


class LimitOfPlanInline(ReadOnlyInline):
    model = PlanLimit
    fields = ["restriction", "limit"]
    ordering = ["restriction__sort_order"]


@admin.register(SuitePlan)
class SuitePlanAdmin(ReadOnlyAdmin):
    list_display = ["name", "code", "rank", "system_licence", "seat_licence"]
    list_select_related = ["system_licence", "seat_licence"]
    search_fields = ["name", "code"]
    ordering = ["rank"]
    inlines = [LimitOfPlanInline]


class LimitInPlanInline(ReadOnlyInline):
    model = PlanLimit
    fields = ["suite_plan", "limit"]
    ordering = ["suite_plan__rank"]


@admin.register(RestrictionType)
class RestrictionTypeAdmin(ReadOnlyAdmin):
    list_display = ["name", "code", "counts"]
    search_fields = ["name", "code"]
    ordering = ["sort_order"]
    inlines = [LimitInPlanInline]


@admin.register(PlanLimit)
class PlanLimitAdmin(ReadOnlyAdmin):
    list_display = ["suite_plan", "restriction", "limit"]
    list_filter = ["suite_plan", "restriction"]
    list_select_related = ["suite_plan", "restriction"]
    search_fields = ["suite_plan__name", "restriction__name"]
    ordering = ["suite_plan__rank", "restriction__sort_order"]

"""What is promised to customers, and how it is kept. Promises are changed in licences/catalogue/ and loaded by
`load_catalogue`, clocks by what happens to requests: nothing is changed here."""

from django.contrib import admin

from config.admin import OF_TENANT, ReadOnlyAdmin, ReadOnlyInline
from licences.models import (
    BusinessCalendar,
    CalendarDay,
    DeadlineFact,
    ServiceClock,
    ServicePolicy,
    ServiceTarget,
    SupportBudget,
    SupportTime,
)


class SpecialDayInline(ReadOnlyInline):
    model = CalendarDay
    fields = ["day", "name", "intervals", "source"]
    ordering = ["day"]


@admin.register(BusinessCalendar)
class BusinessCalendarAdmin(ReadOnlyAdmin):
    list_display = ["name", "code", "version", "time_zone"]
    search_fields = ["name", "code"]
    ordering = ["code", "-version"]
    inlines = [SpecialDayInline]


@admin.register(CalendarDay)
class CalendarDayAdmin(ReadOnlyAdmin):
    list_display = ["day", "name", "intervals", "calendar", "source"]
    list_filter = ["calendar"]
    list_select_related = ["calendar"]
    search_fields = ["name", "calendar__name", "calendar__code"]
    ordering = ["-calendar", "day"]


class TargetInline(ReadOnlyInline):
    model = ServiceTarget
    fields = ["urgency", "metric", "amount", "unit"]
    ordering = ["pk"]


@admin.register(ServicePolicy)
class ServicePolicyAdmin(ReadOnlyAdmin):
    list_display = ["name", "code", "version", "valid_from_on", "calendar", "day_minutes", "goal_percent"]
    list_select_related = ["calendar"]
    search_fields = ["name", "code"]
    ordering = ["code", "-version"]
    inlines = [TargetInline]


@admin.register(ServiceTarget)
class ServiceTargetAdmin(ReadOnlyAdmin):
    list_display = ["policy", "urgency", "metric", "amount", "unit"]
    list_filter = ["urgency", "metric"]
    list_select_related = ["policy"]
    search_fields = ["policy__name", "policy__code"]
    ordering = ["-policy", "pk"]


@admin.register(ServiceClock)
class ServiceClockAdmin(ReadOnlyAdmin):
    list_display = ["request", "metric", "tenant", "due_at", "paused_at", "stopped_at", "is_met"]
    list_filter = ["metric", "is_met", "around_the_clock"]
    list_select_related = ["request", "tenant"]
    search_fields = ["request__title", *OF_TENANT]


@admin.register(DeadlineFact)
class DeadlineFactAdmin(ReadOnlyAdmin):
    list_display = ["at", "kind", "clock", "tenant", "due_at", "by_reclassifying"]
    list_filter = ["kind", "by_reclassifying"]
    list_select_related = ["clock", "tenant"]
    search_fields = ["clock__request__title", *OF_TENANT]


@admin.register(SupportBudget)
class SupportBudgetAdmin(ReadOnlyAdmin):
    list_display = ["month", "tenant", "users", "minutes"]
    list_select_related = ["tenant"]
    search_fields = OF_TENANT


@admin.register(SupportTime)
class SupportTimeAdmin(ReadOnlyAdmin):
    list_display = ["at", "tenant", "request", "minutes", "by_name"]
    list_select_related = ["tenant", "request"]
    search_fields = ["by_name", "request__title", *OF_TENANT]

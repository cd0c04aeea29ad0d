"""What was used by month and day, its alerts, and what did not add up. A month's page leads to its adjustment."""

from typing import Final

from django.contrib import admin
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from config.admin import OF_TENANT
from metering.admin.corrections import adjust_month
from metering.admin.keyset import TenantFilter, filter_by
from metering.admin.shown import NOTHING, OfTenantAdmin, column, moment, number, of_edition, of_month, short
from metering.models import UsageAlert, UsageDay, UsageDifference, UsageMonth
from metering.rating import THRESHOLDS

PERCENTS: Final = {str(threshold): f"{threshold} %" for threshold in THRESHOLDS}
late = column("late", _("late usage"), lambda row: _("late") if row.has_late else NOTHING)


@admin.register(UsageMonth)
class UsageMonthAdmin(OfTenantAdmin):
    list_display = [
        of_month,
        "of_tenant",
        "service",
        number("used", _("used")),
        number("allowance", _("allowance")),
        number("users", _("users")),
        number("adjusted", _("adjusted")),
        number("events", _("events")),
        late,
    ]
    list_filter = ["service", "has_late", "rated_by", TenantFilter]
    list_select_related = ["tenant", "service"]
    search_fields = OF_TENANT
    fields = [
        "tenant",
        "service",
        "month",
        "used",
        "allowance",
        "tariff",
        "rated_by",
        "users",
        "users_as_of",
        "total",
        "events",
        "adjusted",
        "carried",
        "average",
        "last_time",
        "last_id",
        "last_quantity",
        "edition",
        late,
    ]
    readonly_fields = ["used"]
    change_form_template = "admin/metering/usagemonth/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        adjust = self.admin_site.admin_view(adjust_month)
        return [path("<int:usage_month_id>/adjust/", adjust, name="metering_usagemonth_adjust"), *super().get_urls()]


@admin.register(UsageDay)
class UsageDayAdmin(OfTenantAdmin):
    list_display = [
        "day",
        "of_tenant",
        "service",
        number("quantity", _("quantity")),
        number("events", _("events")),
        short("source", _("source")),
        of_edition,
    ]
    list_filter = ["service", TenantFilter]
    list_select_related = ["tenant", "service"]
    search_fields = OF_TENANT


@admin.register(UsageAlert)
class UsageAlertAdmin(OfTenantAdmin):
    list_display = [
        moment("at", _("at")),
        "of_tenant",
        "service",
        of_month,
        number("threshold", _("percent")),
        number("used", _("used")),
        number("allowance", _("allowance")),
        number("users", _("users")),
    ]
    list_filter = ["service", filter_by("threshold", _("percent"), PERCENTS), TenantFilter]
    list_select_related = ["tenant", "service"]
    search_fields = OF_TENANT


@admin.register(UsageDifference)
class UsageDifferenceAdmin(OfTenantAdmin):
    list_display = [
        moment("found_at", _("found")),
        "of_tenant",
        "service",
        "day",
        short("source", _("source")),
        number("stored", _("stored")),
        number("counted", _("counted")),
        "found_by",
    ]
    empty_note = _("None. Every stored day is what its events say.")
    list_filter = ["service", TenantFilter]
    list_select_related = ["tenant", "service"]
    search_fields = OF_TENANT

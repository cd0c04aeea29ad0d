"""What was sent and not counted, and what producers say themselves."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from config.admin import OF_TENANT
from metering.admin.keyset import TenantFilter
from metering.admin.shown import OfTenantAdmin, number
from metering.models import ProducerTotal, RepeatDay, UncountedEvent


@admin.register(UncountedEvent)
class UncountedEventAdmin(OfTenantAdmin):
    list_display = ["event_id", "of_tenant", "kind", "reason", "service_code", "quantity", "last_at", "times"]
    list_filter = ["kind", "reason", TenantFilter]
    search_fields = [*OF_TENANT, "event_id"]
    exclude = ["key"]


@admin.register(RepeatDay)
class RepeatDayAdmin(OfTenantAdmin):
    list_display = ["day", "of_tenant", "service", "source", "times"]
    list_filter = ["service", TenantFilter]
    list_select_related = ["tenant", "service"]
    search_fields = OF_TENANT


@admin.register(ProducerTotal)
class ProducerTotalAdmin(OfTenantAdmin):
    list_display = ["day", "of_tenant", "service", number("quantity", _("quantity")), "source", "reported_at"]
    list_filter = ["service", TenantFilter]
    list_select_related = ["tenant", "service"]
    search_fields = OF_TENANT

"""What was sent and not counted, and what producers say themselves."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from config.admin import OF_TENANT
from metering.admin.keyset import TenantFilter
from metering.admin.shown import OfTenantAdmin, moment, number, short
from metering.models import ProducerTotal, RepeatDay, UncountedEvent
from metering.reports.events.reasons import words_of


@admin.register(UncountedEvent)
class UncountedEventAdmin(OfTenantAdmin):
    list_display = [
        short("event_id", _("event ID")),
        "of_tenant",
        "why",
        short("service_code", _("service")),
        moment("last_at", _("last came")),
        "times",
    ]
    list_filter = ["kind", "reason", TenantFilter]
    search_fields = [*OF_TENANT, "event_id"]
    fields = [
        "event_id",
        "tenant",
        "kind",
        "why",
        "reason",
        "source",
        "service_code",
        "time",
        "quantity",
        "first_at",
        "last_at",
        "times",
    ]
    readonly_fields = ["why"]

    @admin.display(description=_("why"))
    def why(self, row: UncountedEvent) -> str:
        return str(words_of(row.reason))


@admin.register(RepeatDay)
class RepeatDayAdmin(OfTenantAdmin):
    list_display = ["day", "of_tenant", "service", short("source", _("source")), "times"]
    list_filter = ["service", TenantFilter]
    list_select_related = ["tenant", "service"]
    search_fields = OF_TENANT


@admin.register(ProducerTotal)
class ProducerTotalAdmin(OfTenantAdmin):
    list_display = [
        "day",
        "of_tenant",
        "service",
        number("quantity", _("quantity")),
        short("source", _("source")),
        moment("reported_at", _("reported")),
    ]
    list_filter = ["service", TenantFilter]
    list_select_related = ["tenant", "service"]
    search_fields = OF_TENANT

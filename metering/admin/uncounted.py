"""What was sent and not counted, and what producers say themselves."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.admin import OF_TENANT
from licences.models import Tenant
from metering.admin.keyset import TenantFilter, filter_by
from metering.admin.shown import OfTenantAdmin, moment, number, short
from metering.models import ProducerTotal, RepeatDay, UncountedEvent
from metering.reports.events.reasons import WORDS, words_of


@admin.register(UncountedEvent)
class UncountedEventAdmin(OfTenantAdmin):
    list_display = [
        short("event_id", _("event ID")),
        "of_tenant",
        "why",
        short("service_code", _("service")),
        moment("last_at", _("last came")),
        number("times", _("times")),
    ]
    list_filter = [
        filter_by("reason", _("reason"), {str(reason): text for reason, text in WORDS.items()}),
        TenantFilter,
    ]
    search_fields = ["event_id"]
    search_note = _("The whole ID of an event, as it was sent, or a tenant's serial number.")
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

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[UncountedEvent], search_term: str
    ) -> tuple[QuerySet[UncountedEvent], bool]:
        """By whole values, which have indexes: none of a million rows is looked through."""
        term = search_term.strip()
        if not term:
            return queryset, False
        tenant = Tenant.objects.filter(serial_number=term).first()
        return queryset.filter(tenant=tenant) if tenant else queryset.filter(event_id=term), False


@admin.register(RepeatDay)
class RepeatDayAdmin(OfTenantAdmin):
    list_display = ["day", "of_tenant", "service", short("source", _("source")), number("times", _("times"))]
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

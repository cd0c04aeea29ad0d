"""Usage events: the newest first however many there are, one by its ID, and the way to take one out of the count."""

from typing import Any

from django.contrib import admin
from django.db.models import Max, Min, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from metering.admin.corrections import take_out
from metering.admin.keyset import TenantFilter, number_in
from metering.admin.shown import OfTenantAdmin, moment, number, of_edition, short
from metering.models import Correction, UsageEvent, UsageMonth
from metering.periods import Month
from metering.reports.events.by_id import events_called
from metering.reports.events.journey import JourneyQuery, journey


class TenantsEventsFilter(TenantFilter):
    """With the days in which the tenant has events, as its months say: what was counted for others since is not looked
    through for a tenant that uses nothing any more."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found = super().queryset(request, queryset)
        if not self.value():
            return found
        months = UsageMonth.objects.filter(tenant=number_in(request, self.parameter_name) or 0, events__gt=0)
        first, last = months.aggregate(first=Min("month"), last=Max("month")).values()
        return found.filter(day__range=(first, Month(last).last)) if last else found


@admin.register(UsageEvent)
class UsageEventAdmin(OfTenantAdmin):
    list_display = [
        short("event_id", _("event ID")),
        "of_tenant",
        "service",
        number("quantity", _("quantity")),
        moment("time", _("time")),
        of_edition,
        short("source", _("source")),
    ]
    list_filter = ["service", TenantsEventsFilter]
    list_select_related = ["tenant", "service"]
    search_fields = ["event_id"]
    search_note = _("The whole ID of an event, as it was sent.")
    fields = [
        "event_id",
        "tenant",
        "service",
        "quantity",
        "time",
        "day",
        "source",
        "subject",
        "received_at",
        of_edition,
    ]
    change_form_template = "admin/metering/usageevent/change_form.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[UsageEvent], search_term: str
    ) -> tuple[QuerySet[UsageEvent], bool]:
        """By the keys that the ID makes: none of a million rows is looked through."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found = events_called(term, tenant_id=number_in(request, TenantFilter.parameter_name))
        return queryset.filter(pk__in=found), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With the event's way."""
        own: dict[str, Any] = {}
        event = self.get_object(request, object_id)
        if isinstance(event, UsageEvent):
            of_event = {"tenant": event.tenant_id, "kind": Correction.Kind.VOID, "event_key": event.key}
            own["journey"] = journey(event.tenant, JourneyQuery(event.event_id, event.source))
            own["taken_out"] = Correction.objects.filter(**of_event).first()
        return super().change_view(request, object_id, form_url, (extra_context or {}) | own)

    def get_urls(self) -> list[URLPattern]:
        void = self.admin_site.admin_view(take_out)
        return [path("<int:usage_event_id>/void/", void, name="metering_usageevent_void"), *super().get_urls()]

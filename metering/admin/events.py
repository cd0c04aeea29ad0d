"""Usage events: the newest first however many there are, one by its ID, and the way to take one out of the count."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from metering.admin.correcting import take_out
from metering.admin.keyset import TenantFilter, number_in
from metering.admin.shown import OfTenantAdmin, number
from metering.models import Correction, UsageEvent
from metering.reports.events_called import events_called
from metering.reports.journey import JourneyQuery, journey


@admin.register(UsageEvent)
class UsageEventAdmin(OfTenantAdmin):
    list_display = [
        "event_id",
        "of_tenant",
        "service",
        number("quantity", _("quantity")),
        "time",
        "received_at",
        "source",
        "edition",
    ]
    list_filter = ["service", TenantFilter]
    list_select_related = ["tenant", "service"]
    search_fields = ["event_id"]
    search_help_text = _("The whole ID of an event, as it was sent.")
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
        "edition",
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

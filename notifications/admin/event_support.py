"""What support staff do with system events: find them by tenant and state, cancel one, try one again."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.contrib.admin.options import ActionLocation
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.admin import ReadOnlyAdmin, ReadOnlyInline
from licences.models import Tenant, User
from notifications.jobs import KINDS
from notifications.models import EventChange, SystemEvent
from notifications.services.cancelling import NotCancelled, cancel_event
from notifications.services.retrying import retry_event
from notifications.services.tracker import AlreadyActive, NotRetried
from notifications.tasks import nudge

if TYPE_CHECKING:
    Events = QuerySet[SystemEvent]
    from django_stubs_ext import StrOrPromise

ON_LIST_AND_PAGE = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]
LONGEST_NUMBER = 18


class StepInline(ReadOnlyInline):
    """The log of an event, the first step first."""

    model = EventChange
    fields = ["at", "status", "by_name", "note"]
    ordering = ["pk"]


class StalledFilter(admin.SimpleListFilter):
    title = gettext_lazy("sign of life")
    parameter_name = "stalled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, "StrOrPromise"]]:
        return [("1", gettext_lazy("Stalled"))]

    def queryset(self, request: HttpRequest, queryset: "Events") -> "Events":
        return queryset.filter(pk__in=SystemEvent.objects.stalled()) if self.value() == "1" else queryset


class TenantFilter(admin.SimpleListFilter):
    """Says which tenant the list is narrowed to, and leads back to all. One narrows it by a click on a tenant: of
    thousands there is no list to choose from."""

    title = gettext_lazy("tenant")
    parameter_name = "tenant__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, "StrOrPromise"]]:
        return [(str(tenant.pk), str(tenant)) for tenant in Tenant.objects.filter(pk=self._number(request))]

    def queryset(self, request: HttpRequest, queryset: "Events") -> "Events":
        return queryset.filter(tenant=self._number(request)) if self.value() else queryset

    def _number(self, request: HttpRequest) -> int:
        typed = request.GET.get(self.parameter_name, "")
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= LONGEST_NUMBER else 0


class ActingOnEvents(ReadOnlyAdmin):
    """The list of events, with the actions on those that are ticked and on the one that is shown."""

    actions = ["cancel", "try_again"]  # type: ignore[assignment]  # elsewhere there are none

    @admin.display(description=gettext_lazy("tenant"), ordering="tenant__company_name")
    def of_tenant(self, event: SystemEvent) -> SafeString:
        """The tenant, and the way to all of its events."""
        address = reverse(
            "admin:notifications_systemevent_changelist", query={TenantFilter.parameter_name: event.tenant_id}
        )
        return format_html('<a href="{}">{}</a>', address, event.tenant)

    @admin.display(description=gettext_lazy("stalled"))
    def stalled(self, event: SystemEvent) -> str:
        """In a word, and only where it is so: Django's picture for "no" is a red cross, its "yes" a green tick."""
        return _("Stalled") if event.is_stalled else ""

    @admin.action(description=gettext_lazy("Cancel"), permissions=["view"], location=ON_LIST_AND_PAGE)
    def cancel(self, request: HttpRequest, events: "Events") -> None:
        """As an administrator of the tenant could; what is running stops before its next step."""
        self._to_each(request, events, cancel_event, _("Cancelled, or asked to stop."))

    @admin.action(description=gettext_lazy("Try again"), permissions=["view"], location=ON_LIST_AND_PAGE)
    def try_again(self, request: HttpRequest, events: "Events") -> None:
        """The jobs of the console that failed or were cancelled."""
        self._to_each(request, events, retry_event, _("Started again."))
        nudge()

    def _to_each(
        self, request: HttpRequest, events: "Events", act: Callable[..., SystemEvent], what_happened: str
    ) -> None:
        for event in events.select_related("tenant"):
            said = {"event": event.name, "tenant": event.tenant}
            try:
                act(event, KINDS, by=cast(User, request.user))
            except NotCancelled:
                text = _("“%(event)s” of %(tenant)s has ended, was asked to stop before, or cannot be cancelled.")
                self.message_user(request, text % said, messages.WARNING)
            except NotRetried:
                text = _("“%(event)s” of %(tenant)s has not stopped, was started again since, or is not the console's.")
                self.message_user(request, text % said, messages.WARNING)
            except AlreadyActive:
                text = _("“%(event)s” of %(tenant)s is under way already.")
                self.message_user(request, text % said, messages.WARNING)
            else:
                self.log_change(request, event, what_happened)
                self.message_user(request, f"{event.name}: {what_happened}", messages.SUCCESS)

"""Corrections: what support corrected, which stays, and from the page of an event or of a month what one would come
to, and the correction. All stand under /admin/."""

from typing import Any, Final

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from config.admin import OF_TENANT
from licences.access import ConsoleRequest
from metering.admin.keyset import TenantFilter
from metering.admin.shown import OfTenantAdmin, moment, number, of_month
from metering.forms.corrections import AdjustForm, VoidForm
from metering.models import Correction, UsageEvent, UsageMonth
from metering.reports.previews.correction import MonthEffect, preview
from metering.services.corrections import (
    AlreadyVoided,
    ChangedMeanwhile,
    EventDropped,
    NoQuantity,
    NoSuchMonth,
    UnknownEvent,
    adjust,
    state_of,
    void_event,
)

REFUSED: Final = (AlreadyVoided, EventDropped, NoQuantity, NoSuchMonth, UnknownEvent)
WHY: Final = {
    AlreadyVoided: gettext_lazy("The event is out of the count already."),
    EventDropped: gettext_lazy("The event is too old: it is not kept any more."),
    NoQuantity: gettext_lazy("That changes nothing, or is beyond all measure."),
    NoSuchMonth: gettext_lazy("Nothing is known of the service in that month."),
    UnknownEvent: gettext_lazy("No such event is counted."),
}
MEANWHILE: Final = gettext_lazy(
    "This did not adjust the month: it was corrected or invoiced since you looked, perhaps by your first click. "
    "Below is what comes of it now; adjust only if you mean it on top of that."
)


@admin.register(Correction)
class CorrectionAdmin(OfTenantAdmin):
    list_display = [
        moment("at", gettext_lazy("when")),
        "reason",
        "of_tenant",
        "service",
        of_month,
        number("quantity", gettext_lazy("quantity")),
        "by_name",
    ]
    list_filter = ["service", "kind", TenantFilter]
    list_select_related = ["tenant", "service"]
    search_fields = [*OF_TENANT, "reason", "event_id", "by_name"]
    exclude = ["event_key"]


@require_http_methods(["GET", "HEAD", "POST"])
def take_out(request: ConsoleRequest, usage_event_id: int) -> HttpResponse:
    """Show what the month comes to without the event, and take it out for a reason."""
    event = get_object_or_404(UsageEvent.objects.select_related("tenant", "service"), pk=usage_event_id)
    form = VoidForm(request.POST if request.method == "POST" else None)
    said: dict[str, Any] = {"key": event.key, "by": request.user}
    try:
        if form.is_valid():
            void_event(event.tenant, reason=form.cleaned_data["reason"], **said)
            _tell(request, event, _("The event is out of the count."))
            return redirect("admin:metering_usageevent_change", event.pk)
        effects = preview(event.tenant, void_event, reason="-", **said)
    except REFUSED as refused:
        messages.warning(request, WHY[type(refused)])
        return redirect("admin:metering_usageevent_change", event.pk)
    own = {"event": event, "title": _("Take out of the count"), "effects": effects}
    return _shown(request, "admin/metering/usageevent/void.html", form, own)


@require_http_methods(["GET", "HEAD", "POST"])
def adjust_month(request: ConsoleRequest, usage_month_id: int) -> HttpResponse:
    """Ask by how much and why, show what comes of it, and adjust the month once that was seen."""
    rows = UsageMonth.objects.select_related("tenant", "service")
    row = get_object_or_404(rows, pk=usage_month_id)
    form = AdjustForm(request.POST if request.method == "POST" else None)
    effects: list[MonthEffect] = []
    if form.is_valid():
        said = form.cleaned_data | {"service": row.service, "month": row.month, "by": request.user}
        try:
            if _was_seen(request) and _adjusted(request, row, said):
                return redirect("admin:metering_usagemonth_change", row.pk)
            effects = preview(row.tenant, adjust, **said)
        except REFUSED as refused:
            form.add_error("quantity", str(WHY[type(refused)]))
    seen = {"seen": request.POST.get("quantity", ""), "state": state_of(row)}
    own = {"row": row, "title": _("Adjust"), "effects": effects} | seen
    return _shown(request, "admin/metering/usagemonth/adjust.html", form, own)


def _was_seen(request: HttpRequest) -> bool:
    """Whether the effect of the very quantity that is confirmed was on the page."""
    return "confirm" in request.POST and request.POST.get("seen") == request.POST.get("quantity")


def _adjusted(request: ConsoleRequest, row: UsageMonth, said: dict[str, Any]) -> bool:
    """False where the month is another than the page showed: a second click adjusts nothing."""
    try:
        adjust(row.tenant, **said, seen=request.POST.get("state", ""))
    except ChangedMeanwhile:
        messages.warning(request, MEANWHILE)
        row.refresh_from_db(fields=["adjusted", "edition", "used"])
        return False
    _tell(request, row, _("The month is adjusted."))
    return True


def _shown(request: ConsoleRequest, template: str, form: Any, own: dict[str, Any]) -> HttpResponse:
    context = admin.site.each_context(request) | own | {"form": form}
    return render(request, template, context, status=422 if form.is_bound and not form.is_valid() else 200)


def _tell(request: ConsoleRequest, row: Model, message: str) -> None:
    """The admin log and the asker."""
    LogEntry.objects.log_actions(request.user.pk, [row], CHANGE, message, single_object=True)
    messages.success(request, message)

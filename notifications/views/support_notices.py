"""From Django admin: set a notice for a tenant, change what it says, and end it. The addresses stand under /admin/."""

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from licences.access import ConsoleRequest
from licences.models import Tenant
from notifications.forms.notices import NoticeForm
from notifications.models import SystemEvent
from notifications.services.notices import HasEnded, end_notice
from notifications.views.notices import change_as_typed, set_as_typed, text_form


@require_http_methods(["GET", "HEAD", "POST"])
def set_for_tenant(request: ConsoleRequest, tenant_id: int) -> HttpResponse:
    """Set one. Times are typed and shown by the tenant's clock."""
    tenant = get_object_or_404(Tenant, pk=tenant_id)
    with timezone.override(tenant.zone):
        form = NoticeForm(tenant, request.POST if request.method == "POST" else None)
        if form.is_valid() and (event := set_as_typed(form, by=request.user)):
            return _done(request, event, _("Set the notice."))
        own = {"form": form, "tenant": tenant, "title": _("Set a notice")}
        context = admin.site.each_context(request) | own
        return render(request, "notifications/support_notice.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def change_for_tenant(request: ConsoleRequest, event_id: int) -> HttpResponse:
    """Change what it says. One that has ended is only read."""
    event = _active(event_id)
    with timezone.override(event.tenant.zone):
        form = text_form(event, request)
        if form.is_valid():
            is_changed = change_as_typed(form, event, by=request.user)
            return _done(request, event, _("Changed the notice.") if is_changed else "")
        own = {"form": form, "event": event, "tenant": event.tenant, "title": event.name}
        context = admin.site.each_context(request) | own
        return render(request, "notifications/support_notice.html", context, status=422 if form.is_bound else 200)


@require_POST
def end_for_tenant(request: ConsoleRequest, event_id: int) -> HttpResponse:
    """End it."""
    event = get_object_or_404(SystemEvent.objects.notices(), pk=event_id)
    try:
        end_notice(event, by=request.user)
    except HasEnded:
        return _done(request, event, "")
    return _done(request, event, _("Ended the notice."))


def _active(event_id: int) -> SystemEvent:
    return get_object_or_404(SystemEvent.objects.notices().active().select_related("tenant"), pk=event_id)


def _done(request: ConsoleRequest, event: SystemEvent, message: str) -> HttpResponse:
    """To the event, with the deed in the admin log; an empty message says that it had ended before."""
    if message:
        LogEntry.objects.log_actions(request.user.pk, [event], CHANGE, message, single_object=True)
        messages.success(request, message)
    else:
        messages.info(request, _("Nothing was changed: the notice has ended."))
    return redirect("admin:notifications_systemevent_change", event.pk)

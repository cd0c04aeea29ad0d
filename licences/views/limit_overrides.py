"""From a limit's page in Django admin: agree on another one, and end what was agreed. Both stand under /admin/."""

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from licences.access import ConsoleRequest
from licences.forms.limits import LimitForm
from licences.models import LimitOverride, Restriction
from licences.services.limits import EndsBeforeItBegins, end_override, override_limit


@require_http_methods(["GET", "HEAD", "POST"])
def agree(request: ConsoleRequest, restriction_id: int) -> HttpResponse:
    """Ask for another limit, from when until when, and why."""
    row = get_object_or_404(Restriction.objects.select_related("tenant__suite_plan", "type"), pk=restriction_id)
    form = LimitForm(request.POST if request.method == "POST" else None, tenant=row.tenant)
    if form.is_valid() and _agreed(request, row, form):
        return redirect("admin:licences_restriction_override", row.pk)
    overrides = LimitOverride.objects.filter(tenant=row.tenant_id, restriction=row)
    own = {
        "form": form,
        "row": row,
        "overrides": overrides,
        "now": timezone.now(),
        "title": _("Agree on another limit"),
    }
    context = admin.site.each_context(request) | own
    return render(request, "licences/override.html", context, status=422 if form.is_bound else 200)


def _agreed(request: ConsoleRequest, row: Restriction, form: LimitForm) -> bool:
    typed = form.cleaned_data
    try:
        override_limit(row, limit=typed["limit"], reason=typed["reason"], by=request.user, **form.dates())
    except EndsBeforeItBegins:
        form.add_error("last", _("It ends before it begins."))
        return False
    _tell(request, row, _("Another limit of %(name)s was agreed.") % {"name": row.type.name})
    return True


@require_POST
def end(request: ConsoleRequest, override_id: int) -> HttpResponse:
    """From now on it is the plan's limit again, or that of an older agreement."""
    overrides = LimitOverride.objects.select_related("tenant__suite_plan", "restriction__type")
    override = get_object_or_404(overrides, pk=override_id)
    end_override(override, by=request.user)
    _tell(
        request, override.restriction, _("What was agreed of %(name)s has ended.") % {"name": override.restriction.type}
    )
    return redirect("admin:licences_restriction_override", override.restriction_id)


def _tell(request: ConsoleRequest, row: Restriction, message: str) -> None:
    """The admin log and the asker."""
    LogEntry.objects.log_actions(request.user.pk, [row], CHANGE, message, single_object=True)
    messages.success(request, message)

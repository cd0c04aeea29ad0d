"""From a tenant's page in Django admin to the tenant's screen, and back. Both addresses stand under /admin/."""

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from licences.access import ConsoleRequest
from licences.forms.visits import VisitForm
from licences.middleware import VISIT
from licences.models import Tenant
from licences.services.visits import leave_visit, start_visit


@require_http_methods(["GET", "HEAD", "POST"])
def visit(request: ConsoleRequest, tenant_id: int) -> HttpResponse:
    """Ask for the reason, write it down, and show the screen from here on."""
    tenant = get_object_or_404(Tenant, pk=tenant_id)
    form = VisitForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        start_visit(tenant, reason=form.cleaned_data["reason"], by=request.user)
        message = _("Looked at the screen as the tenant sees it.")
        LogEntry.objects.log_actions(request.user.pk, [tenant], CHANGE, message, single_object=True)
        request.session[VISIT] = tenant.pk
        request.session.cycle_key()  # nothing that was shown to this session of another tenant is shown again
        return redirect("licences:superoffice")
    context = admin.site.each_context(request) | {"form": form, "tenant": tenant, "title": _("See a tenant's screen")}
    return render(request, "licences/visit.html", context, status=422 if form.is_bound else 200)


@require_POST
def leave(request: ConsoleRequest) -> HttpResponse:
    """End the visit. Without one there is nothing to end, and nothing wrong with that."""
    tenant_id = request.session.pop(VISIT, None)
    if tenant_id is None:
        return redirect("admin:index")
    request.session.cycle_key()
    leave_visit(tenant_id, by=request.user)
    return redirect("admin:licences_tenant_change", tenant_id)

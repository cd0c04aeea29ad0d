"""From a tenant's page in Django admin: issue its next licence set. The address stands under /admin/."""

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from licences.access import ConsoleRequest
from licences.catalogue.entries import VENDOR
from licences.forms.issuing import LicenceSetForm
from licences.models import LicenceOwner, LicenceSet, Tenant
from licences.reports.licence_changes import licence_changes
from licences.services.issuing import issue_set, latest_issue
from licences.services.licence_sets import SetRefused


@require_http_methods(["GET", "HEAD", "POST"])
def issue(request: ConsoleRequest, tenant_id: int) -> HttpResponse:
    """Ask for what the next set of an owner holds, and have the tenant receive it."""
    tenant = get_object_or_404(Tenant.objects.select_related("suite_plan"), pk=tenant_id)
    owners = {owner.code: owner for owner in LicenceOwner.objects.all()}
    owner = owners.get(request.GET.get("owner", VENDOR))
    if owner is None:
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = LicenceSetForm(data, tenant=tenant, owner=owner, follows=latest_issue(tenant, owner))
    if form.is_valid() and (issued := _issued(request, form)):
        _tell(request, tenant, issued)
        return redirect("admin:licences_tenant_change", tenant.pk)
    own = {"form": form, "tenant": tenant, "owner": owner, "owners": owners.values(), "title": _("Issue a licence set")}
    context = admin.site.each_context(request) | own
    return render(request, "licences/issue.html", context, status=422 if form.is_bound else 200)


def _issued(request: ConsoleRequest, form: LicenceSetForm) -> LicenceSet | None:
    typed = form.cleaned_data
    try:
        return issue_set(
            form.tenant,
            owner=form.owner,
            follows=typed["follows"],
            lines=form.lines(),
            dates=form.dates(),
            version=typed["version"],
            suite_plan=form.chosen_plan(),
            why=typed["why"],
            by=request.user,
        )
    except SetRefused as refused:
        form.add_error(None, str(refused))
        return None


def _tell(request: ConsoleRequest, tenant: Tenant, issued: LicenceSet) -> None:
    """The admin log and the asker learn what became of the set."""
    said = {"owner": issued.owner.name, "number": issued.issue_number}
    message = _("Issued licence set %(number)d of %(owner)s.") % said
    LogEntry.objects.log_actions(request.user.pk, [tenant], CHANGE, message, single_object=True)
    if issued.state == LicenceSet.State.ACTIVE:
        messages.success(request, _("%(message)s It is active.") % {"message": message})
        return
    active = LicenceSet.objects.active().filter(tenant=tenant, owner=issued.owner).first()
    short = [f"{each.name} (−{each.to_remove})" for each in licence_changes(active, issued) if each.is_short]
    waits = _("%(message)s It waits until the tenant has removed what is superfluous: %(names)s.")
    messages.warning(request, waits % {"message": message, "names": ", ".join(short)})

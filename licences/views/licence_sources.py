"""The ways in of licences for administrators: fetched, loaded from a file; and the way out of a third party's."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from config.htmx import page
from licences.access import ConsoleRequest, administrators_only, may_act
from licences.forms.activation import LicenceFileForm, RemovalForm
from licences.models import LicenceSet, ServerAnswer
from licences.reports.change_words import refusals
from licences.services.fetching import fetch_licences
from licences.services.licence_sets import NotInForce, SetRefused, StillHeld, remove_licences
from licences.services.loading import load_licence_file
from licences.services.user_changes import Action, UserChange

LEVELS = {ServerAnswer.Status.PROBLEM: messages.ERROR, ServerAnswer.Status.UNKNOWN_ERROR: messages.ERROR}


@require_POST
@administrators_only
def fetch(request: ConsoleRequest) -> HttpResponse:
    """*Click here to fetch your new licence information from the web.*"""
    answer = fetch_licences(request.tenant, by=request.user)
    status = ServerAnswer.Status(answer.status)
    messages.add_message(request, LEVELS.get(status, messages.INFO), answer.message or str(status.label))
    waits = LicenceSet.objects.pending().filter(tenant=request.tenant).exists()
    return redirect("licences:activation" if waits else "licences:superoffice")


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def load(request: ConsoleRequest) -> HttpResponse:
    """*Load licence from file*: the file says whose licences it holds."""
    form = LicenceFileForm(request.POST, request.FILES) if request.method == "POST" else LicenceFileForm()
    if form.is_valid():
        try:
            loaded = load_licence_file(request.tenant, form.cleaned_data["file"], by=request.user)
        except SetRefused as refused:
            form.add_error("file", str(refused))
        else:
            return _loaded(request, loaded)
    context = {"form": form, "may_act": may_act(request)}
    return page(request, "licences/load.html", context, status=422 if form.is_bound else 200)


def _loaded(request: ConsoleRequest, loaded: LicenceSet) -> HttpResponse:
    if loaded.state == LicenceSet.State.PENDING:
        messages.warning(request, _("The licence was loaded. It waits until what is superfluous is removed."))
    else:
        messages.success(request, _("New licence activated"))
    return redirect("licences:activation")


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def remove(request: ConsoleRequest, owner: str) -> HttpResponse:
    """*Remove licences* of a third party, once one has said so twice. The vendor's cannot be removed."""
    sets = LicenceSet.objects.active().select_related("owner", "tenant")
    licence_set = get_object_or_404(sets, tenant=request.tenant, owner__code=owner)
    if licence_set.owner.is_vendor:
        raise Http404
    form = RemovalForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _removal_page(request, licence_set, form)
    name = licence_set.owner.name
    try:
        remove_licences(licence_set, by=request.user, why=form.cleaned_data["why"])
    except NotInForce:
        messages.info(request, _("The licences of %(name)s are gone already.") % {"name": name})
    except StillHeld as held:
        why_not = refusals(held.refused, UserChange(Action.TAKE))
        messages.error(request, " ".join([_("Nothing was removed."), why_not]))
        return redirect("licences:remove", owner)
    else:
        messages.success(request, _("The licences of %(name)s were removed.") % {"name": name})
    return redirect("licences:superoffice")


def _removal_page(request: ConsoleRequest, licence_set: LicenceSet, form: RemovalForm) -> HttpResponse:
    held = licence_set.licences.filter(in_use__gt=0, type__hidden=False).order_by("type__sort_order")
    context = {"licence_set": licence_set, "held": held, "form": form, "may_act": may_act(request)}
    return page(request, "licences/remove.html", context, status=422 if form.is_bound else 200)

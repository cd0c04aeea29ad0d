"""A licence set that waits: what it would change, what must be freed first, and Activate."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.htmx import page
from licences.access import ConsoleRequest, administrators_only, may_act
from licences.forms.activation import SuperfluousForm
from licences.models import LicenceSet
from licences.reports import superfluous as report
from licences.reports.activation import activations
from licences.reports.change_words import done, refusals
from licences.services.licence_sets import NotPending, StillShort, activate_set
from licences.services.user_changes import Action, UserChange, change_users


@require_safe
@administrators_only
def activation(request: ConsoleRequest) -> HttpResponse:
    """Every set that waits, and what was activated last."""
    found = activations(request.tenant)
    context = {"waiting": found.waiting, "activated": found.activated, "may_act": may_act(request)}
    return page(request, "licences/activation.html", context)


@require_POST
@administrators_only
def activate(request: ConsoleRequest, owner: str) -> HttpResponse:
    """Put the owner's set that waits in force."""
    active = LicenceSet.objects.active().select_related("owner")
    in_force = get_object_or_404(active, tenant=request.tenant, owner__code=owner)
    try:
        waiting = LicenceSet.objects.pending().get(tenant=request.tenant, owner=in_force.owner, pk=_posted_set(request))
        activate_set(waiting, by=request.user)
    except (LicenceSet.DoesNotExist, NotPending):
        messages.warning(request, gone())
    except StillShort as short:
        names = ", ".join(change.name for change in short.changes)
        messages.error(
            request,
            _("Not activated: more is in use than there will be of %(names)s. Free those first.") % {"names": names},
        )
    else:
        messages.success(request, _("New licence activated"))
    return redirect("licences:activation")


def _posted_set(request: ConsoleRequest) -> int:
    """The set that one has seen when one pressed the button: no other is activated unseen."""
    posted = request.POST.get("set", "")
    return int(posted) if posted.isdecimal() and len(posted) < 19 else 0


def gone() -> str:
    return _("That licence set does not wait any more: it was activated meanwhile, or a newer one has come.")


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def superfluous(request: ConsoleRequest, owner: str, code: str) -> HttpResponse:
    """*Remove superfluous licences*: who holds a licence that is short, and who gives it back."""
    licence = get_object_or_404(report.licences_of_owner(request.tenant, owner), type__code=code)
    short = report.superfluous(licence)
    if short is None:
        messages.info(request, _("Nothing of %(name)s is superfluous now.") % {"name": licence.name})
        return redirect("licences:activation")
    if request.method != "POST":
        return _holders_page(request, short, SuperfluousForm(report.targets(short)))
    form = SuperfluousForm(report.targets(short), request.POST)
    if not form.is_valid():
        return _holders_page(request, short, form, status=422)
    if form.cleaned_data["set"] != short.waiting.pk:
        messages.warning(request, _("A newer licence set has come meanwhile. Nobody was changed: look again."))
        return redirect(request.path)
    return _free(request, short, form)


def _holders_page(
    request: ConsoleRequest, short: report.Superfluous, form: SuperfluousForm, status: int = 200
) -> HttpResponse:
    query = report.HolderQuery.from_address(request.GET.dict())
    seats = report.holders_page(short, query)
    ticked = set(request.POST.getlist("user")) or {str(seat.user_id) for seat in seats if query.unused}
    context = {
        "short": short,
        "query": query,
        "seats": seats,
        "ticked": ticked,
        "form": form,
        "may_act": may_act(request),
    }
    return page(request, "licences/superfluous.html", context, partials=("seats",), status=status)


def _free(request: ConsoleRequest, short: report.Superfluous, form: SuperfluousForm) -> HttpResponse:
    licence, to = short.licence, form.to_licence
    change = UserChange(Action.REASSIGN if to else Action.TAKE, take=licence, give=to)
    users = report.chosen_users(licence, form.cleaned_data["user"])
    outcome = change_users(request.tenant, change, users=users, by=request.user, why=form.cleaned_data["why"])
    freed, refused = outcome.report.done, outcome.report.refused
    said = done(change, count=len(freed), asked=len(users), name=freed[0].full_name if freed else "")
    if freed:
        messages.success(request, said)
        if refused:
            messages.warning(request, " ".join([_("Not changed."), refusals(refused, change)]))
    else:
        messages.error(request, " ".join(filter(None, [said, refusals(refused, change)])))
    left = report.superfluous(licence)
    return redirect(request.path if left else "licences:activation")

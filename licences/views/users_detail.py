"""One user's page: what they hold, what they may use and why, and what an administrator can change about it."""

from collections.abc import Collection

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from config.htmx import page
from licences.access import ConsoleRequest, administrators_only, may_act
from licences.forms.users import WHY_LENGTH, UserLicencesForm
from licences.models import User
from licences.reports.change_words import done, sentence
from licences.reports.paging import search_text
from licences.reports.user_detail import features, user_detail
from licences.reports.user_licences import UserLicences, user_licences
from licences.services.seats import Move, change_seats
from licences.services.user_changes import Action, UserChange, change_users

SWITCHES = {Action.LOGIN_ON, Action.LOGIN_OFF, Action.LEAVE, Action.RETURN}
"""What has a button of its own on the page."""


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def user(request: ConsoleRequest, person_id: int) -> HttpResponse:
    """The page. What is posted is an action of SWITCHES, or which licences are ticked."""
    of_tenant = User.objects.of(request.tenant).select_related("tenant__suite_plan", "primary_group")
    person = get_object_or_404(of_tenant, pk=person_id)
    licences = user_licences(request.tenant)
    if request.method != "POST":
        return _show(request, person, licences)
    if request.POST.get("do") in SWITCHES:
        return _switch(request, person, licences, Action(request.POST["do"]))
    return _save(request, person, licences)


def _show(
    request: ConsoleRequest,
    person: User,
    licences: UserLicences,
    *,
    refused: str = "",
    ticked: Collection[str] | None = None,
) -> HttpResponse:
    asked = request.GET
    context = {
        "person": person,
        "detail": user_detail(request.tenant, person, licences, ticked=ticked),
        "features": features(person, search=search_text(asked.get("f", "")), granted=asked.get("granted", "all")),
        "refused": refused,
        "action": Action,
        "may_act": may_act(request),
    }
    status = 422 if refused else 200
    return page(request, "licences/user.html", context, partials=("features",), status=status)


def _save(request: ConsoleRequest, person: User, licences: UserLicences) -> HttpResponse:
    """One move: what was unticked is taken, what was ticked is given, or nothing is."""
    form = UserLicencesForm(licences, request.POST)
    if not form.is_valid():
        return _show(request, person, licences, refused=_wrong(form))
    if not form.take | form.give:
        messages.info(request, _("Nothing was changed."))
        return redirect(request.path)
    move = Move(person, take=form.take, give=form.give)
    report = change_seats(request.tenant, moves=[move], by=request.user, why=form.cleaned_data["why"])
    if report.refused:
        said = sentence(report.refused[0])
        return _show(request, person, licences, refused=said, ticked=form.cleaned_data["licence"])
    messages.success(request, _("The licences of %(name)s were saved.") % {"name": person.full_name})
    return redirect(request.path)


def _wrong(form: UserLicencesForm) -> str:
    if "why" in form.errors:
        return str(form.errors["why"][0])
    return _("A licence is no longer in force. Look again, then go on.")


def _switch(request: ConsoleRequest, person: User, licences: UserLicences, action: Action) -> HttpResponse:
    change, why = UserChange(action), search_text(request.POST.get("why", ""), longest=WHY_LENGTH)
    report = change_users(request.tenant, change, users=[person], by=request.user, why=why).report
    if report.refused:
        return _show(request, person, licences, refused=sentence(report.refused[0]))
    messages.success(request, done(change, count=1, asked=1, name=person.full_name))
    return redirect(request.path)

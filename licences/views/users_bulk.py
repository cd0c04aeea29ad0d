"""One action on many users: look at what is to be done, do it, read whose change was made and whose not."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from config.htmx import page
from licences.access import ConsoleRequest, administrators_only, may_act
from licences.forms.users import UsersChangeForm
from licences.models.users import UserQuerySet
from licences.reports import user_list, user_report
from licences.reports.change_words import done, grouped
from licences.reports.user_licences import UserLicences, holders_among, user_licences
from licences.services.user_changes import Action, Outcome, UserChange, change_users

SHOWN = 20
"""So many of those whom it is about are named before it is done."""
NAMED = 10
"""So many refusals fit into a message; more have a page."""
TICKS = 1_000
"""More than any page of the list has."""


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def users_change(request: ConsoleRequest) -> HttpResponse:
    """Whom it is about and what is left of each licence; then it is done, all of it at once."""
    sent = request.POST if request.method == "POST" else request.GET
    licences = user_licences(request.tenant)
    query = user_list.ListQuery.from_address(sent.dict(), licences)
    action = Action(sent["do"]) if sent.get("do") in Action.values else None
    users = _asked_for(request, query, licences)
    asked = users.count() if action else 0
    if action is None or not asked:
        return page(request, "licences/users_change.html", {"asked": 0, "query": query})
    if request.method != "POST":
        form = UsersChangeForm(action, licences, asked, initial={"give": query.without, "count": asked})
        return _form_page(request, form, query, users)
    form = UsersChangeForm(action, licences, asked, request.POST)
    if not form.is_valid():
        return _form_page(request, form, query, users, status=422)
    return _change(request, form, query, users)


def _asked_for(request: ConsoleRequest, query: user_list.ListQuery, licences: UserLicences) -> UserQuerySet:
    """Those who are ticked, or everybody on the list, by name: in this order they get what is left."""
    sent = request.POST if request.method == "POST" else request.GET
    if sent.get("all"):
        users = user_list.matching(request.tenant, query, licences)
    else:
        ticked = [int(each) for each in sent.getlist("user")[:TICKS] if each.isdecimal() and len(each) < 19]
        users = user_list.of_ids(request.tenant, ticked)
    return users.order_by("full_name", "id")


def _form_page(
    request: ConsoleRequest, form: UsersChangeForm, query: user_list.ListQuery, users: UserQuerySet, status: int = 200
) -> HttpResponse:
    sent = request.POST if request.method == "POST" else request.GET
    context: dict[str, Any] = {
        "action": form.action,
        "form": form,
        "asked": form.asked,
        "query": query,
        "offers": _offers(request, form, users),
        "shown": users[:SHOWN],
        "more": max(0, form.asked - SHOWN),
        "ticked": [] if sent.get("all") else sent.getlist("user")[:TICKS],
        "may_act": may_act(request),
    }
    return page(request, "licences/users_change.html", context, status=status)


def _offers(request: ConsoleRequest, form: UsersChangeForm, users: UserQuerySet) -> list[dict[str, Any]]:
    """The licences that can be chosen, with how many of the users hold each."""
    if not form.action.takes and not form.action.gives:
        return []
    holders = holders_among(request.tenant, users)
    return [
        {"key": key, "licence": licence, "holders": holders.get(licence.pk, 0)}
        for key, licence in form.licences.items()
    ]


def _change(
    request: ConsoleRequest, form: UsersChangeForm, query: user_list.ListQuery, users: UserQuerySet
) -> HttpResponse:
    everybody, change = list(users), form.change
    outcome = change_users(request.tenant, change, users=everybody, by=request.user, why=form.cleaned_data["why"])
    request.session[user_report.KEY] = user_report.remembered(outcome, change, asked=len(everybody))
    if len(outcome.report.refused) > NAMED:
        return redirect("licences:users_report")
    _say(request, outcome, change, asked=len(everybody))
    kept = urlencode(query.filters)
    return redirect(reverse("licences:users") + (f"?{kept}" if kept else ""))


def _say(request: ConsoleRequest, outcome: Outcome, change: UserChange, *, asked: int) -> None:
    report = outcome.report
    name = report.done[0].full_name if report.done else ""
    said = [done(change, count=len(report.done), asked=asked, name=name)]
    said += [str(group) for group in grouped(report.refused, change)]
    level = messages.WARNING if report.refused else messages.SUCCESS
    messages.add_message(request, level if report.done else messages.ERROR, " ".join(said))


@require_safe
@administrators_only
def users_report(request: ConsoleRequest) -> HttpResponse:
    """The last action of this session: what was done, and of whom it was refused and why."""
    kept = request.session.get(user_report.KEY)
    report = user_report.last_report(request.tenant, kept, page=request.GET.get("page", "1"))
    return page(request, "licences/users_report.html", {"report": report}, partials=("list",) if report else ())

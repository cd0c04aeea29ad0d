"""The Users screen: who there is, which plans they hold, and who holds which licence."""

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from config.htmx import page
from licences.access import ConsoleRequest, administrators_only, may_act
from licences.reports import user_list as report
from licences.reports.user_licences import UserLicences, plans, plans_and, user_licences
from licences.services.user_changes import Action

BUTTONS = {
    Action.ASSIGN: _("Assign"),
    Action.REASSIGN: _("Reassign"),
    Action.TAKE: _("Take back"),
    Action.NO_PLAN: _("Take all plans"),
    Action.LOGIN_ON: _("Let log in"),
    Action.LOGIN_OFF: _("Do not let log in"),
    Action.LEAVE: _("Former employee"),
    Action.RETURN: _("Make users again"),
}
"""What can be done to those who are ticked, as the buttons say it."""


@require_safe
@administrators_only
def users(request: ConsoleRequest) -> HttpResponse:
    """The list, with what can be done to those who are ticked."""
    licences = plans_and(request.tenant, [request.GET.get(name, "") for name in ("licence", "without")])
    query = report.ListQuery.from_address(request.GET.dict(), licences)
    listed = report.user_page(request.tenant, query, licences)
    context = {
        "query": query,
        "shows": [(code, text) for code, (text, _which) in report.SHOW.items()],
        "licences": licences,
        "no_plan": report.NO_PLAN,
        "without": licences.get(query.without),
        "users": listed.page,
        "rows": listed.rows,
        "may_act": may_act(request),
        "buttons": [(action, BUTTONS[action]) for action in _actions(query, licences)],
    }
    return page(request, "licences/users.html", context, partials=("list",))


def _actions(query: report.ListQuery, licences: UserLicences) -> list[Action]:
    """What makes sense for those on the list: where there is one plan, as on CRM Suite, there is no other to go to."""
    if query.show == "former":
        return [Action.RETURN]
    left_out = {Action.RETURN} | ({Action.REASSIGN, Action.NO_PLAN} if len(plans(licences)) < 2 else set())
    return [action for action in BUTTONS if action not in left_out]


@require_safe
@administrators_only
def users_licences(request: ConsoleRequest) -> HttpResponse:
    """User licences: each with the number of those who hold it, who are one click away."""
    return page(request, "licences/user_licences.html", {"licences": user_licences(request.tenant)})

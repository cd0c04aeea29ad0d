"""The Users screen: who there is, which plans they hold, and who holds which licence."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from config.htmx import page
from licences.access import ConsoleRequest, administrators_only, may_act
from licences.reports import user_list as report
from licences.reports.user_licences import user_licences
from licences.services.user_changes import Action

ACTIONS = (
    Action.ASSIGN,
    Action.REASSIGN,
    Action.TAKE,
    Action.NO_PLAN,
    Action.LOGIN_ON,
    Action.LOGIN_OFF,
    Action.LEAVE,
    Action.RETURN,
)


@require_safe
@administrators_only
def users(request: ConsoleRequest) -> HttpResponse:
    """The list, with what can be done to those who are ticked."""
    licences = user_licences(request.tenant)
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
        "actions": _actions(request, query),
    }
    return page(request, "licences/users.html", context, partials=("list",))


def _actions(request: ConsoleRequest, query: report.ListQuery) -> list[Action]:
    """What makes sense for those on the list. On CRM Suite there is one plan, and to log in is to hold it."""
    if query.show == "former":
        return [Action.RETURN]
    left_out = {Action.RETURN} | ({Action.REASSIGN, Action.NO_PLAN} if request.tenant.is_suite else set())
    return [action for action in ACTIONS if action not in left_out]


@require_safe
@administrators_only
def users_licences(request: ConsoleRequest) -> HttpResponse:
    """User licences: each with the number of those who hold it, who are one click away."""
    return page(request, "licences/user_licences.html", {"licences": user_licences(request.tenant)})

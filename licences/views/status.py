"""The Status tab and the page about plan limits that its indicators open."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from config.htmx import page
from licences.access import ConsoleRequest, sees_totals
from licences.reports.licence_status import newest_sets, owner_statuses
from licences.reports.restriction_list import plan_comparison, restrictions
from licences.reports.tabs import tabs


@require_safe
def status(request: ConsoleRequest) -> HttpResponse:
    """What the system is, until when it is licensed, and how close it is to its limits."""
    tenant = request.tenant
    sets = newest_sets(tenant)
    statuses = owner_statuses(tenant, sets, for_administrators=sees_totals(request))
    vendor = next((each for each in statuses if each.licence_set.owner.is_vendor), None)
    context = {
        "tab": "status",
        "tabs": tabs(sets.active),
        "statuses": statuses,
        "vendor": vendor,
        "restrictions": restrictions(tenant),
        "app_store_url": settings.APP_STORE_URL,
    }
    return page(request, "licences/status.html", context, partials=("panel",))


@require_safe
def plans(request: ConsoleRequest) -> HttpResponse:
    """What each CRM Suite plan allows, beside what this tenant uses."""
    if not request.tenant.is_suite:
        raise Http404
    types, columns = plan_comparison(request.tenant)
    used = {row.code: row for row in restrictions(request.tenant)}
    rows = [
        {
            "type": kind,
            "used": used.get(kind.code),
            "limits": [(c.plan.name, c.is_current, c.limits[i]) for c in columns],
        }
        for i, kind in enumerate(types)
    ]
    return page(request, "licences/plans.html", {"columns": columns, "rows": rows})

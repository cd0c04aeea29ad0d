"""The Status tab."""

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from config.htmx import page
from licences.access import ConsoleRequest, sees_totals
from licences.reports.licence_status import newest_sets, owner_statuses
from licences.reports.restriction_list import watched_limits
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
        "limits": watched_limits(tenant, for_administrators=sees_totals(request)),
        "app_store_url": settings.APP_STORE_URL,
    }
    return page(request, "licences/status.html", context, partials=("panel",))

"""Plan limits: the plans side by side, and one limit with all there is to say of it."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from config.htmx import page
from licences.access import ConsoleRequest, sees_totals
from licences.models import Restriction
from licences.reports.limit_detail import limit_detail
from licences.reports.plan_comparison import plan_comparison


@require_safe
def plans(request: ConsoleRequest) -> HttpResponse:
    """What each CRM Suite plan allows, and whether what this tenant uses would fit there."""
    if not request.tenant.is_suite:
        raise Http404
    compared = plan_comparison(request.tenant, for_administrators=sees_totals(request))
    return page(request, "licences/plans.html", {"compared": compared})


@require_safe
def limit(request: ConsoleRequest, code: str) -> HttpResponse:
    """How much of one limit is in use, since when it is close, where it is heading, and what to do about it."""
    if not request.tenant.is_suite:
        raise Http404
    of_tenant = Restriction.objects.filter(tenant=request.tenant).select_related("type")
    restriction = get_object_or_404(of_tenant, type__code=code)
    shown = limit_detail(restriction, request.tenant, for_administrators=sees_totals(request))
    return page(request, "licences/limit.html", {"shown": shown, "kind": restriction.type, "row": shown.row})

"""The tenant's requests: the list of them, and one with what was said."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_safe

from config.htmx import page
from licences.access import ConsoleRequest, administrators_only, may_act
from licences.models import CustomerRequest
from licences.reports.paging import nearest_page

PER_PAGE = 25


@require_safe
@administrators_only
def requests(request: ConsoleRequest) -> HttpResponse:
    """All of them, the newest first."""
    asked = CustomerRequest.objects.filter(tenant=request.tenant)
    context = {
        "requests": nearest_page(asked, request.GET.get("page", "1"), per_page=PER_PAGE),
        "may_act": may_act(request),
    }
    return page(request, "licences/requests.html", context, partials=("requests",))


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def request(request: ConsoleRequest, request_id: int) -> HttpResponse:
    """One of them, as it stands."""
    asked = get_object_or_404(CustomerRequest.objects.filter(tenant=request.tenant), pk=request_id)
    return page(request, "licences/request.html", {"asked": asked, "may_act": may_act(request)})

"""Which licence do I need for this? A search over features, and one of them with who may use it."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from config.htmx import page
from licences.access import ConsoleRequest, administrators_only
from licences.reports import features as report


@require_safe
@administrators_only
def features(request: ConsoleRequest) -> HttpResponse:
    """What fits the search, with what brings it and what is to be done."""
    query = report.FeatureQuery.from_address(request.GET.dict())
    found = report.feature_page(request.tenant, query)
    context = {
        "query": query,
        "shows": report.SHOW.items(),
        "features": found.page,
        "rows": found.rows,
        "examples": report.EXAMPLES,
    }
    return page(request, "licences/features.html", context, partials=("list",))


@require_safe
@administrators_only
def feature(request: ConsoleRequest, code: str) -> HttpResponse:
    """One feature: what it enables, what brings it, what is to be done, and how many may use it."""
    found = report.feature(request.tenant, code)
    if found is None:
        raise Http404
    shown, users = found
    return page(request, "licences/feature.html", {"feature": shown, "users": users})

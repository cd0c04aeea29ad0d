"""Who may see the pages of metered services."""

from functools import wraps

from django.http import Http404
from django.http.response import HttpResponseBase

from licences.access import ConsoleRequest, View


def metered_only[R: ConsoleRequest, **P](view: View[R, P]) -> View[R, P]:
    """Answer 404 to tenants of CRM Suite, where nothing is metered."""

    @wraps(view)
    def guarded(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.tenant.is_suite:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded

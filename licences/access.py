"""Who may see and do what on the tenant's screens."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from config.htmx import HtmxRequest
from licences.models import ApiToken, Tenant, User
from licences.reports.tabs import section_of


class ConsoleRequest(HtmxRequest):
    """A request as the views behind the login meet it: licences.middleware and HtmxMiddleware have filled it in."""

    user: User
    tenant: Tenant
    is_visit: bool


class ApiRequest(HttpRequest):
    """A request as API views meet it: the tenant, and the token that it came in with (licences/bearer.py)."""

    tenant: Tenant
    auth: ApiToken


type View[R: HttpRequest, **P] = Callable[Concatenate[R, P], HttpResponseBase]


def sees_totals(request: ConsoleRequest) -> bool:
    """Whether the asker sees what administrators see: totals, holders, costs. Support sees it too on a visit."""
    return request.is_visit or request.user.is_administrator


def access(request: ConsoleRequest) -> dict[str, bool | str]:
    """Context processor, for every page of a tenant's: `sees_totals`, and the `section` that the page belongs to."""
    if not getattr(request, "tenant", None):
        return {}
    return {"sees_totals": sees_totals(request), "section": section_of(request.resolver_match)}


def may_act(request: ConsoleRequest) -> bool:
    """Whether the asker may change something here: administrators may, a visit only looks."""
    return request.user.is_administrator and not request.is_visit


def administrators_only[R: ConsoleRequest, **P](view: View[R, P]) -> View[R, P]:
    """Answer 403 to whoever does not see what administrators see. During a visit the middleware refuses every unsafe
    method as well, so a view that only takes POST needs nothing more."""

    @wraps(view)
    def guarded(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not sees_totals(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded

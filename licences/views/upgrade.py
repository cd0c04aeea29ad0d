"""Ask for more: the capacity of a limit, a bigger plan, seats, an add-on."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from config.htmx import page
from licences.access import ConsoleRequest, administrators_only, may_act


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def upgrade(request: ConsoleRequest) -> HttpResponse:
    """The form."""
    return page(request, "licences/upgrade.html", {"may_act": may_act(request)})

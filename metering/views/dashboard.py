"""The page of the metered services."""

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from config.htmx import page
from licences.access import ConsoleRequest, administrators_only
from metering.models import MeteredService


@require_safe
@administrators_only
def dashboard(request: ConsoleRequest) -> HttpResponse:
    """What is metered; on CRM Suite nothing is, and the page says where to go instead."""
    services = MeteredService.objects.none() if request.tenant.is_suite else MeteredService.objects.all()
    return page(request, "metering/dashboard.html", {"services": services, "app_store_url": settings.APP_STORE_URL})

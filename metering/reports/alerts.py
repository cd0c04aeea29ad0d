"""Alerts of usage: when a month came to so much of its allowance."""

from django.db.models import QuerySet

from licences.models import Tenant
from metering.models import UsageAlert


def alerts_of(tenant: Tenant) -> QuerySet[UsageAlert]:
    """All of the tenant, each with its service; none on CRM Suite, where nothing is metered."""
    if tenant.is_suite:
        return UsageAlert.objects.none()
    return UsageAlert.objects.filter(tenant=tenant).select_related("service")

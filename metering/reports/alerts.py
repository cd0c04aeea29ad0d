"""Alerts of usage: when a month came to so much of its allowance."""

from django.db.models import QuerySet

from licences.models import Tenant
from metering.models import UsageAlert


def alerts_of(tenant: Tenant) -> QuerySet[UsageAlert]:
    """All of the tenant, each with its service."""
    return UsageAlert.objects.filter(tenant=tenant).select_related("service")

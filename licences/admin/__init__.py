"""Django admin, for support staff: every tenant's rows to look at, a few facts to change, and the visit of a screen."""

from django.contrib import admin

from licences.admin import (
    accounts,
    catalogue,
    customer_requests,
    history,
    licence_sets,
    products,
    restrictions,
    service_level,
    tenants,
    users,
)

__all__ = [
    "accounts",
    "catalogue",
    "customer_requests",
    "history",
    "licence_sets",
    "products",
    "restrictions",
    "service_level",
    "tenants",
    "users",
]

admin.site.site_url = None  # support staff have no site of their own to view; a visit starts on a tenant's page

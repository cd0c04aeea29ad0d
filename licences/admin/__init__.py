"""Django admin, for support staff: every tenant's rows to look at, a few facts to change, and the visit of a screen."""

from django.contrib import admin

from licences.admin import accounts, catalogue, history, licence_sets, products, tenants, users

__all__ = ["accounts", "catalogue", "history", "licence_sets", "products", "tenants", "users"]

admin.site.site_url = None  # support staff have no site of their own to view; a visit starts on a tenant's page

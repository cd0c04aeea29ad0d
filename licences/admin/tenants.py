"""Tenants, and the way from there to a tenant's screen."""

from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from config.admin import OF_TENANT, ReadOnlyAdmin, ReadOnlyInline, link_to_list
from licences.models import (
    ApiToken,
    HistoryEntry,
    Licence,
    LicenceSet,
    Restriction,
    Seat,
    SupportVisit,
    Tenant,
    User,
    UserGroup,
)
from licences.services.tenants import describe_tenant
from licences.views import issuing, visits

CHANGEABLE = ["product_version", "feature_labs", "time_zone"]
"""What support may change here. Everything else is the tenant's, or follows from its licence sets."""

FIELDS = (
    "serial_number",
    "company_name",
    "subscription",
    "suite_plan",
    "database_type",
    *CHANGEABLE,
    "language",
    "currency",
    "belongs_to_it",
)

LISTED = [User, UserGroup, Licence, Seat, ApiToken, HistoryEntry, SupportVisit]


class LicenceSetInline(ReadOnlyInline):
    model = LicenceSet
    fields = [
        "owner",
        "issue_number",
        "state",
        "version",
        "warn_from_on",
        "expires_on",
        "grace_until_on",
        "activated_at",
    ]
    ordering = ["owner__name", "-issue_number"]


class RestrictionInline(ReadOnlyInline):
    model = Restriction
    fields = ["type", "used", "limit", "authority", "as_of"]
    ordering = ["type__sort_order"]


@admin.register(Tenant)
class TenantAdmin(ReadOnlyAdmin):
    list_display = ["serial_number", "company_name", "subscription", "suite_plan", "time_zone"]
    list_filter = ["subscription", "suite_plan"]
    list_select_related = ["suite_plan"]
    search_fields = ["serial_number", "company_name"]
    ordering = ["serial_number"]
    fields = FIELDS
    inlines = [LicenceSetInline, RestrictionInline]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field for field in FIELDS if field not in CHANGEABLE]

    def formfield_for_dbfield(
        self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name == "time_zone":
            kwargs["widget"] = forms.Select(choices=[(zone, zone) for zone in sorted(available_timezones())])
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Tenant, form: "forms.ModelForm[Tenant]", change: bool) -> None:
        describe_tenant(obj, **{field: form.cleaned_data[field] for field in CHANGEABLE}, by=cast(User, request.user))

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<int:tenant_id>/visit/", self.admin_site.admin_view(visits.visit), name="licences_tenant_visit"),
            path("<int:tenant_id>/issue/", self.admin_site.admin_view(issuing.issue), name="licences_tenant_issue"),
            path("leave/", self.admin_site.admin_view(visits.leave), name="licences_tenant_leave"),
        ]
        return own + super().get_urls()

    @admin.display(description=_("belongs to it"))
    def belongs_to_it(self, tenant: Tenant) -> SafeString:
        """How many rows of each kind, with the way to them."""
        rows = ((model._meta.verbose_name_plural, self._link(model, tenant)) for model in LISTED)
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {}</li>", rows))

    def _link(self, model: type[models.Model], tenant: Tenant) -> SafeString:
        count = model._default_manager.filter(tenant=tenant).count()
        return link_to_list(model, count, tenant__id__exact=tenant.pk)


@admin.register(SupportVisit)
class SupportVisitAdmin(ReadOnlyAdmin):
    list_display = ["started_at", "login_id", "tenant", "reason"]
    list_select_related = ["tenant"]
    search_fields = ["login_id", "reason", *OF_TENANT]

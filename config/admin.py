"""What every page of Django admin here has in common: support staff look, and change next to nothing."""

from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline

SECRET_FIELDS: Final = frozenset({"password", "data", "key", "hash", "payload"})
"""Never shown, and no list can be filtered by them: `?password__startswith=…` would give a hash away bit by bit."""

LINKED_LOOKUPS: Final = frozenset({"exact", "isnull", "isempty"})
"""How the filters of a list, and the links from one page to another, end."""

OF_TENANT: Final = ("tenant__serial_number", "tenant__company_name")
"""How a row is found by the tenant that it belongs to."""


class LooksOnly:
    """Nothing can be added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(LooksOnly, ModelAdmin):
    """Lists, searches and shows. The newest row comes first: the primary key is an index, a name is none."""

    actions = None
    list_per_page = 50
    ordering = ["-pk"]
    show_full_result_count = False
    view_on_site = False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what the pages themselves link to: other lookups guess, and many end in an error of PostgreSQL's."""
        field, *rest = lookup.split("__")
        is_plain = not rest or rest[-1] in LINKED_LOOKUPS
        is_allowed = field not in SECRET_FIELDS and is_plain and "\x00" not in value
        return is_allowed and bool(super().lookup_allowed(lookup, value, request))


class ReadOnlyInline(LooksOnly, TabularInline):
    """Rows that belong to what is shown; each leads to its own page."""

    extra = 0
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """What the rows refer to is fetched for all of them at once."""
        return super().get_queryset(request).fetch_mode(models.FETCH_PEERS)


def link_to_list(model: type[models.Model], count: int, **lookup: Any) -> SafeString:
    """How many there are, and where to look at them."""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist", query=lookup)
    return format_html('<a href="{}">{}</a>', address, count)

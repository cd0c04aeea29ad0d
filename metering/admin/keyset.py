"""Lists of any length in Django admin: newest first, a page at a time, by where the last page ended.

Nothing is counted and nothing is skipped: of a million rows a page reads as many as it shows. The stock list counts
them all for each page, and reads all that stand before a late one.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.contrib.admin import ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from config.admin import ReadOnlyAdmin
from licences.models import Tenant

if TYPE_CHECKING:
    from django.contrib.admin import SimpleListFilter as ListFilter
    from django_stubs_ext import StrOrPromise
else:
    from django.contrib.admin import SimpleListFilter as ListFilter

BEFORE: Final = "before"
AFTER: Final = "after"
LONGEST_NUMBER: Final = 18


def number_in(request: HttpRequest, name: str) -> int | None:
    """A number of the address; None for every other text."""
    typed = request.GET.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= LONGEST_NUMBER else None


class KeysetList(ChangeList):
    """A page of rows by their primary keys: those before one, those after one, or the newest."""

    is_keyset = True
    older = newer = ""
    """Where the pages beside this one are, if there are any."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        for name in (BEFORE, AFTER):
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        return super().get_queryset(request, exclude_parameters)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """This one only: another would have to sort them all."""
        return ["-pk"]

    def get_results(self, request: HttpRequest) -> None:
        """The rows of the page, and one more to know whether there is another page."""
        before, after, most = number_in(request, BEFORE), number_in(request, AFTER), self.list_per_page
        if after is not None:
            found = list(self.queryset.filter(pk__gt=after).order_by("pk")[: most + 1])
            rows, has_older, has_newer = found[:most][::-1], True, len(found) > most
        else:
            found = list((self.queryset if before is None else self.queryset.filter(pk__lt=before))[: most + 1])
            rows, has_older, has_newer = found[:most], len(found) > most, before is not None
        if rows and has_older:
            self.older = self.get_query_string({BEFORE: rows[-1].pk})
        if rows and has_newer:
            self.newer = self.get_query_string({AFTER: rows[0].pk})
        self._show(rows)

    def _show(self, rows: list[Any]) -> None:
        """What Django's own templates ask for; there is no number of all."""
        self.result_list = rows
        self.result_count = len(rows)
        self.full_result_count = None
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = bool(rows)
        self.paginator = Paginator(rows, self.list_per_page)


class KeysetAdmin(ReadOnlyAdmin):
    """The list of a table that grows without end."""

    sortable_by = ()
    show_facets = ShowFacets.NEVER  # a number beside each filter is a count over the whole table

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return KeysetList


class TenantFilter(ListFilter):
    """Says which tenant the list is narrowed to, and leads back to all. One narrows it by a click on a tenant: of
    thousands there is no list to choose from."""

    title = gettext_lazy("tenant")
    parameter_name = "tenant__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, "StrOrPromise"]]:
        tenants = Tenant.objects.filter(pk=number_in(request, self.parameter_name) or 0)
        return [(str(tenant.pk), str(tenant)) for tenant in tenants]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(tenant=number_in(request, self.parameter_name) or 0) if self.value() else queryset


def filter_by(field: str, label: "StrOrPromise", words: "Mapping[str, StrOrPromise]") -> type[ListFilter]:
    """A filter by one of these values. The stock one reads the whole table for the values that are there."""

    class ChoiceFilter(ListFilter):
        title = label
        parameter_name = field

        def lookups(self, request: HttpRequest, model_admin: Any) -> "list[tuple[str, StrOrPromise]]":
            return list(words.items())

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            value = self.value()
            return queryset.filter(**{field: value}) if value in words else queryset

    return ChoiceFilter

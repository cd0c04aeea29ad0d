"""How rows of metering are shown: the way to a tenant's own, numbers that line up, and times that say their zone."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateTimeField, DecimalField
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from metering.admin.keyset import KeysetAdmin, TenantFilter
from metering.figures import NO_BREAK, quantity_text

NOTHING: Final = "–"


def moment_text(at: datetime, zone: ZoneInfo | None = None) -> str:
    """“26 Nov 2026, 20:59 UTC”: as the clock of the zone says it, and whose clock that is."""
    local = timezone.localtime(at, zone)
    day = date_format(local, "j M Y").replace(" ", NO_BREAK)
    return f"{day}, {local:%H:%M}{NO_BREAK}{zone or timezone.get_current_timezone_name()}"


@admin.display(description=_("month"))
def of_month(row: Any) -> str:
    return date_format(row.month, "M Y").replace(" ", NO_BREAK)


def column(name: str, label: Any, text: Callable[[Any], Any]) -> Any:
    """A cell of the column has the class `field-<name>`."""

    @admin.display(description=label)
    def shown(row: Any) -> Any:
        return text(row)

    shown.__name__ = name
    return shown


of_edition = column("edition", _("invoice"), lambda row: _("late") if row.edition else _("own month"))
"""Whether the invoice of its own month takes it in, or a later one."""


def number(name: str, label: Any) -> Any:
    """A column of numbers, without zeros that say nothing."""

    def text(row: Any) -> str:
        return NOTHING if (found := getattr(row, name)) is None else quantity_text(found)

    return column(f"number-{name}", label, text)


def moment(name: str, label: Any) -> Any:
    """A column of times."""
    return column(name, label, lambda row: moment_text(found) if (found := getattr(row, name)) else NOTHING)


def moment_there(name: str, label: Any) -> Any:
    """The same on the page of a row, by the tenant's clock as well: that is what its own pages say."""

    def text(row: Any) -> str:
        at, zone = getattr(row, name), row.tenant.zone
        return f"{moment_text(at)} = {moment_text(at, zone)}" if at else NOTHING

    return column(name, label, text)


def short(name: str, label: Any) -> Any:
    """A column of texts of any length, each in one line, of addresses what sets them apart; all of it on its page, and
    where one points at it."""

    def text(row: Any) -> SafeString:
        whole: str = getattr(row, name)
        return format_html('<span class="short" title="{}">{}</span>', whole, whole.removeprefix("https://"))

    return column(name, label, text)


class OfTenantAdmin(KeysetAdmin):
    """Rows of tenants; a click on a tenant narrows the list to it."""

    list_select_related = ["tenant"]

    @admin.display(description=_("tenant"))
    def of_tenant(self, row: Any) -> SafeString:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        address = reverse(name, query={TenantFilter.parameter_name: row.tenant_id})
        return format_html('<a class="short" href="{}" title="{}">{}</a>', address, *2 * [row.tenant.company_name])

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """On the page of a row its months, numbers and times read as in the lists."""
        return [
            (title, options | {"fields": [self._as_in_lists(name) for name in options["fields"]]})
            for title, options in super().get_fieldsets(request, obj)
        ]

    def _as_in_lists(self, name: Any) -> Any:
        try:
            field = self.opts.get_field(name)
        except FieldDoesNotExist:
            return name
        return _shown_as(field) or name


def _shown_as(field: Any) -> Any:
    if field.name == "month":
        return of_month
    if isinstance(field, DecimalField) or isinstance(getattr(field, "output_field", None), DecimalField):
        return number(field.name, field.verbose_name)
    if isinstance(field, DateTimeField):
        return moment_there(field.name, field.verbose_name)
    return None

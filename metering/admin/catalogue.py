"""The metered services, and their tariffs: what is published here stays, and a later version follows."""

from django.contrib import admin
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from config.admin import ReadOnlyAdmin
from metering.admin.publishing import publish
from metering.admin.shown import moment
from metering.admin.tariff_texts import block_text, included_text, price_text
from metering.figures import NO_BREAK
from metering.models import MeteredService, Tariff


@admin.register(MeteredService)
class MeteredServiceAdmin(ReadOnlyAdmin):
    list_display = ["name", "code", "unit", "kind"]
    list_filter = ["kind"]
    search_fields = ["name", "code"]
    ordering = ["sort_order"]


@admin.register(Tariff)
class TariffAdmin(ReadOnlyAdmin):
    list_display = [
        "service",
        "from_month",
        "included_in_short",
        "block",
        "price",
        "published_by_name",
    ]
    list_filter = ["service", "currency", "is_demo"]
    list_select_related = ["service"]
    search_fields = ["service__name", "service__code", "currency"]
    ordering = ["service__sort_order", "currency", "-valid_from"]
    fields = [
        "service",
        "currency",
        "from_month",
        "rated_by",
        "included",
        "block",
        "price",
        "is_demo",
        "when_published",
        "published_by_name",
    ]
    readonly_fields = ["from_month", "included", "block", "price", "when_published"]
    when_published = staticmethod(moment("published_at", _("published")))
    change_form_template = "admin/metering/tariff/change_form.html"
    change_list_template = "admin/metering/tariff/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        own = path("publish/", self.admin_site.admin_view(publish), name="metering_tariff_publish")
        return [own, *super().get_urls()]

    @admin.display(description=_("from"), ordering="valid_from")
    def from_month(self, tariff: Tariff) -> str:
        return date_format(tariff.valid_from, "M Y").replace(" ", NO_BREAK)

    @admin.display(description=_("included"))
    def included(self, tariff: Tariff) -> str:
        return included_text(tariff)

    @admin.display(description=_("included"))
    def included_in_short(self, tariff: Tariff) -> str:
        """Of steps how many there are: a list has no room for them."""
        steps = len(tariff.allowance_steps)
        return (
            ngettext("%(count)d step", "%(count)d steps", steps) % {"count": steps} if steps else included_text(tariff)
        )

    @admin.display(description=_("block"), ordering="block_size")
    def block(self, tariff: Tariff) -> str:
        return block_text(tariff)

    @admin.display(description=_("price of a block"), ordering="price_minor")
    def price(self, tariff: Tariff) -> str:
        return price_text(tariff)

"""The metered services, and their tariffs: what is published here stays, and a later version follows."""

from django.contrib import admin
from django.urls import URLPattern, path
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from config.admin import ReadOnlyAdmin
from metering.admin.publishing import publish
from metering.figures import money_text, quantity_text
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
        "currency",
        "from_month",
        "included_in_short",
        "block",
        "price",
        "published_by_name",
        "is_demo",
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
        "published_at",
        "published_by_name",
    ]
    readonly_fields = ["from_month", "included", "block", "price"]
    change_form_template = "admin/metering/tariff/change_form.html"
    change_list_template = "admin/metering/tariff/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        own = path("publish/", self.admin_site.admin_view(publish), name="metering_tariff_publish")
        return [own, *super().get_urls()]

    @admin.display(description=_("from"), ordering="valid_from")
    def from_month(self, tariff: Tariff) -> str:
        return f"{tariff.valid_from:%Y-%m}"

    @admin.display(description=_("included"))
    def included(self, tariff: Tariff) -> str:
        """As a sum; steps one after the other."""
        if tariff.allowance_steps:
            return ", ".join(gettext("%(included)s from %(users)s users") % step for step in _steps(tariff))
        base, per_user = quantity_text(tariff.allowance_base), quantity_text(tariff.allowance_per_user)
        return gettext("%(base)s + %(per_user)s a user") % {"base": base, "per_user": per_user}

    @admin.display(description=_("included"))
    def included_in_short(self, tariff: Tariff) -> str:
        """Of steps how many there are: a list has no room for them."""
        steps = len(tariff.allowance_steps)
        return (
            ngettext("%(count)d step", "%(count)d steps", steps) % {"count": steps} if steps else self.included(tariff)
        )

    @admin.display(description=_("block"), ordering="block_size")
    def block(self, tariff: Tariff) -> str:
        return f"{quantity_text(tariff.block_size)} {tariff.service.unit}"

    @admin.display(description=_("price of a block"), ordering="price_minor")
    def price(self, tariff: Tariff) -> str:
        return money_text(tariff.price_minor, tariff.currency)


def _steps(tariff: Tariff) -> list[dict[str, str]]:
    return [
        {"users": quantity_text(int(users)), "included": quantity_text(included)}
        for users, included in tariff.allowance_steps
    ]

"""Every address of the product, and a stock change list of usage events beside ours."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.urls import path

from benchmarks.screen.urls import urlpatterns as others
from metering.admin.events import UsageEventAdmin
from metering.models import UsageEvent

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

handler500 = "config.errors.server_error"


class StockEventAdmin(ModelAdmin):
    """The same columns and filter as Django lists them by itself."""

    list_display = ["event_id", "tenant", "service", "quantity", "time", "received_at", "source", "edition"]
    list_filter = ["service"]
    list_select_related = UsageEventAdmin.list_select_related
    list_per_page = UsageEventAdmin.list_per_page
    ordering = ["-id"]
    actions = None


stock = StockEventAdmin(UsageEvent, admin.site)

urlpatterns = [
    path("admin/stock-events/", admin.site.admin_view(stock.changelist_view)),
    *others,
]

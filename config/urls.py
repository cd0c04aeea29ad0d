"""Every address. The apps' own lists are joined here: a page that shows several apps is composed by URL."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

import licences.api
import metering.api
import notifications.api
from config.api.console import ConsoleAPI, unknown_address

api = ConsoleAPI(
    title="Licences console API",
    description="What a tenant owns and what its users may use; and how products report what they see and do.",
    problems=(*licences.api.PROBLEMS, *metering.api.PROBLEMS, *notifications.api.PROBLEMS),
)
for app in (licences.api, metering.api, notifications.api):
    api.add_router("", app.router)

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="licences:superoffice"), name="home"),
    path("", include("licences.urls")),
    path("", include("licences.urls_accounts")),
    path("", include("notifications.urls")),
    path("metering/", include("metering.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
    re_path("^api/", unknown_address, name="api-unknown"),
]

handler500 = "config.errors.server_error"

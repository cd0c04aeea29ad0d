"""Every address. The apps' own lists are joined here: a page that shows several apps is composed by URL."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="licences:superoffice"), name="home"),
    path("", include("licences.urls")),
    path("", include("licences.urls_accounts")),
    path("", include("notifications.urls")),
    path("metering/", include("metering.urls")),
    path("admin/", admin.site.urls),
]

handler500 = "config.errors.server_error"

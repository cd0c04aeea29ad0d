"""Every address of the product, and those of the bare views, which are no part of it."""

from django.urls import include, path

from benchmarks.screen import bare

urlpatterns = [
    path("bare/superoffice/", bare.superoffice),
    path("bare/status/", bare.status),
    path("bare/notifications/", bare.notifications),
    path("", include("config.urls")),
]

handler500 = "config.errors.server_error"

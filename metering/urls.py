"""Addresses of the metered services."""

from django.urls import path

from metering.views import dashboard

app_name = "metering"

urlpatterns = [path("", dashboard.dashboard, name="dashboard")]

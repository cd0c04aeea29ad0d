"""Addresses of the Licences screen. System notifications, a tab of it too, are the notifications app's."""

from django.urls import path
from django.views.generic import RedirectView

from licences.views import accounts, licence_list, status

app_name = "licences"

urlpatterns = [
    path("licences/", RedirectView.as_view(pattern_name="licences:superoffice"), name="home"),
    path("licences/superoffice/", licence_list.superoffice, name="superoffice"),
    path("licences/superoffice/<slug:code>/", licence_list.superoffice, name="superoffice_licence"),
    path("licences/owners/<slug:owner>/", licence_list.owner, name="owner"),
    path("licences/owners/<slug:owner>/<slug:code>/", licence_list.owner, name="owner_licence"),
    path("licences/status/", status.status, name="status"),
    path("licences/plans/", status.plans, name="plans"),
    path("account/", accounts.account, name="account"),
]

"""Addresses of the Licences screen. System notifications, a tab of it too, are the notifications app's."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter
from django.views.generic import RedirectView

from licences.views import (
    accounts,
    activation,
    demo_server,
    features,
    history,
    licence_list,
    licence_sources,
    plans,
    requests,
    seat_use,
    status,
    support,
    tokens,
    upgrade,
    users,
    users_bulk,
    users_detail,
    what_if,
)

app_name = "licences"


class FeatureCode(StringConverter):
    """As the API writes it: a slug, behind its owner's and a dot where it is a third party's."""

    regex = r"[-a-zA-Z0-9_]+(?:\.[-a-zA-Z0-9_]+)?"


register_converter(FeatureCode, "feature")

urlpatterns = [
    path("licences/", RedirectView.as_view(pattern_name="licences:superoffice"), name="home"),
    path("licences/superoffice/", licence_list.superoffice, name="superoffice"),
    path("licences/superoffice/<slug:code>/", licence_list.superoffice, name="superoffice_licence"),
    path("licences/owners/<slug:owner>/", licence_list.owner, name="owner"),
    path("licences/owners/<slug:owner>/<slug:code>/", licence_list.owner, name="owner_licence"),
    path("licences/status/", status.status, name="status"),
    path("licences/plans/", plans.plans, name="plans"),
    path("licences/plans/<slug:code>/", plans.limit, name="limit"),
    path("licences/history/", history.history, name="history"),
    path("licences/history.csv", history.history_csv, name="history_csv"),
    path("licences/users/seat-use/", seat_use.seat_use, name="seat_use"),
    path("licences/users/seat-use.csv", seat_use.seat_use_csv, name="seat_use_csv"),
    path("licences/users/", users.users, name="users"),
    path("licences/users/change/", users_bulk.users_change, name="users_change"),
    path("licences/users/changed/", users_bulk.users_report, name="users_report"),
    path("licences/users/licences/", users.users_licences, name="users_licences"),
    path("licences/users/<int:person_id>/", users_detail.user, name="user"),
    path("licences/what-if/", what_if.what_if, name="what_if"),
    path("licences/features/", features.features, name="features"),
    path("licences/features/<feature:code>/", features.feature, name="feature"),
    path("licences/activation/", activation.activation, name="activation"),
    path("licences/activation/<slug:owner>/activate/", activation.activate, name="activate"),
    path("licences/activation/<slug:owner>/<slug:code>/", activation.superfluous, name="superfluous"),
    path("licences/fetch/", licence_sources.fetch, name="fetch"),
    path("licences/load/", licence_sources.load, name="load"),
    path("licences/remove/<slug:owner>/", licence_sources.remove, name="remove"),
    path("licences/upgrade/", upgrade.upgrade, name="upgrade"),
    path("licences/upgrade/<int:request_id>/", requests.request, name="request"),
    path("licences/upgrade/<int:request_id>/files/<int:file_id>/", requests.request_file, name="request_file"),
    path("licences/requests/", requests.requests, name="requests"),
    path("licences/requests/contacts/", support.contacts, name="contacts"),
    path("licences/support/", support.support, name="support"),
    path("licences/tokens/", tokens.tokens, name="tokens"),
    path("licences/tokens/new/", tokens.token_new, name="token_new"),
    path("licences/tokens/<int:token_id>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("demo/licence-server/", demo_server.licence_server, name="demo_licence_server"),
    path("account/", accounts.account, name="account"),
]

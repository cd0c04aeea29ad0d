"""Addresses of the System notifications tab."""

from django.urls import path

from notifications.views import dev_mail, event_actions, events, import_tables, imports, notices, now, search

app_name = "notifications"

urlpatterns = [
    path("licences/notifications/", events.events, name="events"),
    path("notifications/<int:event_id>/", events.events, name="event"),
    path("notifications/<int:event_id>/cancel/", event_actions.cancel, name="cancel"),
    path("notifications/<int:event_id>/retry/", event_actions.retry, name="retry"),
    path("notifications/notices/new/", notices.notice_new, name="notice_new"),
    path("notifications/notices/<int:event_id>/", notices.notice, name="notice"),
    path("notifications/notices/<int:event_id>/end/", notices.notice_end, name="notice_end"),
    path("notifications/now/", now.now, name="now"),
    path("notifications/now/close/", now.close, name="close"),
    path("notifications/imports/", imports.imports, name="imports"),
    path("notifications/imports/new/", imports.import_new, name="import_new"),
    path("notifications/imports/example.csv", import_tables.import_sample, name="import_sample"),
    path("notifications/imports/<int:import_id>/", imports.import_file, name="import_file"),
    path("notifications/imports/<int:import_id>/run/", imports.import_run, name="import_run"),
    path("notifications/imports/<int:import_id>/undo/", imports.import_undo, name="import_undo"),
    path("notifications/imports/<int:import_id>/discard/", imports.import_discard, name="import_discard"),
    path("notifications/imports/<int:import_id>/faults.csv", import_tables.import_faults, name="import_faults"),
    path("notifications/regenerate/", event_actions.regenerate, name="regenerate"),
    path("dev/mail/", dev_mail.dev_mail, name="dev_mail"),
    path("dev/mail/html/", dev_mail.dev_mail_html, name="dev_mail_html"),
    path("notifications/index/", search.rebuild_index, name="rebuild_index"),
    path("search/", search.search, name="search"),
]

"""Addresses of the System notifications tab."""

from django.urls import path

from notifications.views import dev_mail, event_actions, events

app_name = "notifications"

urlpatterns = [
    path("licences/notifications/", events.events, name="events"),
    path("notifications/<int:event_id>/", events.events, name="event"),
    path("notifications/<int:event_id>/cancel/", event_actions.cancel, name="cancel"),
    path("notifications/<int:event_id>/retry/", event_actions.retry, name="retry"),
    path("notifications/regenerate/", event_actions.regenerate, name="regenerate"),
    path("dev/mail/", dev_mail.dev_mail, name="dev_mail"),
    path("dev/mail/html/", dev_mail.dev_mail_html, name="dev_mail_html"),
]

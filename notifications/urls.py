"""Addresses of the System notifications tab."""

from django.urls import path

from notifications.views import event_actions, events

app_name = "notifications"

urlpatterns = [
    path("licences/notifications/", events.events, name="events"),
    path("notifications/<int:event_id>/", events.events, name="event"),
    path("notifications/<int:event_id>/cancel/", event_actions.cancel, name="cancel"),
    path("notifications/<int:event_id>/retry/", event_actions.retry, name="retry"),
    path("notifications/regenerate/", event_actions.regenerate, name="regenerate"),
]

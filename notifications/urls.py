"""Addresses of the System notifications tab."""

from django.urls import path

from notifications.views import events

app_name = "notifications"

urlpatterns = [
    path("licences/notifications/", events.events, name="events"),
    path("notifications/<int:event_id>/", events.events, name="event"),
    path("notifications/regenerate/", events.regenerate, name="regenerate"),
]

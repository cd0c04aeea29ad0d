"""The Celery application. PostgreSQL remembers work; the broker only carries the nudge (docs/adr/0004)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("licences_console")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

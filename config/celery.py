"""The Celery application. PostgreSQL remembers work; the broker only carries the nudge (docs/adr/0004)."""

import os

from celery import Celery

from config import task_log  # noqa: F401 - listens to what the worker does

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("licences_console")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

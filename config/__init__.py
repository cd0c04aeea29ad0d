"""Settings, addresses, servers and tenancy: what the three apps stand on."""

from config.celery import app as celery_app

__all__ = ["celery_app"]

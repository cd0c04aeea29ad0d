"""Django admin, for support staff: what each tenant's system does, and the mail that goes out."""

from notifications.admin import outbox, system_events

__all__ = ["outbox", "system_events"]

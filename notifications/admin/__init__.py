"""Django admin, for support staff: what each tenant's system does, and the mail that goes out."""

from notifications.admin import notices, outbox, system_events

__all__ = ["notices", "outbox", "system_events"]

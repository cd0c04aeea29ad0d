"""Django admin, for support staff: what each tenant's system does, its imports, and the mail that goes out."""

from notifications.admin import imports, notices, outbox, system_events

__all__ = ["imports", "notices", "outbox", "system_events"]

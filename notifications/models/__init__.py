"""What the system is doing right now, and what it did."""

from notifications.models.jobs import Job
from notifications.models.system_events import SystemEvent

__all__ = ["Job", "SystemEvent"]

"""What the system is doing right now, what it did, what is on its way in and out, and what is to be found."""

from notifications.models.imports import Import, ImportBatch, ImportMapping, ImportPiece
from notifications.models.jobs import Job, Occurrence
from notifications.models.outbox import OutboxEntry
from notifications.models.platform_notices import PlatformNotice
from notifications.models.search import SearchDocument, SearchWord
from notifications.models.system_events import EventChange, SystemEvent

__all__ = [
    "EventChange",
    "Import",
    "ImportBatch",
    "ImportMapping",
    "ImportPiece",
    "Job",
    "Occurrence",
    "OutboxEntry",
    "PlatformNotice",
    "SearchDocument",
    "SearchWord",
    "SystemEvent",
]

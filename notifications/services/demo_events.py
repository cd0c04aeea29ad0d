"""What has happened in the demo tenants before: believable, invented, for development only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from licences.models import Tenant, User
from notifications.event_kinds import Notice, product_event
from notifications.models import EventChange, SystemEvent

PRODUCT: Final = "https://crm.console.example"
Status, Scope = SystemEvent.Status, SystemEvent.Scope


@dataclass(frozen=True, slots=True)
class Past:
    """An event that is over: `ago` hours back it began, and it took so many minutes. `by` is whether the tenant's
    first administrator did it; for what was cancelled, who cancelled it."""

    ago: int
    minutes: float
    key: str
    status: SystemEvent.Status
    message: str = ""
    name: str = ""
    description: str = ""
    rows: tuple[int, int] | None = None
    by: bool = False
    scope: SystemEvent.Scope = Scope.SYSTEM
    owner: str = ""


PAST = (
    Past(628, 3.4, "UDefRebuild", Status.SUCCEEDED, "12 fields of companies are in place.", rows=(12, 12)),
    Past(460, 41, "PrototypeRebuild", Status.SUCCEEDED, "The prototype is ready.", scope=Scope.DATABASE),
    Past(
        ago=291,
        minutes=0.9,
        key="ImportContacts",
        status=Status.FAILED,
        message="Row 412: the company “Fjordsmak AS” is there twice. Nothing was imported.",
        name="Import of contacts from the fair",
        description="The visitors of the trade fair, as the stand wrote them down.",
        rows=(411, 1_900),
        scope=Scope.GROUP,
        owner="Sales",
    ),
    Past(
        ago=290,
        minutes=4.2,
        key="ImportContacts",
        status=Status.SUCCEEDED,
        message="1,874 contacts are new, 26 were there already.",
        name="Import of contacts from the fair",
        description="The visitors of the trade fair, as the stand wrote them down.",
        rows=(1_900, 1_900),
        scope=Scope.GROUP,
        owner="Sales",
    ),
    Past(126, 12, "FreetextRebuild", Status.CANCELLED, "Cancelled in the console.", rows=(61_200, 212_480), by=True),
    Past(117, 37, "FreetextRebuild", Status.SUCCEEDED, "All words are indexed.", rows=(212_480, 212_480)),
    Past(
        ago=74,
        minutes=190,
        key=Notice.NO_TRAVEL,
        status=Status.SUCCEEDED,
        description="Please synchronise your laptop before four o'clock: the database moves tonight.",
        by=True,
    ),
)
"""The oldest first."""


@transaction.atomic
def give_past_events(tenant: Tenant) -> bool:
    """Write them down; false when the tenant has them already."""
    if SystemEvent.objects.of(tenant).filter(source=PRODUCT).exists():
        return False
    now = timezone.now().replace(microsecond=0)
    administrator = User.objects.of(tenant).filter(role=User.Role.ADMINISTRATOR).order_by("pk").first()
    for number, past in enumerate(PAST, start=1):
        _write_down(tenant, past, f"{number}", now - timedelta(hours=past.ago), administrator)
    return True


def _write_down(tenant: Tenant, past: Past, run: str, began: datetime, administrator: User | None) -> None:
    is_notice = past.key in Notice
    known, ended = product_event(past.key), began + timedelta(minutes=past.minutes)
    done, total = past.rows or (None, None)
    event = SystemEvent.objects.create(
        tenant=tenant,
        source=SystemEvent.CONSOLE if is_notice else PRODUCT,
        key=past.key,
        run=run,
        name=str(Notice(past.key).label if is_notice else past.name or known.name),
        status=past.status,
        percent=100 * done // total if done is not None and total else None,
        done=done,
        total=total,
        message=past.description if is_notice else past.message,
        description=past.description or str(known.description),
        scope=past.scope,
        owner=past.owner,
        activated_at=began,
        activated_by=administrator if is_notice else None,
        started_at=None if is_notice else began,
        finished_at=ended,
        heartbeat_at=ended,
    )
    ender = administrator if past.by else None
    for at, status, by, note in (
        (began, Status.RUNNING, administrator if is_notice else None, ""),
        (ended, past.status, ender, past.message),
    ):
        name = by.login_id if by else PRODUCT
        EventChange.objects.create(tenant=tenant, event=event, at=at, by=by, by_name=name, status=status, note=note)

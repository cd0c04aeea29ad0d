"""Effects outside the database: written with what causes them, and closed only by whoever has carried them out.

An effect is taken by a lease with a fencing token, by the database's clock, and carried out outside any transaction.
Taking it also sets when it is tried again; so whatever dies on the way, a later sweep finds it (docs/adr/0015). It is
carried out at least once: whoever receives it can tell a second copy by its number.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.core.cache import cache
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from config.tenancy.scopes import support_scope
from licences.models import User
from notifications.models import OutboxEntry
from notifications.models.outbox import OutboxQuerySet

log = structlog.get_logger(__name__)

State = OutboxEntry.State

DEADLINE: Final = timedelta(seconds=30)
"""Longer than this no effect may take: the worker is told to stop then, and stopped ten seconds later."""
LEASE: Final = timedelta(seconds=60)
FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=4)
MAX_ATTEMPTS: Final = 14
"""Waits of 1, 2, 4 … 128 minutes and then of 4 hours: the last attempt comes after a day."""
PAUSE: Final = timedelta(minutes=1)
"""Nobody asks for so long when the other side as a whole did not answer: it costs one time-out, not one per entry."""
KEPT: Final = timedelta(days=90)
LONGEST_ERROR: Final = 300


class Refused(Exception):
    """The other side will never take this effect, for the reason given."""


class NotNow(Exception):
    """The effect could not be carried out; it may be later. `nobody`: nor could any other just now."""

    def __init__(self, reason: str, *, nobody: bool = False) -> None:
        super().__init__(reason)
        self.nobody = nobody


class NotSentAgain(Exception):
    """It is still on its way, or what it said is gone."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to close an entry, until somebody else takes it. `entry` is as it was when it was taken."""

    entry: OutboxEntry
    token: int

    @property
    def attempt(self) -> int:
        """1 for the first one."""
        return self.entry.attempts + 1


type Carrier = Callable[[OutboxEntry], None]
"""Carries one kind of effect out. Raises Refused or NotNow; anything else is a fault of ours, and tried again."""


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts."""
    return min(FIRST_WAIT * (1 << (attempts - 1)), LONGEST_WAIT)


def carry_out_due(carriers: Mapping[str, Carrier], *, seconds: float = 5) -> bool:
    """Carry out what is due, one after the other, for about so many seconds; True when more may be due."""
    stop_at = time.monotonic() + seconds
    while time.monotonic() < stop_at:
        kinds = [kind for kind in carriers if not cache.get(_pause_key(kind))]
        lease = claim_next(kinds)
        if lease is None:
            return False
        carry_out(lease, carriers[lease.entry.kind])
    return True


def write_effects(*entries: OutboxEntry) -> None:
    """Write effects down, due now unless they say when, each with a number of its own. One that tells the same of the
    same fact to the same address as an earlier one is not written."""
    for entry in entries:
        entry.created_at = timezone.now()
        entry.due_at = entry.due_at or Now()
        entry.payload["number"] = uuid4().hex
    OutboxEntry.objects.bulk_create(entries, ignore_conflicts=True)


def claim_next(kinds: list[str]) -> Lease | None:
    """Take the most urgent entry that is due and that nobody has: what somebody waits for, then what waited longest.

    One that has killed its worker again and again is failed here.
    """
    with support_scope("take an effect that is due", routine=True):
        waiting = OutboxEntry.objects.due().filter(kind__in=kinds).order_by("-secret", "due_at", "pk")
        while entry := waiting.select_for_update(no_key=True, skip_locked=True).first():
            lease = Lease(entry=entry, token=entry.token + 1)
            taken = OutboxEntry.objects.due().filter(pk=entry.pk, token=entry.token)
            again_after = wait_after(lease.attempt)
            if not taken.update(
                token=lease.token, attempts=lease.attempt, lease_until=Now() + LEASE, due_at=Now() + again_after
            ):
                continue
            if lease.attempt <= MAX_ATTEMPTS:
                return lease
            _close(lease, State.FAILED, entry.error or "The worker was lost over it, each time.")
    return None


def carry_out(lease: Lease, carrier: Carrier) -> None:
    """Carry the effect out, outside any transaction, and close it; or leave it to a later attempt, or give it up."""
    try:
        carrier(lease.entry)
    except Refused as refusal:
        close(lease, State.BOUNCED, str(refusal))
    except (NotNow, SoftTimeLimitExceeded) as reason:
        if not isinstance(reason, NotNow):
            reason = NotNow(f"It took longer than {DEADLINE.seconds} seconds.", nobody=True)
        if reason.nobody:
            cache.set(_pause_key(lease.entry.kind), True, PAUSE.seconds)
        put_off(lease, str(reason))
    except Exception as fault:
        log.exception("effect_not_carried_out", entry_id=lease.entry.pk, kind=lease.entry.kind)
        put_off(lease, f"{type(fault).__name__}: a fault of the console itself.")
    else:
        close(lease, State.DELIVERED)


def close(lease: Lease, state: OutboxEntry.State, error: str = "") -> bool:
    """End the entry; False when somebody else has it now. What was secret in it is forgotten."""
    with support_scope("close an effect", routine=True):
        return _close(lease, state, error)


def put_off(lease: Lease, error: str) -> None:
    """Let go of the entry until its next attempt; after the last one it has failed."""
    if lease.attempt >= MAX_ATTEMPTS:
        close(lease, State.FAILED, error)
        return
    with support_scope("put off an effect", routine=True):
        _held(lease).update(lease_until=None, error=error[:LONGEST_ERROR])
    log.warning("effect_put_off", entry_id=lease.entry.pk, kind=lease.entry.kind, attempts=lease.attempt)


def send_again(entry: OutboxEntry, *, by: User) -> None:
    """Open an entry that has ended once more, by hand. It gets a new number: it is meant to arrive, even where the
    first one did. Raises NotSentAgain."""
    ended = OutboxEntry.objects.exclude(state=State.OPEN).filter(pk=entry.pk, token=entry.token)
    anew: dict[str, Any] = {"state": State.OPEN, "closed_at": None, "lease_until": None, "error": "", "attempts": 0}
    payload = entry.payload | {"number": uuid4().hex}
    if not can_be_sent_again(entry) or not ended.update(**anew, payload=payload, due_at=Now(), token=F("token") + 1):
        raise NotSentAgain
    log.info("effect_sent_again", entry_id=entry.pk, kind=entry.kind, user_id=by.pk)


def can_be_sent_again(entry: OutboxEntry) -> bool:
    """It has ended, and all that it takes is still there."""
    return entry.state != State.OPEN and entry.payload.keys() > {"number"}


def forget_old_entries() -> None:
    """Forget what ended more than 90 days ago."""
    with support_scope("forget effects that ended long ago", routine=True):
        OutboxEntry.objects.filter(closed_at__lt=timezone.now() - KEPT).delete()


def _close(lease: Lease, state: OutboxEntry.State, error: str) -> bool:
    ended: dict[str, Any] = {"state": state, "closed_at": Now(), "lease_until": None, "error": error[:LONGEST_ERROR]}
    if lease.entry.secret:
        ended["payload"] = {"number": lease.entry.payload["number"]}
    closed = bool(_held(lease).update(**ended))
    log.info("effect_closed" if closed else "effect_closed_by_others", entry_id=lease.entry.pk, state=str(state))
    return closed


def _held(lease: Lease) -> OutboxQuerySet:
    return OutboxEntry.objects.filter(pk=lease.entry.pk, token=lease.token, state=State.OPEN)


def _pause_key(kind: str) -> str:
    return f"outbox-paused-{kind}"

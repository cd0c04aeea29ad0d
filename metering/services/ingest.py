"""Take in usage events: each is counted once, or it is said why not.

Sources: design §8, §14.8, metering rules R2–R5.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone
from msgspec import Raw, Struct

from licences.models import Tenant
from metering.events import Reason, Sent, Unreadable, id_of, key_of, payload_of, read
from metering.periods import Month
from metering.services.allowances import settle_months_of
from metering.services.counting import Countable, Counted, count, payloads_of
from metering.services.uncounted import Uncounted, note_repeats, note_uncounted

OLDEST: Final = timedelta(days=35)
AHEAD: Final = timedelta(minutes=5)

SERVICES: Final = "SELECT code, id, kind = 'gauge' FROM metering_meteredservice"


class Status(StrEnum):
    """What became of an event. Only `accepted` changes a count."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


class Outcome(Struct, frozen=True):
    """Of an event: what became of it, and if it was not counted why, and where in it (a JSON pointer)."""

    event_id: str
    status: Status
    reason: Reason | None = None
    where: str = ""

    @property
    def is_fault(self) -> bool:
        return self.status in (Status.CONFLICT, Status.REJECTED)


class _Item(Struct, frozen=True):
    """An event on its way: what can be said of it before the database is asked."""

    raw: bytes | Raw
    source: str
    sent: Sent | None = None
    fault: Unreadable | None = None
    key: str = ""
    payload: str = ""
    service_id: int = 0
    time: datetime | None = None
    refused: Unreadable | None = None
    """Its time is outside the window, or nothing is metered: it is refused, unless it was counted before."""


@dataclass(slots=True)
class _Batch:
    tenant: Tenant
    at: datetime
    since: datetime
    zone: ZoneInfo
    services: Mapping[str, tuple[int, bool]]
    items: list[_Item] = field(default_factory=list)


class _Refused(Exception):
    """A strict batch with a fault: everything is taken back."""


def ingest(
    tenant: Tenant,
    raws: Sequence[bytes | Raw],
    *,
    source: str | Sequence[str],
    may_backfill: bool = False,
    strict: bool = False,
) -> list[Outcome]:
    """What became of each event, in their order. Once the caller's transaction is committed, what was accepted is
    counted; before, nothing is claimed. With `strict` none counts unless each is accepted now or was before.

    `source` is that of all events, or of each. Whatever comes in one transaction comes in one call: what it locks is
    locked in one order. What is refused is written down in either case (metering/services/uncounted.py).
    """
    batch = _batch(tenant, raws, source, may_backfill=may_backfill)
    outcomes: list[Outcome] = []
    try:
        with transaction.atomic(savepoint=strict):
            outcomes.extend(_counted(batch))
            if strict and any(outcome.is_fault for outcome in outcomes):
                raise _Refused
    except _Refused:
        _note_faults(batch, outcomes)
    else:
        _note_faults(batch, outcomes)
        _note_repeats(batch, outcomes)
    return outcomes


def foretell(
    tenant: Tenant, raws: Sequence[bytes | Raw], *, source: str | Sequence[str], may_backfill: bool = False
) -> list[Outcome]:
    """What `ingest` would say of these events now. Nothing is written."""
    batch = _batch(tenant, raws, source, may_backfill=may_backfill)
    said = payloads_of(tenant, [item.key for item in batch.items if item.key])
    outcomes = []
    for item in batch.items:
        is_new = bool(item.key) and item.refused is None and item.key not in said
        outcomes.append(_outcome(item, said, is_new=is_new))
        if is_new:
            said[item.key] = item.payload
    return outcomes


def _batch(tenant: Tenant, raws: Sequence[bytes | Raw], source: str | Sequence[str], *, may_backfill: bool) -> _Batch:
    at = timezone.now()
    since = at - OLDEST
    if may_backfill:
        since = min(since, Month.of(tenant.today).plus(-2).start(tenant.zone))
    with connection.cursor() as cursor:
        cursor.execute(SERVICES)
        services = {code: (pk, is_gauge) for code, pk, is_gauge in cursor.fetchall()}
    batch = _Batch(tenant, at, since, tenant.zone, services)
    sources = [source] * len(raws) if isinstance(source, str) else source
    batch.items.extend(_prepared(batch, raw, of) for raw, of in zip(raws, sources, strict=True))
    return batch


def _prepared(batch: _Batch, raw: bytes | Raw, source: str) -> _Item:
    sent = None
    try:
        sent = read(raw)
        if sent.source != source:
            raise Unreadable(Reason.WRONG_SOURCE, "/source")
        service_id, time = _checked(batch, sent)
    except Unreadable as fault:
        return _Item(raw, source, sent, fault)
    refused = _why_not(batch, time)
    return _Item(raw, source, sent, None, key_of(source, sent.event_id), payload_of(sent), service_id, time, refused)


def _checked(batch: _Batch, sent: Sent) -> tuple[int, datetime]:
    """The service and the time that the event counts for. Raises Unreadable."""
    if sent.service not in batch.services:
        raise Unreadable(Reason.UNKNOWN_SERVICE, "/type")
    service_id, is_gauge = batch.services[sent.service]
    if sent.time is None and not is_gauge:
        raise Unreadable(Reason.TIME_MISSING, "/time")
    return service_id, sent.time or batch.at


def _why_not(batch: _Batch, time: datetime) -> Unreadable | None:
    """Why an event of this time does not count if it did not before."""
    if batch.tenant.is_suite:
        return Unreadable(Reason.NOT_METERED, "/type")
    if time < batch.since:
        return Unreadable(Reason.EVENT_TOO_OLD, "/time")
    if time > batch.at + AHEAD:
        return Unreadable(Reason.EVENT_IN_FUTURE, "/time")
    return None


def _counted(batch: _Batch) -> Iterator[Outcome]:
    """Count what counts, and say of each event what became of it."""
    first = {item.key: item for item in reversed(batch.items) if item.fault is None and item.refused is None}
    counted = Counted(frozenset(), ())
    if first:
        gauges = [pk for pk, is_gauge in batch.services.values() if is_gauge]
        events = [_countable(batch, item) for item in first.values()]
        counted = count(batch.tenant, events, gauges=gauges, at=batch.at)
    if counted.unsettled:
        settle_months_of(batch.tenant, counted.unsettled, at=batch.at)
    new = {key: item for key, item in first.items() if counted.keys is None or key in counted.keys}
    said = payloads_of(batch.tenant, [item.key for item in batch.items if item.key and item.key not in new])
    for item in batch.items:
        is_new = new.get(item.key) is item
        yield _outcome(item, said, is_new=is_new)
        if is_new:  # whatever comes behind it comes again
            said[item.key] = item.payload


def _countable(batch: _Batch, item: _Item) -> Countable:
    assert item.sent is not None  # noqa: S101 - it has no fault
    assert item.time is not None  # noqa: S101
    return Countable(
        key=item.key,
        payload=item.payload,
        source=item.source,
        service_id=item.service_id,
        day=item.time.astimezone(batch.zone).date(),
        time=item.time,
        event_id=item.sent.event_id,
        subject=item.sent.subject,
        quantity=item.sent.quantity,
    )


def _outcome(item: _Item, said: Mapping[str, str], *, is_new: bool) -> Outcome:
    event_id = item.sent.event_id if item.sent else id_of(item.raw)
    if is_new:
        return Outcome(event_id, Status.ACCEPTED)
    if item.key in said:
        if said[item.key] == item.payload:
            return Outcome(event_id, Status.DUPLICATE)
        return Outcome(event_id, Status.CONFLICT, Reason.ID_REUSED, "/id")
    fault = item.fault or item.refused
    assert fault is not None  # noqa: S101 - without one it is new, or was counted
    return Outcome(event_id, Status.REJECTED, fault.reason, fault.where)


def _note_faults(batch: _Batch, outcomes: Sequence[Outcome]) -> None:
    """Write down what was not counted, one by one."""
    uncounted = [
        Uncounted(bytes(item.raw), item.source, item.sent, outcome.status, outcome.reason)
        for item, outcome in zip(batch.items, outcomes, strict=True)
        if outcome.is_fault and outcome.reason is not None
    ]
    if uncounted:
        note_uncounted(batch.tenant, uncounted, at=batch.at)


def _note_repeats(batch: _Batch, outcomes: Sequence[Outcome]) -> None:
    """Write down how much had been counted before."""
    repeats = Counter(
        (item.service_id, item.source)
        for item, outcome in zip(batch.items, outcomes, strict=True)
        if outcome.status == Status.DUPLICATE
    )
    if repeats:
        note_repeats(batch.tenant, repeats, at=batch.at)

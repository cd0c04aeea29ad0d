"""What product back ends report of their own long events. Source: design §14.3.

(source, key, run) is one record. While it is active no other of its key, scope and owner can be, whoever reports it.
What has ended stays as it is; a report that is not newer than the last says nothing new.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from licences.models import Tenant
from notifications.event_kinds import Notice, product_event
from notifications.models import SystemEvent
from notifications.services.event_log import note
from notifications.services.tracker import ONE_ACTIVE, AlreadyActive
from notifications.services.violations import constraint_of

LONGEST_NAME: Final = 200
SPOKEN_OF: Final = ("seq", "name", "percent", "done", "total", "message", "description", "expected_at")
REPORTED: Final = (*SPOKEN_OF, "status", "heartbeat_at", "started_at", "finished_at")

Status = SystemEvent.Status


class ReservedKey(Exception):
    """Notices are set by hand, in the console."""


class ReservedSource(Exception):
    """The console speaks for itself."""


class OfAnotherScope(Exception):
    """The run is known with another scope or owner: those are part of what it locks."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a back end says of one run; None is what it does not speak of. An event without a name is called by its key,
    and more rows done than there were raise their number."""

    run: str
    status: SystemEvent.Status
    seq: int | None = None
    name: str | None = None
    percent: int | None = None
    done: int | None = None
    total: int | None = None
    message: str | None = None
    description: str | None = None
    expected_at: datetime | None = None
    scope: SystemEvent.Scope = SystemEvent.Scope.SYSTEM
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """The record as it is now, whether the report began it, and whether it was passed over."""

    event: SystemEvent
    is_new: bool = False
    ignored: bool = False


def take_report(tenant: Tenant, *, source: str, key: str, report: Report) -> Noted:
    """Note what is reported. Raises ReservedKey, ReservedSource, OfAnotherScope and AlreadyActive; then nothing has
    changed. The same report may come as often as it likes."""
    if source == SystemEvent.CONSOLE:
        raise ReservedSource
    if key in Notice.values:
        raise ReservedKey
    with transaction.atomic():
        known = SystemEvent.objects.select_for_update(no_key=True).of(tenant)
        runs = known.filter(source=source, key=key, run=report.run)
        event = runs.first()
        if event is None:
            try:
                with transaction.atomic():
                    return Noted(_begin(tenant, source, key, report), is_new=True)
            except IntegrityError as error:
                if constraint_of(error) == ONE_ACTIVE:
                    raise AlreadyActive(key) from error
            event = runs.get()  # somebody else's first report of the same run was a moment quicker
        return _go_on(event, report)


def _begin(tenant: Tenant, source: str, key: str, report: Report) -> SystemEvent:
    known, now = product_event(key), timezone.now()
    event = SystemEvent(
        tenant=tenant,
        source=source,
        key=key,
        run=report.run,
        name=(str(known.name) or key)[:LONGEST_NAME],
        description=str(known.description),
        scope=report.scope,
        owner=report.owner,
        activated_at=now,
    )
    _say(event, report, now)
    SystemEvent.objects.bulk_create([event])
    note(event, by=source, note=event.message)
    return event


def _go_on(event: SystemEvent, report: Report) -> Noted:
    if (event.scope, event.owner) != (report.scope, report.owner):
        raise OfAnotherScope
    is_old = report.seq is not None and event.seq is not None and report.seq <= event.seq
    if not event.is_active or is_old:
        return Noted(event, ignored=True)
    before = event.status
    _say(event, report, timezone.now())
    event.save(update_fields=REPORTED)
    if event.status != before:
        note(event, by=event.source, note=event.message)
    return Noted(event)


def _say(event: SystemEvent, report: Report, now: datetime) -> None:
    """Put down what the report speaks of; what it leaves out stays."""
    for field, value in _spoken_of(report).items():
        setattr(event, field, value)
    event.status, event.heartbeat_at = report.status, now
    if event.done is not None and event.total is not None and event.done > event.total:
        event.total = event.done
    if report.percent is None and event.done is not None and event.total:
        event.percent = 100 * event.done // event.total
    if event.status != Status.QUEUED:
        event.started_at = event.started_at or now
    if not event.is_active:
        event.finished_at, event.expected_at = now, None


def _spoken_of(report: Report) -> dict[str, Any]:
    return {field: value for field in SPOKEN_OF if (value := getattr(report, field)) is not None}

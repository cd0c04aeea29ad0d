"""Correct what was counted: take an event out, or add to a month or take from it. Sources: metering rules R7, R8, R17.

A correction is a row that stays. It is written under the lock of the month's row, with the month's new number in the
same transaction: ingestion, a second correction and the invoice wait for each other. What an invoice says already is
not changed: the difference becomes a line of the next one. Alerts that were given stay given.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from licences.models import Tenant, User
from metering.events import MICRO, MOST_QUANTITY
from metering.models import Correction, EventKey, MeteredService, UsageEvent, UsageMonth
from metering.periods import Month
from metering.rating import plain
from metering.reports.gauges import LEFT
from metering.services.allowances import cross, locked, settle

LEFT_IN_MONTH: Final = LEFT.format(tenant="%s", service="%s", first="%s", last="%s")


class UnknownEvent(Exception):
    """No such event is counted: it never was, or longer than 400 days ago."""


class EventDropped(Exception):
    """The event itself is not kept any more."""


class AlreadyVoided(Exception):
    """The event is out of the count."""


class NoSuchMonth(Exception):
    """Nothing is known of the service in that month."""


class NoQuantity(Exception):
    """Nothing would change, or the number is beyond all measure."""


class ChangedMeanwhile(Exception):
    """The month was corrected or invoiced since its state was looked at."""


class NoReason(Exception):
    """Whoever reads the invoice asks why."""


@transaction.atomic
def void_event(tenant: Tenant, *, key: UUID, reason: str, by: User) -> Correction:
    """Take an event out of the count; it stays visible. `key` is the hash of its source and id.

    Raises NoReason, UnknownEvent, EventDropped and AlreadyVoided.
    """
    event = _event(tenant, key)
    rows = locked(_months(tenant, event.service, Month.of(event.day)))
    month = rows[0]
    if Correction.objects.filter(tenant=tenant, kind=Correction.Kind.VOID, event_key=key).exists():
        raise AlreadyVoided
    correction = _record(
        month, Correction.Kind.VOID, event.quantity, reason, by, day=event.day, event_key=key, event_id=event.event_id
    )
    if event.service.kind == MeteredService.Kind.SUM:
        _adjust(month, -event.quantity, at=correction.at)
    else:
        _measure_again(rows, at=correction.at)
    return correction


def state_of(row: UsageMonth) -> str:
    """What a correction changes of a month, and ingestion does not: two that are alike show that none came between."""
    return f"{plain(row.adjusted)} {row.edition}"


@transaction.atomic
def adjust(
    tenant: Tenant,
    *,
    service: MeteredService,
    month: date,
    quantity: Decimal,
    reason: str,
    by: User,
    seen: str | None = None,
) -> Correction:
    """Let the service's month come to so much more, or less, if it is still as it was `seen` by `state_of`.

    Raises NoReason, NoQuantity, NoSuchMonth and ChangedMeanwhile.
    """
    if not quantity or abs(quantity) > MOST_QUANTITY or quantity != quantity.quantize(MICRO):
        raise NoQuantity
    rows = locked(UsageMonth.objects.filter(tenant=tenant, service=service, month=month))
    if not rows:
        raise NoSuchMonth
    if seen is not None and seen != state_of(rows[0]):
        raise ChangedMeanwhile
    correction = _record(rows[0], Correction.Kind.ADJUST, quantity, reason, by)
    _adjust(rows[0], quantity, at=correction.at)
    return correction


def _event(tenant: Tenant, key: UUID) -> UsageEvent:
    known = EventKey.objects.filter(tenant=tenant, key=key).first()
    if known is None:
        raise UnknownEvent
    events = UsageEvent.objects.filter(tenant=tenant, service=known.service_id, day=known.day, time=known.time, key=key)
    event = events.select_related("service").first()
    if event is None:
        raise EventDropped
    return event


def _months(tenant: Tenant, service: MeteredService, month: Month) -> QuerySet[UsageMonth]:
    """The event's own month; of a gauge also the later ones, into which its value may have been carried."""
    rows = UsageMonth.objects.filter(tenant=tenant, service=service)
    if service.kind == MeteredService.Kind.SUM:
        return rows.filter(month=month.first)
    return rows.filter(month__gte=month.first)


def _record(
    row: UsageMonth,
    kind: Correction.Kind,
    quantity: Decimal,
    reason: str,
    by: User,
    *,
    day: date | None = None,
    event_key: UUID | None = None,
    event_id: str = "",
) -> Correction:
    if not reason.strip():
        raise NoReason
    return Correction.objects.create(
        tenant=row.tenant,
        service=row.service,
        month=row.month,
        kind=kind,
        quantity=quantity,
        day=day,
        event_key=event_key,
        event_id=event_id,
        reason=reason.strip(),
        edition=row.edition,
        at=timezone.now(),
        by_name=by.login_id,
    )


def _adjust(row: UsageMonth, quantity: Decimal, *, at: datetime) -> None:
    row.adjusted += quantity
    row.has_late = row.edition > 0
    row.save(update_fields=["adjusted", "has_late"])
    cross([row], at=at)


def _measure_again(rows: Sequence[UsageMonth], *, at: datetime) -> None:
    """What a gauge's months come to by the events that are left: the first by its own, the later ones by what they
    began with. One that is invoiced is taken in again where that makes a difference."""
    first = rows[0]
    month = Month(first.month)
    with connection.cursor() as cursor:
        cursor.execute(LEFT_IN_MONTH, [first.tenant_id, first.service_id, month.first, month.last])
        _events, first.total, first.last_time, first.last_id, first.last_quantity = cursor.fetchone()
    first.has_late = first.edition > 0
    first.save(update_fields=["total", "last_time", "last_id", "last_quantity", "has_late"])
    settle(rows, at=at)

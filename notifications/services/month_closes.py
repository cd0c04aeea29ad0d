"""Close the months that are due, of every tenant, with a system event for each. Sources: design §8, §9, reliability
R-14, R-18; docs/adr/0019.

Tenants are closed by the hundred: their invoices and the system events that tell of them are one transaction, so there
is never the one without the other. Who has very many events is closed alone, after the others. What fails for many is
tried tenant by tenant, so that it keeps nobody else; what fails for a tenant is tried again the next day, or by hand.
What the database had no time for is tried again by the next sweep; when that has gone on for an hour it has failed. Any
number of sweeps at once do what one does, whichever parts each of them makes.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, DataError, OperationalError, connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.tenancy.scopes import support_scope
from licences.models import Tenant
from metering.figures import month_text
from metering.models import Invoice, MeteredService
from metering.periods import Month
from metering.portions import portions
from metering.reports.months.due import due_months
from metering.reports.recounts.mismatches import Mismatch
from metering.reports.recounts.recount import events_left
from metering.services.closing import Closed, close
from metering.services.differences import note_differences
from notifications.models import EventChange, Job, Occurrence, SystemEvent
from notifications.services.event_log import SYSTEM
from notifications.services.job_kinds import JobKind

log = structlog.get_logger(__name__)

Status = SystemEvent.Status

AT_ONCE: Final = 200
"""Tenants that are closed in one transaction, at most."""
EVENTS_AT_ONCE: Final = 500_000
"""Events that are counted again for them, unless one tenant alone has more."""
PUT_OFF: Final = timedelta(hours=1)
"""So long nobody is told that the database had no time for it."""
OURS: Final = """
SELECT id FROM unnest(%s::bigint[]) AS tenants (id)
WHERE pg_try_advisory_xact_lock(hashtextextended('month close', id))
"""


@dataclass(slots=True)
class Swept:
    """What a sweep did: the invoices that it drew, and the tenants that got none, each with the reason."""

    invoices: list[Invoice] = field(default_factory=list)
    failed: dict[Tenant, str] = field(default_factory=dict)


def close_due_months(kind: type[JobKind], *, only: Month | None = None, again: bool = False) -> Swept:
    """Close what is due until nothing is. With `only`, that month; with `again`, also what has failed today."""
    swept, seen = Swept(), set[tuple[int, Month]]()
    while due := {each: month for each, month in _due(kind, only, again).items() if (each.pk, month) not in seen}:
        seen |= {(tenant.pk, month) for tenant, month in due.items()}
        for month, tenants in _parts(due):
            _close_part(kind, month, tenants, swept)
    return swept


def _due(kind: type[JobKind], only: Month | None, again: bool) -> Mapping[Tenant, Month]:
    now = timezone.now()
    with support_scope("which months are to be closed", routine=True):
        failed = set[int]()
        if not again:
            today = Occurrence.objects.filter(name=kind.code, due_on=now.date())
            failed = set(today.values_list("tenant", flat=True))
        due = due_months(now)
    return {tenant: month for tenant, month in due.items() if tenant.pk not in failed and only in (None, month)}


def _parts(due: Mapping[Tenant, Month]) -> Iterator[tuple[Month, list[Tenant]]]:
    """The earlier month first, and in it those last who have very many events to be counted."""
    by_month: dict[Month, list[Tenant]] = defaultdict(list)
    for tenant, month in due.items():
        by_month[month].append(tenant)
    for month, tenants in sorted(by_month.items()):
        with support_scope("how many events there are to be counted", routine=True):
            events = events_left(month)
        weighed = [(tenant, events.get(tenant.pk, 0)) for tenant in tenants]
        weighed.sort(key=lambda each: each[1] > EVENTS_AT_ONCE)
        for part in portions(weighed, weight=EVENTS_AT_ONCE, number=AT_ONCE):
            yield month, part


def _close_part(kind: type[JobKind], month: Month, tenants: Sequence[Tenant], swept: Swept) -> None:
    try:
        _close(kind, month, tenants, swept)
    except SoftTimeLimitExceeded:
        raise  # the next sweep goes on from here
    except Exception:
        log.exception("month_close_failed", month=str(month), tenants=len(tenants))
        for tenant in tenants:
            _close_alone(kind, month, tenant, swept)


def _close_alone(kind: type[JobKind], month: Month, tenant: Tenant, swept: Swept) -> None:
    """A lock that was not to be had, or a database that was away, is nobody's fault: the next sweep comes soon."""
    try:
        _close(kind, month, [tenant], swept)
    except SoftTimeLimitExceeded:
        raise
    except OperationalError as error:
        log.warning("month_close_put_off", tenant_id=tenant.pk, month=str(month), reason=type(error).__name__)
        reason = _("The database had no time for it. It is tried again tomorrow.")
        _tell(kind, month, tenant, reason, swept, after=PUT_OFF)
    except DataError:
        log.exception("month_close_failed", tenant_id=tenant.pk, month=str(month))
        reason = _("No invoice: a number is larger than an invoice can say. Support has to take out what is wrong.")
        _tell(kind, month, tenant, reason, swept)
    except Exception:
        log.exception("month_close_failed", tenant_id=tenant.pk, month=str(month))
        _tell(kind, month, tenant, _("An error stopped it. Nothing that was not finished has been changed."), swept)


def _tell(
    kind: type[JobKind], month: Month, tenant: Tenant, reason: str, swept: Swept, *, after: timedelta = timedelta()
) -> None:
    """Note that a tenant's month was not closed; with `after`, once that has gone on for so long."""
    now = timezone.now()
    try:
        with support_scope("note that a month was not closed", routine=True):
            if after and now - _put_off_since(kind, month, tenant, now) < after:
                return
            swept.failed |= _note_failed(kind, month, {tenant: reason}, at=now)
    except DatabaseError:
        log.exception("month_close_not_noted", tenant_id=tenant.pk, month=str(month))


def _put_off_since(kind: type[JobKind], month: Month, tenant: Tenant, now: datetime) -> datetime:
    """When it was first put off today."""
    name = f"{kind.code} {month} put off"
    first, _is_new = Occurrence.objects.get_or_create(
        tenant=tenant, name=name, due_on=now.date(), defaults={"started_at": now}
    )
    return first.started_at


def _close(kind: type[JobKind], month: Month, tenants: Sequence[Tenant], swept: Swept) -> None:
    """One transaction. Tenants that another sweep is at are left to that one."""
    with support_scope("close a month", routine=True):
        ours = _ours(tenants)
        if not ours:
            return
        now = timezone.now()
        closed = close(ours, month, at=now)
        note_differences(closed.mismatches, found_by="month close", at=now)
        _note_closed(kind, month, closed, at=now)
        failed = _note_failed(kind, month, _reasons(ours, closed), at=now)
    swept.invoices += closed.invoices
    swept.failed |= failed


def _ours(tenants: Sequence[Tenant]) -> list[Tenant]:
    """Those that nobody else is at, and until the transaction ends nobody else will be."""
    with connection.cursor() as cursor:
        cursor.execute(OURS, [[tenant.pk for tenant in tenants]])
        ids = {pk for (pk,) in cursor.fetchall()}
    return [tenant for tenant in tenants if tenant.pk in ids]


def _reasons(tenants: Sequence[Tenant], closed: Closed) -> dict[Tenant, str]:
    wrong: dict[int, list[Mismatch]] = defaultdict(list)
    for mismatch in closed.mismatches:
        wrong[mismatch.tenant_id].append(mismatch)
    services = MeteredService.objects.in_bulk() if wrong else {}
    return {tenant: told_mismatches(wrong[tenant.pk], services) for tenant in tenants if tenant.pk in wrong}


def _note_closed(kind: type[JobKind], month: Month, closed: Closed, *, at: datetime) -> None:
    told = [(each.tenant, told_invoice(month, lines=closed.lines[each.tenant_id])) for each in closed.invoices]
    _write_events(kind, month, told, Status.SUCCEEDED, at=at)


def _note_failed(
    kind: type[JobKind], month: Month, reasons: Mapping[Tenant, str], *, at: datetime
) -> dict[Tenant, str]:
    """Once a day and tenant: the row that says so keeps the next sweep from trying again."""
    today = Occurrence.objects.filter(name=kind.code, due_on=at.date(), tenant__in=reasons)
    noted = set(today.values_list("tenant", flat=True)) if reasons else set()
    new = [(tenant, reason) for tenant, reason in reasons.items() if tenant.pk not in noted]
    Occurrence.objects.bulk_create(
        Occurrence(tenant=tenant, name=kind.code, due_on=at.date(), started_at=at) for tenant, _reason in new
    )
    _write_events(kind, month, new, Status.FAILED, at=at)
    return dict(reasons)


def _write_events(
    kind: type[JobKind], month: Month, told: Sequence[tuple[Tenant, str]], status: SystemEvent.Status, *, at: datetime
) -> None:
    """Events that have ended, as the tracker would have left them, with their jobs: a failed one can be tried again."""
    done = 1 if status == Status.SUCCEEDED else 0
    events = SystemEvent.objects.bulk_create(
        SystemEvent(
            tenant=tenant,
            key=kind.key,
            run=f"{month} {at:%Y%m%dT%H%M%S.%f}",
            name=str(kind.name),
            description=str(kind.description),
            scope=kind.scope,
            status=status,
            message=message[:254],
            percent=100 * done,
            done=done,
            total=1,
            activated_at=at,
            started_at=at,
            finished_at=at,
            heartbeat_at=at,
        )
        for tenant, message in told
    )
    Job.objects.bulk_create(
        Job(tenant_id=event.tenant_id, event=event, kind=kind.code, subject=subject_of(month), done=done, ended_at=at)
        for event in events
    )
    EventChange.objects.bulk_create(
        EventChange(tenant_id=event.tenant_id, event=event, at=at, by_name=SYSTEM, status=status, note=event.message)
        for event in events
    )


def subject_of(month: Month) -> int:
    """What a job says of the month that it is about: yyyymm."""
    return month.first.year * 100 + month.first.month


def month_of(subject: int | None) -> Month:
    """The month that a job is about."""
    year, number = divmod(subject or 0, 100)
    return Month(date(year, number, 1))


def told_invoice(month: Month, *, lines: int) -> str:
    """“The invoice of October 2026 is drawn: 5 lines.” Members read it, too: neither its number nor an amount."""
    return ngettext(
        "The invoice of %(month)s is drawn: %(lines)d line.",
        "The invoice of %(month)s is drawn: %(lines)d lines.",
        lines,
    ) % {"month": month_text(month), "lines": lines}


def told_mismatches(mismatches: Sequence[Mismatch], services: Mapping[int, MeteredService]) -> str:
    """Why there is no invoice: which days are wrong, or where none is, which month."""
    days = [each.key for each in mismatches if each.key.source]
    if not days:
        of = mismatches[0].key
        return _("No invoice: %(service)s in %(month)s is not what its days come to. Support has to look.") % {
            "service": services[of.service_id],
            "month": month_text(Month(of.day)),
        }
    return ngettext(
        "No invoice: %(service)s on %(day)s is not what its events come to. Support has to look.",
        "No invoice: %(count)d days are not what their events come to, the first %(service)s on %(day)s. "
        "Support has to look.",
        len(days),
    ) % {"count": len(days), "service": services[days[0].service_id], "day": days[0].day}

"""Draw the invoices of a month: one for each tenant, once, whoever does it how often. Sources: design §8, metering
rules R7, R8, R24, R25; docs/adr/0019.

The month's rows are locked first. Until the transaction ends no event is counted in them, so what the invoice says is
what was counted; whoever comes second finds rows that have been taken in. Tenants are closed by the hundred in one
transaction: it is the number of statements that takes time. Nothing else writes an invoice.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from licences.models import Tenant
from metering.invoice_lines import drawn_lines
from metering.models import Invoice, InvoiceLine, UsageDay, UsageMonth
from metering.periods import Month
from metering.reports.counted import DayCount, DayKey, Of, counted_days
from metering.services.allowances import locked, settle


class TooEarly(Exception):
    """The month is not over, or events of it may still come."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An invoice that is not drawn: the events of a day are not what the day says. Somebody has to look."""

    tenant_id: int
    day: DayKey
    stored: DayCount | None
    counted: DayCount | None


@dataclass(slots=True)
class Closed:
    """What came of it: the new invoices, and the tenants that have none because something does not add up."""

    invoices: list[Invoice] = field(default_factory=list)
    mismatches: list[Mismatch] = field(default_factory=list)


def close(tenants: Collection[Tenant], month: Month, *, at: datetime | None = None) -> Closed:
    """Draw the invoices of these tenants that are not there yet, in the caller's transaction. Raises TooEarly.

    Late usage and corrections of earlier months become lines of their own. A tenant whose days do not agree with their
    events gets no invoice. `at` is the moment in which they are drawn: now.
    """
    now = at or timezone.now()
    if any(now < month.closes(tenant.zone) for tenant in tenants):
        raise TooEarly(str(month))
    rows = locked(_to_take_in(tenants, month))
    settle([row for row in rows if row.edition == 0], at=now)
    days, mismatches = _checked(rows)
    wrong = {mismatch.tenant_id for mismatch in mismatches}
    ready: dict[int, list[UsageMonth]] = defaultdict(list)
    for row in rows:
        if row.tenant_id not in wrong:
            ready[row.tenant_id].append(row)
    invoices = _draw({tenant: of for tenant, of in ready.items() if any(r.edition == 0 for r in of)}, days, month, now)
    return Closed(invoices, mismatches)


def _to_take_in(tenants: Iterable[Tenant], month: Month) -> QuerySet[UsageMonth]:
    of_month, earlier = Q(month=month.first, edition=0), Q(month__lt=month.first, has_late=True)
    return UsageMonth.objects.filter(of_month | earlier, tenant__in=tenants)


def _checked(rows: Sequence[UsageMonth]) -> tuple[dict[Of, dict[DayKey, DayCount]], list[Mismatch]]:
    """The days that each month's line stands on, counted anew, and where they are not what is stored."""
    asked = [_of(row) for row in rows]
    counted = counted_days(asked)
    stored = {
        DayKey(day.tenant_id, day.service_id, day.day, day.source, day.edition): day for day in _stored_days(asked)
    }
    mismatches = []
    by_row: dict[Of, dict[DayKey, DayCount]] = {each: {} for each in asked}
    for key in sorted(counted.keys() | stored.keys()):
        new, old = counted.get(key), stored.get(key)
        if new is None or old is None or (new.quantity, new.events) != (old.quantity, old.events):
            known = DayCount(old.quantity, old.events, old.digest) if old else None
            mismatches.append(Mismatch(key.tenant_id, key, known, new))
        else:
            by_row[Of(key.tenant_id, key.service_id, key.day.replace(day=1), key.edition)][key] = new
            old.digest = new.digest
    UsageDay.objects.bulk_update(stored.values(), ["digest"], batch_size=1_000)
    return by_row, mismatches


def _stored_days(asked: Sequence[Of]) -> Iterable[UsageDay]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT day.id FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::integer[])"
            " AS asked (tenant_id, service_id, month, edition)"
            " JOIN metering_usageday day USING (tenant_id, service_id, edition)"
            " WHERE day.day >= asked.month AND day.day < asked.month + interval '1 month'",
            [[getattr(each, name) for each in asked] for name in ("tenant_id", "service_id", "month", "edition")],
        )
        return UsageDay.objects.filter(pk__in=[pk for (pk,) in cursor.fetchall()])


def _of(row: UsageMonth) -> Of:
    return Of(row.tenant_id, row.service_id, row.month, row.edition)


def _draw(
    ready: Mapping[int, Sequence[UsageMonth]],
    days: Mapping[Of, dict[DayKey, DayCount]],
    month: Month,
    now: datetime,
) -> list[Invoice]:
    lines = drawn_lines([row for rows in ready.values() for row in rows], days)
    invoices = Invoice.objects.bulk_create(
        Invoice(
            tenant=rows[0].tenant,
            month=month.first,
            number=number_of(rows[0].tenant, month),
            time_zone=rows[0].tenant.time_zone,
            currency=rows[0].tenant.currency,
            total_minor=sum(lines[row.pk].amount_minor for row in rows),
            finalised_at=now,
        )
        for rows in ready.values()
    )
    for invoice in invoices:
        for row in ready[invoice.tenant_id]:
            lines[row.pk].invoice = invoice
    InvoiceLine.objects.bulk_create(lines.values(), batch_size=1_000)
    taken_in = UsageMonth.objects.filter(pk__in=list(lines))
    taken_in.filter(edition__gt=0).update(has_late=False)
    for edition in {row.edition for rows in ready.values() for row in rows}:
        pks = [row.pk for rows in ready.values() for row in rows if row.edition == edition]
        UsageMonth.objects.filter(pk__in=pks).update(edition=edition + 1)
    return invoices


def number_of(tenant: Tenant, month: Month) -> str:
    """An invoice's number says whose it is and of which month: there is one of each, so none is missing or doubled."""
    return f"{tenant.serial_number}-{month}"

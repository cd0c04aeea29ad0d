"""Draw the invoices of a month: one for each tenant, once, whoever does it how often. Sources: design §8, metering
rules R7, R8, R24, R25; docs/adr/0019.

The events are counted again before anything is locked: that takes the longer the more there are. Then the month's rows
are locked, and only days that events have come to meanwhile are counted once more. Until the transaction ends no event
is counted in these rows, so what the invoice says is what was counted; whoever comes second finds rows that have been
taken in. Tenants are closed by the hundred in one transaction: it is the number of statements that takes time. Nothing
else writes an invoice.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone

from licences.models import Tenant
from metering.models import Invoice, InvoiceLine, UsageMonth
from metering.periods import Month
from metering.reports.invoices.drawing import drawn_lines
from metering.reports.recounts.counted import DayCount, DayKey, MonthEdition, be_patient
from metering.reports.recounts.mismatches import Mismatch, unlike_days, unlike_months
from metering.reports.recounts.recount import Recount, recount
from metering.services.allowances import locked, settle

type DaysOf = Mapping[MonthEdition, dict[DayKey, DayCount]]


class TooEarly(Exception):
    """The month is not over, or events of it may still come."""


@dataclass(slots=True)
class Closed:
    """What came of it: the new invoices, how many lines those of each tenant have, and the tenants that have none
    because something does not add up, or because an earlier month of theirs comes first."""

    invoices: list[Invoice] = field(default_factory=list)
    lines: Counter[int] = field(default_factory=Counter)
    mismatches: list[Mismatch] = field(default_factory=list)
    held_back: frozenset[int] = frozenset()


def close(tenants: Collection[Tenant], month: Month, *, at: datetime | None = None) -> Closed:
    """Draw the invoices of these tenants that are not there yet, in the caller's transaction. Raises TooEarly.

    Late usage and corrections of earlier months become lines of their own. A tenant whose days do not agree with their
    events gets no invoice, nor does one with an earlier month that has none. `at` is the moment in which they are
    drawn: now.
    """
    now = at or timezone.now()
    if any(now < month.closes(tenant.zone) for tenant in tenants):
        raise TooEarly(str(month))
    earlier = UsageMonth.objects.waiting().filter(month__lt=month.first, tenant__in=tenants)
    held_back = frozenset(earlier.values_list("tenant", flat=True))
    be_patient()
    to_take_in = _to_take_in(tenants, month, but=held_back)
    asked = [MonthEdition(*each) for each in to_take_in.order_by().values_list("tenant", "service", "month", "edition")]
    before = recount(_whose_turn_it_is(asked, month))
    rows = _whose_turn_it_is(locked(to_take_in), month)
    settle(rows, at=now)
    days, mismatches = _checked(rows, since=before)
    wrong = {mismatch.tenant_id for mismatch in mismatches}
    ready: dict[int, list[UsageMonth]] = defaultdict(list)
    for row in rows:
        if row.tenant_id not in wrong:
            ready[row.tenant_id].append(row)
    invoices = _draw(ready, days, month, now)
    lines = Counter({tenant_id: len(of) for tenant_id, of in ready.items()})
    return Closed(invoices, lines, mismatches, held_back)


def _to_take_in(tenants: Collection[Tenant], month: Month, *, but: Collection[int]) -> QuerySet[UsageMonth]:
    """The month's own rows, late usage of earlier months, and the first usage of a service in an earlier month."""
    rows = UsageMonth.objects.taken_in_by(month)
    return rows.filter(tenant__in=[tenant for tenant in tenants if tenant.pk not in but])


def _whose_turn_it_is[Row: (MonthEdition, UsageMonth)](rows: Sequence[Row], month: Month) -> list[Row]:
    """Those of tenants that have something of this month, and no invoice of it. Asked again when the rows are locked:
    what others have drawn meanwhile is seen."""
    waiting = {row.tenant_id for row in rows if row.month == month.first}
    drawn = Invoice.objects.filter(tenant__in=waiting, month=month.first)
    waiting -= set(drawn.order_by().values_list("tenant", flat=True))
    return [row for row in rows if row.tenant_id in waiting]


def _checked(rows: Sequence[UsageMonth], *, since: Recount) -> tuple[DaysOf, list[Mismatch]]:
    """The days that each month's line stands on, with their digests, and what does not add up."""
    asked = [MonthEdition.of(row) for row in rows]
    now = recount(asked, since=since)
    stored, counted = now.stored, now.counted
    mismatches = [*unlike_days(stored, counted, asked), *unlike_months(rows, stored)]
    days: dict[MonthEdition, dict[DayKey, DayCount]] = {each: {} for each in asked}
    for key, count in counted.items():
        days[key.of][key] = count
    _write_digests({stored[key].pk: count.digest for key, count in counted.items() if key in stored})
    return days, mismatches


def _write_digests(digests: Mapping[int, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE metering_usageday day SET digest = new.digest"
            " FROM unnest(%s::bigint[], %s::text[]) AS new (id, digest)"
            " WHERE day.id = new.id AND day.digest <> new.digest",
            [list(digests), list(digests.values())],
        )


def _draw(
    ready: Mapping[int, Sequence[UsageMonth]],
    days: DaysOf,
    month: Month,
    now: datetime,
) -> list[Invoice]:
    lines = drawn_lines([row for rows in ready.values() for row in rows], days)
    invoices = Invoice.objects.bulk_create(
        Invoice(
            tenant=rows[0].tenant,
            month=month.first,
            number=number_of(rows[0].tenant, month),
            customer_name=rows[0].tenant.company_name,
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
    UsageMonth.objects.filter(pk__in=list(lines)).update(edition=F("edition") + 1, has_late=False)
    return invoices


def number_of(tenant: Tenant, month: Month) -> str:
    """An invoice's number says whose it is and of which month: there is one of each, so none is missing or doubled."""
    return f"{tenant.serial_number}-{month}"

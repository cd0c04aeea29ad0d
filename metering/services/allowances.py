"""What is included in a month: how many users there were at most, which tariff holds, and what a gauge began with.

`settle` works it out from the source rows, for months whose rows the caller has locked, and notes the thresholds that
an allowance which has moved makes the use come to. A sweep does so every minute for whatever has changed, the first
event of a month and the close of a month do it at once. Sources: metering rules R10, R17, R18, R21, R23.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from config.tenancy.scopes import support_scope
from licences.models import Tenant
from metering.models import MeteredService, RatedBy, Tariff, UsageMonth
from metering.periods import Month
from metering.rating import THRESHOLDS, allowance
from metering.reports.gauges import CARRIED, averages, carried_into
from metering.reports.users import peak_users
from metering.services.counting import CROSSED

AT_ONCE: Final = 1_000
"""Months that a sweep settles in one transaction."""
COMMITS_WITHIN: Final = timedelta(minutes=5)
"""A seat is dated when it is given, and seen when that is committed."""
AVERAGES_EVERY: Final = timedelta(minutes=5)
"""An average moves all the time."""

CROSS: Final = f"""
WITH months AS (
    SELECT tenant_id, service_id, month, used, allowance, users FROM metering_usagemonth WHERE id = ANY(%(ids)s)
)
{CROSSED.format(months="months")}
"""  # noqa: S608 - what goes in stands in counting

OPEN: Final = """
INSERT INTO metering_usagemonth
    (tenant_id, service_id, month, rated_by, users, total, events, adjusted, edition, has_late)
SELECT tenant.id, service.id, of_tenant.month, 'total', 0, 0, 0, 0, 0, false
FROM licences_tenant tenant
CROSS JOIN metering_meteredservice service
CROSS JOIN LATERAL (
    SELECT date_trunc('month', %(now)s::timestamptz AT TIME ZONE tenant.time_zone)::date AS month
) of_tenant
WHERE tenant.subscription = 'module_based' AND NOT EXISTS (
    SELECT FROM metering_usagemonth had
    WHERE had.tenant_id = tenant.id AND had.service_id = service.id AND had.month = of_tenant.month)
ORDER BY tenant.id, service.id, of_tenant.month
ON CONFLICT (tenant_id, service_id, month) DO NOTHING
"""

UNSETTLED: Final = f"""
SELECT month.id FROM metering_usagemonth month
JOIN licences_tenant tenant ON tenant.id = month.tenant_id
JOIN metering_meteredservice service ON service.id = month.service_id
WHERE (month.edition = 0 OR month.has_late) AND (
    month.users_as_of IS NULL  -- nobody has looked yet
    -- an average that counts is old
    OR (month.rated_by = 'average' AND month.users_as_of <= %(now)s - %(averages)s::interval)
    OR (month.edition = 0 AND (
        -- a tariff has come for what had none; what has one keeps it, as tariffs are published ahead of their month
        (month.tariff_id IS NULL AND EXISTS (
            SELECT FROM metering_tariff tariff WHERE tariff.service_id = month.service_id
            AND tariff.currency = tenant.currency AND tariff.valid_from <= month.month))
        -- a seat was given since, or in a transaction that was not seen yet: there may be more users
        OR EXISTS (
            SELECT FROM licences_seat seat
            WHERE seat.tenant_id = month.tenant_id AND seat.assigned_at > month.users_as_of - %(commits)s::interval)
        -- what a gauge began with is another value now
        OR (service.kind = 'gauge' AND month.carried IS DISTINCT FROM {CARRIED})
    ))
)
ORDER BY month.users_as_of NULLS FIRST, month.id LIMIT %(most)s
"""  # noqa: S608 - what goes in stands in gauges
"""Whatever waits longest comes first, so that all come."""

SETTLE: Final = """
UPDATE metering_usagemonth month
SET tariff_id = new.tariff_id, rated_by = new.rated_by, users = new.users, users_as_of = new.users_as_of,
    allowance = new.allowance, carried = new.carried, average = new.average
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::integer[], %s::timestamptz[], %s::numeric[], %s::numeric[],
    %s::numeric[]) AS new (id, tariff_id, rated_by, users, users_as_of, allowance, carried, average)
WHERE month.id = new.id
RETURNING month.id, month.used
"""


def settle(rows: Sequence[UsageMonth], *, at: datetime) -> None:
    """Bring tariff, users, allowance and a gauge's own numbers of these months up to date, and note what that crosses.

    The caller has locked the rows; they come with tenant and service. Users only ever become more within a month. Once
    a month is invoiced only what it began with and its average still move, by what came late or was taken out; if its
    use changes by that, the next invoice takes it in again.
    """
    before = {row.pk: row.used for row in rows}
    _settle_allowances([row for row in rows if row.edition == 0])
    moved = _carry([row for row in rows if row.service.kind == MeteredService.Kind.GAUGE])
    moving = [row for row in rows if row.edition == 0 or row.has_late or row in moved]
    for row, average in averages([row for row in moving if row.rated_by == RatedBy.AVERAGE], at=at):
        row.average = average
    for row in rows:
        row.users_as_of = at
    _write(rows)
    _take_in_again([row for row in rows if row.edition > 0 and not row.has_late and row.used != before[row.pk]])
    cross(rows, at=at)


def _settle_allowances(rows: Sequence[UsageMonth]) -> None:
    users = peak_users({(row.tenant, Month(row.month)) for row in rows})
    tariffs = _tariffs(rows)
    for row in rows:
        _take_over(row, tariffs.get((row.service_id, row.tenant.currency, row.month)))
        row.users = max(row.users, users.get((row.tenant_id, row.month), 0))
        row.allowance = allowance(row.tariff.terms, row.users) if row.tariff else None


def _carry(rows: Sequence[UsageMonth]) -> set[UsageMonth]:
    """Have gauges begin with what is known now; those for which that is something else."""
    carried = carried_into(rows)
    moved = {row for row in rows if row.carried != carried[row.pk]}
    for row in moved:
        row.carried = carried[row.pk]
    return moved


def _take_in_again(rows: Sequence[UsageMonth]) -> None:
    for row in rows:
        row.has_late = True
    if rows:
        UsageMonth.objects.filter(pk__in=[row.pk for row in rows]).update(has_late=True)


def _write(rows: Sequence[UsageMonth]) -> None:
    """In one statement; what the database works out of it is read back."""
    columns = ("pk", "tariff_id", "rated_by", "users", "users_as_of", "allowance", "carried", "average")
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, [[getattr(row, column) for row in rows] for column in columns])
        used = dict(cursor.fetchall())
    for row in rows:
        row.used = used[row.pk]


def cross(rows: Iterable[UsageMonth], *, at: datetime) -> None:
    """Note the thresholds that these months have come to and nobody noted yet."""
    with connection.cursor() as cursor:
        cursor.execute(CROSS, {"ids": [row.pk for row in rows], "at": at, "thresholds": list(THRESHOLDS)})


def settle_months_of(tenant: Tenant, months: Sequence[int], *, at: datetime) -> None:
    """Settle the tenant's months with these ids; in the transaction that has just counted in them. It locks no others:
    those may be waiting for these."""
    rows = locked(UsageMonth.objects.filter(tenant=tenant, pk__in=months))
    settle(rows, at=at)


def locked(rows: QuerySet[UsageMonth]) -> list[UsageMonth]:
    """The rows, locked in the one order of all who lock several, with what goes with them."""
    ordered = rows.order_by("tenant", "service", "month").select_for_update(no_key=True, of=("self",))
    return list(ordered.select_related("tenant", "service", "tariff"))


def open_months() -> None:
    """Begin this month for every service of every tenant that has metered services, also where nothing is used yet."""
    with support_scope("begin the months of usage", routine=True), connection.cursor() as cursor:
        cursor.execute(OPEN, {"now": timezone.now()})


def settle_all() -> int:
    """Settle the months whose users, tariff or gauge have changed, so many at once; how many there were. Averages are
    brought up to date every few minutes, also those of what came late."""
    now = timezone.now()
    waiting: dict[str, Any] = {
        "now": now,
        "averages": str(AVERAGES_EVERY),
        "commits": str(COMMITS_WITHIN),
        "most": AT_ONCE,
    }
    with support_scope("whose allowances have changed", routine=True):
        with connection.cursor() as cursor:
            cursor.execute(UNSETTLED, waiting)
            ids = [pk for (pk,) in cursor.fetchall()]
        rows = locked(UsageMonth.objects.filter(Q(edition=0) | Q(has_late=True), pk__in=ids))
        if rows:
            settle(rows, at=now)
    return len(rows)


def _tariffs(rows: Sequence[UsageMonth]) -> Mapping[tuple[int, str, date], Tariff]:
    """The tariff in force in each month, by service, currency and month."""
    services, currencies = {row.service_id for row in rows}, {row.tenant.currency for row in rows}
    wanted = Tariff.objects.filter(service__in=services, currency__in=currencies)
    return {
        (tariff.service_id, tariff.currency, month): tariff
        for month in {row.month for row in rows}
        for tariff in wanted.in_force(Month(month))
    }


def _take_over(row: UsageMonth, tariff: Tariff | None) -> None:
    row.tariff = tariff
    usual = RatedBy.PEAK if row.service.kind == MeteredService.Kind.GAUGE else RatedBy.TOTAL
    row.rated_by = RatedBy(tariff.rated_by) if tariff else usual

"""How many users held a plan of the vendor's at once: what allowances grow with. Source: metering rules R21."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Final

from django.db import connection

from licences.models import Tenant
from metering.periods import Month

HELD: Final = """
WITH asked AS (
    SELECT * FROM unnest(%(tenants)s::bigint[], %(months)s::date[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
        AS asked (tenant_id, month, begins, ends)
), held AS (
    SELECT asked.tenant_id, asked.month, asked.begins, asked.ends, unnest(range_agg(
        tstzrange(seat.assigned_at, seat.released_at) * tstzrange(asked.begins, asked.ends))) AS span
    FROM asked
    JOIN licences_seat seat ON seat.tenant_id = asked.tenant_id AND seat.assigned_at < asked.ends
        AND (seat.released_at IS NULL OR seat.released_at > asked.begins)
    JOIN licences_licence licence ON licence.tenant_id = seat.tenant_id AND licence.id = seat.licence_id
    JOIN licences_licencetype type ON type.id = licence.type_id AND type.role = 'plan' AND NOT type.unrestricted
    JOIN licences_licenceowner owner ON owner.id = type.owner_id AND owner.is_vendor
    GROUP BY asked.tenant_id, asked.month, asked.begins, asked.ends, seat.user_id
), moves AS (
    SELECT tenant_id, month, lower(span) AS at, 1 AS step FROM held
    UNION ALL SELECT tenant_id, month, upper(span), -1 FROM held WHERE upper(span) < ends
), running AS (
    SELECT tenant_id, month, at, step,
        sum(step) OVER (PARTITION BY tenant_id, month ORDER BY at, step ROWS UNBOUNDED PRECEDING) AS users
    FROM moves
)
SELECT {asked}
"""
"""Times in which a user holds several plans, or swaps one for another, are one time. Of a plan given back and one given
in the same moment the former comes first."""

PEAKS: Final = HELD.format(asked="tenant_id, month, max(users) FROM running GROUP BY tenant_id, month")
PEAK: Final = HELD.format(asked="at, users FROM running ORDER BY users DESC, at LIMIT 1")
BY_DAY: Final = HELD.format(
    asked="(at AT TIME ZONE %(zone)s)::date, max(users), "
    "(array_agg(users ORDER BY at DESC, step DESC, users * step DESC))[1] FROM running GROUP BY 1 ORDER BY 1"
)
"""The last number of a day is the one after all moves of its last moment."""


def peak_users(asked: Collection[tuple[Tenant, Month]]) -> dict[tuple[int, date], int]:
    """The most users at one time in each month, by (tenant id, first of the month); none where there never was one."""
    if not asked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(PEAKS, _parameters(asked))
        return {(tenant_id, month): users for tenant_id, month, users in cursor.fetchall()}


def users_by_day(tenant: Tenant, month: Month) -> list[tuple[date, int, int]]:
    """The days of the month on which it changed how many users there were: the most of the day, and how many there were
    in the end of it. As many rows as days, however many users come and go."""
    with connection.cursor() as cursor:
        cursor.execute(BY_DAY, _parameters([(tenant, month)]) | {"zone": tenant.time_zone})
        return list(cursor.fetchall())


def peak_of_users(tenant: Tenant, month: Month) -> tuple[datetime, int] | None:
    """When there were first the most users of the month, and how many; None where there never was one."""
    with connection.cursor() as cursor:
        cursor.execute(PEAK, _parameters([(tenant, month)]))
        found: tuple[datetime, int] | None = cursor.fetchone()
    return found


def _parameters(asked: Collection[tuple[Tenant, Month]]) -> dict[str, list[object]]:
    pairs = sorted(asked, key=lambda pair: (pair[0].pk, pair[1]))
    return {
        "tenants": [tenant.pk for tenant, _ in pairs],
        "months": [month.first for _, month in pairs],
        "starts": [month.start(tenant.zone) for tenant, month in pairs],
        "ends": [month.end(tenant.zone) for tenant, month in pairs],
    }

"""The one statement that changes how much of a limit is in use, or the limit itself.

Whether there is room is the WHERE of the UPDATE; beside it, in the same statement, stand the movement that explains the
number, the episode and its crossings, and the day of the trend. Nothing is read first. Sources: design §6,
metering rules R13, R16, R17.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from licences.models import LimitMovement, Tenant

MOST: Final = 2_147_483_647
"""No count goes beyond what the column holds, also where there is no limit."""

CHANGE: Final = """
WITH changed AS (
    UPDATE licences_restriction SET used = {used}, as_of = {as_of}, {also}
        near_since = CASE
            WHEN {limit} IS NULL OR {limit} = 0 OR 100 * ({used})::bigint < 80 * {limit}::bigint THEN NULL
            WHEN 100 * ({used})::bigint >= 85 * {limit}::bigint THEN coalesce(near_since, %(at)s)
            ELSE near_since END,
        reached_since = CASE
            WHEN {limit} IS NULL OR {limit} = 0 OR 100 * ({used})::bigint < 95 * {limit}::bigint THEN NULL
            WHEN {used} >= {limit} THEN coalesce(reached_since, %(at)s)
            ELSE reached_since END
    WHERE tenant_id = %(tenant)s AND type_id = (SELECT id FROM licences_restrictiontype WHERE code = %(code)s)
        AND {only_if}
    RETURNING id, tenant_id, new.used, new."limit", new.used - old.used AS moved,
        old.near_since IS NULL AND new.near_since IS NOT NULL AS is_near,
        old.reached_since IS NULL AND new.reached_since IS NOT NULL AS is_reached
), held AS (
    INSERT INTO licences_limitreservation (tenant_id, restriction_id, quantity, state, source, made_at, expires_at)
    SELECT tenant_id, id, moved, 'held', %(source)s, %(at)s, %(expires_at)s
    FROM changed WHERE %(expires_at)s::timestamptz IS NOT NULL RETURNING id
), moved AS (
    INSERT INTO licences_limitmovement (tenant_id, restriction_id, kind, quantity, at, source, reservation_id)
    SELECT tenant_id, id, %(kind)s, moved, %(at)s, %(source)s, coalesce((SELECT id FROM held), %(reservation)s)
    FROM changed WHERE %(kind)s <> '' AND moved <> 0
), crossed AS (
    INSERT INTO licences_limitcrossing (tenant_id, restriction_id, threshold, used, "limit", at)
    SELECT tenant_id, id, threshold, used, "limit", %(at)s
    FROM changed JOIN (VALUES (85), (100)) AS line (threshold)
        ON (threshold = 85 AND is_near) OR (threshold = 100 AND is_reached)
), of_day AS (
    INSERT INTO licences_restrictionday (tenant_id, restriction_id, day, used)
    SELECT tenant_id, id, %(day)s, used FROM changed WHERE %(day)s::date IS NOT NULL
    ON CONFLICT (tenant_id, restriction_id, day) DO UPDATE SET used = excluded.used
)
SELECT used, "limit", (SELECT id FROM held) FROM changed
"""

BY_CONSOLE: Final = """authority = 'console' AND (limit_until IS NULL OR limit_until > %(at)s)"""
NEWEST: Final = "greatest(as_of, %(as_of)s)"
CARRY: Final = "carried = CASE WHEN {used} > {limit} THEN {used} ELSE 0 END,"
"""What is in use beyond a limit stays in use: said wherever the number falls, or the limit does."""

TAKE: Final = CHANGE.format(
    used="used + %(quantity)s",
    as_of=NEWEST,
    limit='"limit"',
    also="",
    only_if=f'{BY_CONSOLE} AND used + %(quantity)s::bigint <= coalesce("limit", {MOST})',
)
GIVE_BACK: Final = CHANGE.format(
    used="used - %(quantity)s",
    as_of=NEWEST,
    limit='"limit"',
    also=CARRY.format(used="used - %(quantity)s", limit='"limit"'),
    only_if="authority = 'console' AND used >= %(quantity)s",
)
END_RESERVATION: Final = CHANGE.format(
    used="used - least(used, %(quantity)s)",
    as_of=NEWEST,
    limit='"limit"',
    also=CARRY.format(used="used - least(used, %(quantity)s)", limit='"limit"'),
    only_if="authority = 'console'",
)
"""What was held may have been given back by a release before: no more comes back than is in use."""
REPORT: Final = CHANGE.format(
    used="%(quantity)s::integer",
    as_of=NEWEST,
    limit='"limit"',
    also="",
    only_if="authority = 'product' AND as_of < %(as_of)s",
)
PUT_RIGHT: Final = CHANGE.format(
    used="%(quantity)s::integer",
    as_of=NEWEST,
    limit='"limit"',
    also=CARRY.format(used="%(quantity)s::integer", limit='"limit"'),
    only_if="authority = 'console'",
)
SETTLE: Final = CHANGE.format(
    used="used",
    as_of="as_of",
    limit="%(limit)s::integer",
    also="""carried = CASE WHEN used > %(limit)s::integer THEN used ELSE 0 END,
        "limit" = %(limit)s::integer, limit_until = %(limit_until)s,""",
    only_if="true",
)


@dataclass(frozen=True, slots=True)
class Changed:
    """How it is now; `reservation` is the one that was made, if any."""

    used: int
    limit: int | None
    reservation: int | None


def change(
    statement: str,
    tenant: Tenant,
    code: str,
    *,
    at: datetime,
    quantity: int = 0,
    as_of: datetime | None = None,
    kind: LimitMovement.Kind | str = "",
    source: str = "",
    expires_at: datetime | None = None,
    reservation: int | None = None,
    limit: int | None = None,
    limit_until: datetime | None = None,
) -> Changed | None:
    """Run one of the statements above; None when its condition does not hold, and then nothing has changed."""
    asked: dict[str, Any] = {
        "tenant": tenant.pk,
        "code": code,
        "at": at,
        "as_of": as_of or at,
        "day": None if statement is SETTLE else min(as_of or at, at).astimezone(tenant.zone).date(),
        "quantity": quantity,
        "kind": str(kind),
        "source": source,
        "expires_at": expires_at,
        "reservation": reservation,
        "limit": limit,
        "limit_until": limit_until,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        row = cursor.fetchone()
    return Changed(*row) if row else None

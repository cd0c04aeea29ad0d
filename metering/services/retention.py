"""Usage events are kept for 400 days; then the table of their month is dropped, and what made them count once goes with
it. Days, months and invoices stay. Sources: design §14.8, metering rules R2.

Only the owner of the schema makes and drops tables. A table is asked for without waiting long, because whoever counts
would wait behind it; what could not be done is done the next time.
"""

from datetime import date, timedelta
from typing import Final

import structlog
from django.db import OperationalError, connection, connections, transaction
from django.utils import timezone

from config.tenancy.scopes import support_scope
from metering.partitions import KEPT_DAYS, TABLE, create_month, drop_month, months, name_of, next_month

log = structlog.get_logger(__name__)

AHEAD: Final = 12
BEHIND: Final = 2
"""Months around the present one that have a table. Events come at most two months late."""
KEYS_AT_ONCE: Final = 10_000
MOST_KEYS: Final = 1_000_000
"""In one go; the rest is forgotten the next time."""

TABLES: Final = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass"
FORGET: Final = """
DELETE FROM metering_eventkey WHERE (tenant_id, key) IN (
    SELECT tenant_id, key FROM metering_eventkey WHERE day < %s LIMIT %s)
"""


def keep_partitions() -> list[str]:
    """Have a table for each month of the next year, and none for what is older than 400 days. Says what it did."""
    today = timezone.now().date()
    there = _tables()
    wanted = months(today, before=BEHIND, after=AHEAD)
    done = [name_of(month) for month in wanted if name_of(month) not in there and _do(create_month(month))]
    old = [month for month in _months_of(there) if next_month(month) <= today - timedelta(days=KEPT_DAYS)]
    done += [name_of(month) for month in old if _do(drop_month(month))]
    if done:
        log.info("partitions_changed", tables=done)
    return done


def _tables() -> set[str]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(TABLES, [TABLE])
        return {name for (name,) in cursor.fetchall()}


def _months_of(tables: set[str]) -> list[date]:
    """The months that have tables, the oldest first; the table for the rest is of none."""
    named = (table.removeprefix(f"{TABLE}_").split("_") for table in tables)
    return sorted(date(int(parts[0]), int(parts[1]), 1) for parts in named if len(parts) == 2)


def _do(sql: str) -> bool:
    try:
        with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '3s'")
            cursor.execute(sql)
    except OperationalError as error:
        log.warning("partition_put_off", reason=str(error).partition("\n")[0])
        return False
    return True


def forget_keys() -> int:
    """Forget what made events count once that have been dropped; how many. An event that old is refused in any case."""
    kept = _months_of(_tables())
    if not kept:
        return 0
    oldest = min(kept[0], timezone.now().date() - timedelta(days=KEPT_DAYS))
    forgotten = 0
    while forgotten < MOST_KEYS:
        with support_scope("forget the keys of events that were dropped", routine=True), connection.cursor() as cursor:
            cursor.execute(FORGET, [oldest, KEYS_AT_ONCE])
            number = cursor.rowcount
        forgotten += number
        if number < KEYS_AT_ONCE:
            break
    return forgotten

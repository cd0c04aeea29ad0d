"""The one statement that counts a batch of events: claim, count, and note what was crossed, all or nothing.

An event counts if its key was not there; that is the INSERT itself, and nothing is read first. Beside it, in the same
statement, stand the event, its day, its month and the thresholds that the month has come to, so no key is ever taken
without the count. The month's row is locked from there to the end of the transaction: what an invoice is drawn from
cannot grow meanwhile. Keys, months and days are written in one order everywhere, so that no two batches wait for each
other. Sources: design §8, metering rules R2, R9, R16, R17; docs/adr/0018.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from msgspec import Struct

from licences.models import Tenant
from metering.rating import THRESHOLDS

NEWEST: Final = (
    '(array_agg({of} ORDER BY time DESC, event_id COLLATE "C" DESC, quantity DESC) FILTER (WHERE is_gauge))[1]'
)
LAST: Final = ", ".join(NEWEST.format(of=of) for of in ("time", "event_id", "quantity"))
TOTAL: Final = "CASE WHEN bool_or(is_gauge) THEN max(quantity) ELSE sum(quantity) END"
"""Of a service either all events are a gauge's or none."""

ADD_UP: Final = """
        {number} = CASE WHEN excluded.last_time IS NULL THEN was.{number} + excluded.{number}
            ELSE greatest(was.{number}, excluded.{number}) END,
        events = was.events + excluded.events,
        (last_time, last_id, last_quantity) = (SELECT newer.* FROM (VALUES
            (was.last_time, was.last_id, was.last_quantity),
            (excluded.last_time, excluded.last_id, excluded.last_quantity)) AS newer (at, id, quantity)
            ORDER BY at DESC NULLS LAST, id COLLATE "C" DESC, quantity DESC LIMIT 1)"""
"""What has a `last_time` is a gauge's: the higher number stays. Everything else has none, and is added up. Two sources
may use one id at one moment: then the greater quantity counts as newer, whichever comes first."""

REACHED: Final = (
    "CASE WHEN allowance = 0 THEN threshold = 100 AND used > 0 ELSE 100 * used >= threshold * allowance END"
)
"""Whether so many percent of the allowance are used, exactly. Where nothing is included only 100 % has a meaning, from
the first unit on; an allowance that is not known yet crosses nothing."""
CROSSED: Final = f"""
    INSERT INTO metering_usagealert (tenant_id, service_id, month, threshold, used, allowance, users, at)
    SELECT tenant_id, service_id, month, threshold, used, allowance, users, %(at)s
    FROM {{months}} JOIN unnest(%(thresholds)s::integer[]) AS line (threshold)
        ON {REACHED}
    ON CONFLICT (tenant_id, service_id, month, threshold) DO NOTHING"""  # noqa: S608 - all of it stands here
"""Which thresholds the months have come to."""

COUNTING: Final = """
WITH sent AS (
    SELECT *, service_id = ANY(%(gauges)s::bigint[]) AS is_gauge, date_trunc('month', day)::date AS month
    FROM unnest(%(keys)s::uuid[], %(payloads)s::uuid[], %(services)s::bigint[], %(days)s::date[],
        %(times)s::timestamptz[], %(sources)s::text[], %(ids)s::text[], %(subjects)s::text[], %(quantities)s::numeric[])
        AS sent (key, payload, service_id, day, time, source, event_id, subject, quantity)
), claimed AS (
    INSERT INTO metering_eventkey (tenant_id, key, payload, service_id, day, time)
    SELECT %(tenant)s, key, payload, service_id, day, time FROM sent ORDER BY key
    ON CONFLICT (tenant_id, key) DO NOTHING RETURNING key
), counted AS (
    SELECT sent.* FROM sent JOIN claimed USING (key)
), months AS (
    INSERT INTO metering_usagemonth AS was (tenant_id, service_id, month, rated_by, users, adjusted, edition, has_late,
        total, events, last_time, last_id, last_quantity)
    SELECT %(tenant)s, service_id, month, 'total', 0, 0, 0, false, {total}, count(*), {last}
    FROM counted GROUP BY service_id, month{later} ORDER BY service_id, month
    ON CONFLICT (tenant_id, service_id, month) DO UPDATE SET
        has_late = was.has_late OR (was.edition > 0 AND excluded.events > 0),
        {add_total}
    RETURNING id, tenant_id, service_id, month, edition, used, allowance, users, users_as_of
), days AS (
    INSERT INTO metering_usageday AS was (tenant_id, service_id, day, source, edition, digest,
        quantity, events, last_time, last_id, last_quantity)
    SELECT %(tenant)s, service_id, day, source, edition, '', {total}, count(*), {last}
    FROM counted JOIN months USING (service_id, month)
    GROUP BY service_id, day, source, edition ORDER BY service_id, day, source
    ON CONFLICT (tenant_id, service_id, day, source, edition) DO UPDATE SET
        {add_quantity}
), stored AS (
    INSERT INTO metering_usageevent (tenant_id, service_id, day, time, key, source, event_id, subject, quantity,
        received_at, edition)
    SELECT %(tenant)s, service_id, day, time, key, source, event_id, subject, quantity, %(at)s, edition
    FROM counted JOIN months USING (service_id, month)
), crossed AS ({crossed}
)
SELECT count(*), CASE WHEN count(*) < %(sent)s THEN array_agg(encode(uuid_send(key), 'hex')) END,
    (SELECT array_agg(id) FROM months WHERE users_as_of IS NULL{or_later}) FROM claimed
"""
COMES_BEFORE: Final = """EXISTS (
        SELECT FROM counted WHERE is_gauge AND counted.service_id = {months}.service_id
        AND counted.month < {months}.month)"""
LATER: Final = """
    UNION ALL
    SELECT tenant_id, service_id, month, 'total', 0, 0, 0, false, 0, 0, NULL, NULL, NULL
    FROM metering_usagemonth later
    WHERE tenant_id = %(tenant)s AND (service_id, month) NOT IN (SELECT service_id, month FROM counted) AND {before}"""
"""The months after one of a gauge that something is counted in, with nothing more in them: they are locked with the
others, in their order, and what they begin with is settled."""

AS_EVER: Final = {
    "total": TOTAL,
    "last": LAST,
    "add_total": ADD_UP.format(number="total"),
    "add_quantity": ADD_UP.format(number="quantity"),
    "crossed": CROSSED.format(months="months"),
}
COUNT: Final = COUNTING.format(**AS_EVER, later="", or_later="")
COUNT_EARLIER: Final = COUNTING.format(
    **AS_EVER,
    later=LATER.format(before=COMES_BEFORE.format(months="later")),
    or_later=" OR " + COMES_BEFORE.format(months="months"),
)
"""The same for events of gauges that come before what later months began with."""

STORED: Final = """
SELECT encode(uuid_send(key), 'hex'), encode(uuid_send(payload), 'hex')
FROM metering_eventkey WHERE tenant_id = %s AND key = ANY(%s::uuid[])
"""


class Countable(Struct, frozen=True):
    """An event that may count: its time is within the window, and the service is metered. `key` and `payload` are 128
    bits as hexadecimal digits: of what it is called and of what it says."""

    key: str
    payload: str
    source: str
    service_id: int
    day: date
    time: datetime
    event_id: str
    subject: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Counted:
    """Which of the events counted now: `keys`, None for all of them. The allowance of `unsettled` months, by the ids
    of their rows, is not known yet, or what they began with may be another value now (metering/services/allowances.py).
    """

    keys: frozenset[str] | None
    unsettled: Sequence[int]


def count(tenant: Tenant, events: Sequence[Countable], *, gauges: Sequence[int], at: datetime) -> Counted:
    """Count those events that were never counted; no two of them may have the same key. Runs in the caller's
    transaction, once: until that is committed the events are neither claimed nor counted, and whoever called this twice
    in it would take locks out of order."""
    sent: dict[str, Any] = {
        "tenant": tenant.pk,
        "gauges": list(gauges),
        "at": at,
        "thresholds": list(THRESHOLDS),
        "sent": len(events),
        # Array literals: a list of objects takes several times as long. Nothing in the first six can need a quote.
        "keys": f"{{{','.join([event.key for event in events])}}}",
        "payloads": f"{{{','.join([event.payload for event in events])}}}",
        "services": f"{{{','.join([str(event.service_id) for event in events])}}}",
        "days": f"{{{','.join([event.day.isoformat() for event in events])}}}",
        "times": f"{{{','.join([event.time.isoformat() for event in events])}}}",
        "quantities": f"{{{','.join([str(event.quantity) for event in events])}}}",
        "sources": _quoted([event.source for event in events]),
        "ids": _quoted([event.event_id for event in events]),
        "subjects": _quoted([event.subject for event in events]),
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNT_EARLIER if _comes_before_others(tenant, events, gauges, at) else COUNT, sent)
        number, keys, unsettled = cursor.fetchone()
    return Counted(None if number == len(events) else frozenset(keys or ()), sorted(unsettled or ()))


def _quoted(texts: Sequence[str]) -> str:
    """The literal of an array of texts; U+0000 is in none of them, as PostgreSQL keeps none."""
    joined = "\0".join(texts).replace("\\", "\\\\").replace('"', '\\"')
    return '{"' + joined.replace("\0", '","') + '"}'


def _comes_before_others(tenant: Tenant, events: Sequence[Countable], gauges: Sequence[int], at: datetime) -> bool:
    """Whether a gauge is counted in a month after which there may be another."""
    days = [event.day for event in events if event.service_id in gauges]
    return bool(days) and min(days) < max(at.astimezone(tenant.zone).date(), *days).replace(day=1)


def payloads_of(tenant: Tenant, keys: Sequence[str]) -> dict[str, str]:
    """What the events with these keys said, of those that have been counted."""
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(STORED, [tenant.pk, f"{{{','.join(keys)}}}"])
        return dict(cursor.fetchall())

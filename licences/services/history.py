"""The history of a tenant's licences: who changed what, when and why, each entry chained to the one before.

A service that changes licences, seats or tokens begins with `lock_history`, so that a tenant's changes follow one
another, and ends with `record`, in the same transaction. Source: design §5, reliability R-24.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from licences.models import ApiToken, HistoryEntry, HistoryHead, Licence, Tenant, User

type By = User | ApiToken | None
"""Who makes a change: a person, a product back end by its token, or None for the system itself."""

SYSTEM = "the system"
BATCH = 2_000
CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
WRITE = """
INSERT INTO licences_historyentry
    (tenant_id, at, by_id, by_name, why, number, action, user_id, licence_id, subject, before, after, hash)
SELECT %s, %s, %s::bigint, %s, %s, entry.*
FROM json_to_recordset(%s::json) AS entry (
    number bigint, action text, user_id bigint, licence_id bigint, subject text, before jsonb, after jsonb, hash text
)
"""
LONGEST_SUBJECT = 400
"""What is longer is cut: the entry also says by their ids which user and licence it is about."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be written down: `before` and `after` hold only what changed, by name."""

    action: HistoryEntry.Action
    subject: str
    user: User | None = None
    licence: Licence | None = None
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


def lock_history(tenant: Tenant) -> HistoryHead:
    """The end of the tenant's history, locked until the transaction is over: whoever changes something too waits.

    They wait for their turn as long as a statement may take at all (`statement_timeout`), not as briefly as for other
    locks: a queue of many who want the last seat is no sign of trouble.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = 0")
    heads = HistoryHead.objects.select_for_update().filter(tenant=tenant)
    head = heads.first()
    if head is None:
        HistoryHead.objects.bulk_create([HistoryHead(tenant=tenant)], ignore_conflicts=True)
        head = heads.get()
    return head


def record(head: HistoryHead, changes: Iterable[Change], *, by: By, why: str = "") -> None:
    """Write the changes down, in their order, behind the `head` that `lock_history` gave."""
    now, why = timezone.now(), why.strip()[:300]
    by_id = by.pk if isinstance(by, User) and by.tenant_id == head.tenant_id else None
    rows = list(_chained(head, changes, at=_moment(now), by=[by_id, name_of(by)], why=why))
    with connection.cursor() as cursor:
        for start in range(0, len(rows), BATCH):
            part = json.dumps(rows[start : start + BATCH])
            cursor.execute(WRITE, [head.tenant_id, now, by_id, name_of(by), why, part])
    head.save(update_fields=["length", "hash"])


def _chained(
    head: HistoryHead, changes: Iterable[Change], *, at: str, by: list[Any], why: str
) -> Iterator[dict[str, Any]]:
    """Each change as a row of its own; `head` moves on to it."""
    for change in changes:
        user_id = change.user.pk if change.user else None
        licence_id = change.licence.pk if change.licence else None
        subject = change.subject[:LONGEST_SUBJECT]
        head.length += 1
        head.hash = _hash(
            {
                "previous": head.hash,
                "tenant": head.tenant_id,
                "number": head.length,
                "at": at,
                "by": by,
                "action": change.action,
                "of": [user_id, licence_id, subject],
                "before": change.before,
                "after": change.after,
                "why": why,
            }
        )
        yield {
            "number": head.length,
            "action": change.action,
            "user_id": user_id,
            "licence_id": licence_id,
            "subject": subject,
            "before": change.before,
            "after": change.after,
            "hash": head.hash,
        }


def name_of(by: By) -> str:
    """How the history names whoever makes a change."""
    if by is None:
        return SYSTEM
    return by.login_id if isinstance(by, User) else by.source


def hash_of(entry: HistoryEntry, previous: str) -> str:
    """SHA-256, in hexadecimal, over the entry before and all that this one says, in one canonical form."""
    return _hash(
        {
            "previous": previous,
            "tenant": entry.tenant_id,
            "number": entry.number,
            "at": _moment(entry.at),
            "by": [entry.by_id, entry.by_name],
            "action": entry.action,
            "of": [entry.user_id, entry.licence_id, entry.subject],
            "before": entry.before,
            "after": entry.after,
            "why": entry.why,
        }
    )


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _hash(said: dict[str, Any]) -> str:
    return hashlib.sha256(CANONICAL.encode(said).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Break:
    """Where a history is not what was written: the number of the entry, and what is wrong there."""

    number: int
    what: str


def breaks(tenant: Tenant) -> Iterator[Break]:
    """Every place where the tenant's chain is broken: an entry changed, missing, added, or the end cut off."""
    previous, number = "", 0
    for entry in HistoryEntry.objects.filter(tenant=tenant).order_by("number").iterator(chunk_size=BATCH):
        if entry.number != number + 1:
            yield Break(number + 1, "is missing")
        elif entry.hash != hash_of(entry, previous):
            yield Break(entry.number, "is not what was written")
        previous, number = entry.hash, entry.number
    head = HistoryHead.objects.filter(tenant=tenant).first() or HistoryHead(tenant=tenant)
    if (head.length, head.hash) != (number, previous):
        yield Break(number + 1, f"is missing: the history had {head.length} entries")

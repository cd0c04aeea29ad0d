"""The search index, built anew beside the writes that keep it current (docs/adr/0013).

A document is read twice: the first time locks it, so that the second sees whatever has been committed meanwhile, and
nothing older overwrites what a write has just kept.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import structlog
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import Tenant
from notifications.reports.search_kinds import KINDS
from notifications.services.job_kinds import JobKind
from notifications.services.tracker import AlreadyActive, start_job

log = structlog.get_logger(__name__)

PATIENCE: Final = "300ms"
"""Shorter than PostgreSQL takes to look for a deadlock: it is always the rebuild that gives way, and tries again."""
TRIES: Final = 20

COUNT: Final = "(SELECT count(*) FROM search_source_{kind}() WHERE tenant_id = %s)"
NEXT: Final = (
    "SELECT subject FROM search_source_{kind}() WHERE tenant_id = %s AND subject > %s ORDER BY subject LIMIT %s"
)
WITHOUT_SOURCE: Final = """
    DELETE FROM notifications_searchdocument d WHERE d.tenant_id = %s AND d.kind = %s AND d.subject > %s
        AND (%s IS NULL OR d.subject <= %s)
        AND NOT EXISTS (SELECT FROM search_source_{kind}() s WHERE s.tenant_id = d.tenant_id AND s.subject = d.subject)
"""
WORDS: Final = """
    INSERT INTO notifications_searchword (tenant_id, kind, in_body, word, subject)
    SELECT d.tenant_id, d.kind, NOT w.weights && '{A,B}', w.lexeme, d.subject
    FROM notifications_searchdocument d, unnest(d.vector) w
    WHERE d.tenant_id = %s AND d.kind = %s AND d.subject = ANY(%s) ON CONFLICT DO NOTHING
"""
NOT_INDEXED: Final = """
    SELECT n.id FROM licences_tenant n WHERE (
        (NOT EXISTS (SELECT FROM notifications_searchdocument d WHERE d.tenant_id = n.id)
            AND EXISTS (SELECT FROM licences_user u WHERE u.tenant_id = n.id))
        OR search_language(n.language) <> (SELECT language FROM notifications_searchdocument d
            WHERE d.tenant_id = n.id AND d.kind = 'licence' ORDER BY subject LIMIT 1))
    AND NOT EXISTS (SELECT FROM notifications_systemevent e
        WHERE e.tenant_id = n.id AND e.source = 'console' AND e.key = %s AND e.activated_at > %s - interval '1 day')
"""
"""Tenants whose things were there before the index, or whose language has been changed; each is tried once a day."""


@dataclass(frozen=True, slots=True)
class Part:
    """A chunk that was indexed: its last subject, how many there were, and whether it was the last of its kind."""

    last: int
    rows: int
    is_last: bool


def documents(tenant: Tenant) -> int:
    """How many things of the tenant can be found."""
    counts = [COUNT.format(kind=kind) for kind in KINDS]
    return int(_rows(f"SELECT {' + '.join(counts)}", [tenant.pk] * len(KINDS))[0][0])


def index_next(tenant: Tenant, kind: str, *, after: int, at_most: int) -> Part:
    """Write the documents of the next subjects of a kind, remove those of subjects that are gone. Raises
    OperationalError when others hold on to them for too long."""
    for tries_left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return _index(tenant, kind, after, at_most)
        except OperationalError:
            log.info("index_gave_way", kind=kind, after=after, tries_left=tries_left)
            if not tries_left:
                raise
    raise AssertionError


def _index(tenant: Tenant, kind: str, after: int, at_most: int) -> Part:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
        subjects = [each for (each,) in _rows(NEXT.format(kind=kind), [tenant.pk, after, at_most])]
        is_last = len(subjects) < at_most
        last = None if is_last else subjects[-1]
        for _ in range(2):
            cursor.execute(f"SELECT search_index_{kind}(%s, %s)", [tenant.pk, subjects])
        cursor.execute(WITHOUT_SOURCE.format(kind=kind), [tenant.pk, kind, after, last, last])
        cursor.execute(WORDS, [tenant.pk, kind, subjects])
    return Part(subjects[-1] if subjects else after, len(subjects), is_last)


def rebuild_where_needed(kind: JobKind) -> int:
    """Start the rebuild for each tenant that is not indexed, or in another language than its own. Returns how many."""
    with support_scope("look for tenants that are not indexed", routine=True):
        tenant_ids = [pk for (pk,) in _rows(NOT_INDEXED, [kind.key, timezone.now()])]
    for tenant_id in tenant_ids:
        with tenant_scope(tenant_id), suppress(AlreadyActive):
            start_job(kind, tenant=Tenant.objects.get(pk=tenant_id), by=None)
    return len(tenant_ids)


def _rows(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())

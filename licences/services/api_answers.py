"""The same request sent again is answered as the first time and does nothing.

The key is claimed before the effect and answered after it, all in the request's own transaction: whoever sends the key
meanwhile waits for the claim, and what is undone was never answered. Source: reliability R-05.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from config.tenancy.scopes import support_scope
from licences.models import ApiAnswer, Tenant

KEPT: Final = timedelta(days=7)
BATCH: Final = 10_000

CLAIM: Final = """
WITH patient AS (SELECT set_config('lock_timeout', '0', true))
INSERT INTO licences_apianswer (tenant_id, source, route, key, body_hash, status, answer, at)
SELECT %s, %s, %s, %s, %s, 0, '', %s FROM patient
ON CONFLICT (tenant_id, source, route, key) DO NOTHING RETURNING id
"""
"""Waits as long as a statement may take at all: the first of the same requests may stand in a queue."""


class KeyReused(Exception):
    """The key came with another body before."""


@dataclass(frozen=True, slots=True)
class Answered:
    """`body` is what was or is answered, to the byte; `is_replay` that it was before."""

    status: int
    body: str
    is_replay: bool = False


def answer_once(
    tenant: Tenant, *, source: str, route: str, key: str, body_hash: str, effect: Callable[[], Answered]
) -> Answered:
    """What `effect` answers, or what it did when the source sent the same `key` to the route before.

    Runs inside a transaction. Raises KeyReused. Whatever else is raised undoes the claim together with the effect.
    """
    claimed = None
    while claimed is None:
        claimed = _claim(tenant.pk, source, route, key, body_hash)
        if claimed is None:
            before = ApiAnswer.objects.filter(tenant=tenant, source=source, route=route, key=key).first()
            if before is not None:
                return _replay(before, body_hash)
    try:
        answered = effect()
    except BaseException:
        transaction.set_rollback(True)  # also where somebody makes a polite answer of it further out
        raise
    ApiAnswer.objects.filter(tenant=tenant, pk=claimed).update(status=answered.status, answer=answered.body)
    return answered


def _claim(tenant_id: int, source: str, route: str, key: str, body_hash: str) -> int | None:
    """The id of the new row; None when somebody else has it."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [tenant_id, source, route, key, body_hash, timezone.now()])
        row = cursor.fetchone()
    return row[0] if row else None


def _replay(before: ApiAnswer, body_hash: str) -> Answered:
    if before.body_hash != body_hash:
        raise KeyReused
    return Answered(before.status, before.answer, is_replay=True)


def forget_old_answers() -> None:
    """Forget every tenant's answers of more than 7 days ago: their keys are new again."""
    before = timezone.now() - KEPT
    gone = BATCH
    while gone == BATCH:
        with support_scope("forget old answers of the API", routine=True):
            oldest = ApiAnswer.objects.filter(at__lt=before).order_by("at").values("pk")[:BATCH]
            gone, _by_model = ApiAnswer.objects.filter(pk__in=oldest).delete()

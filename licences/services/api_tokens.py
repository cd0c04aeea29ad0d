"""API tokens: made for one source of a tenant, shown once, kept as a hash, revoked at once. Source: design §11.

A token is `lic_` and 64 hexadecimal digits, 256 random bits, so that whoever scans code for secrets can tell it.
"""

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from licences.models import ApiToken, HistoryEntry, Tenant, User
from licences.services.history import By, Change, lock_history, name_of, record

BEGINNING: Final = "lic_"
FORM: Final = re.compile(rf"{BEGINNING}[0-9a-f]{{64}}")
SHOWN: Final = 12
"""So many characters tell one token of a tenant's from another; the rest is nobody's business."""
MARKED_EVERY: Final = timedelta(minutes=1)

BY_HASH: Final = "SELECT * FROM licences_apitoken WHERE hash = %s"
TENANT: Final = "SELECT * FROM licences_tenant WHERE id = %s"
"""Asked at every call of the API, where it costs less than half of what a query that is put together anew does."""


@dataclass(frozen=True, slots=True)
class MadeToken:
    """`clear` is the token itself. Nobody can find it out later."""

    token: ApiToken
    clear: str = field(repr=False)


@transaction.atomic
def make_token(
    tenant: Tenant, *, source: str, scopes: Collection[str], expires_at: datetime | None = None, by: By
) -> MadeToken:
    """Let a product back end in, as `source` and within `scopes`."""
    head = lock_history(tenant)
    clear = f"{BEGINNING}{secrets.token_hex(32)}"
    token = ApiToken.objects.create(
        tenant=tenant,
        source=source,
        scopes=[scope for scope in ApiToken.Scope.values if scope in scopes],
        prefix=clear[:SHOWN],
        hash=hash_of(clear),
        made_at=timezone.now(),
        made_by=by if isinstance(by, User) and by.tenant_id == tenant.pk else None,
        made_by_name=name_of(by),
        expires_at=expires_at,
    )
    said = {
        "source": token.source,
        "scopes": token.scopes,
        "expires_at": expires_at.isoformat() if expires_at else None,
    }
    record(head, [Change(HistoryEntry.Action.TOKEN_MADE, str(token), after=said)], by=by)
    return MadeToken(token, clear)


@transaction.atomic
def revoke_token(token: ApiToken, *, by: By) -> bool:
    """From now on the token lets nobody in. False when it was revoked before."""
    head = lock_history(token.tenant)
    now = timezone.now()
    if not ApiToken.objects.filter(tenant=token.tenant_id, pk=token.pk, revoked_at=None).update(revoked_at=now):
        return False
    token.revoked_at = now
    change = Change(HistoryEntry.Action.TOKEN_REVOKED, str(token), before={"revoked": False}, after={"revoked": True})
    record(head, [change], by=by)
    return True


def find_token(shown: str) -> ApiToken | None:
    """The usable token that was shown, with its tenant; None for every other text. In the identity scope.

    What is compared is the hash, by its index: how long it takes tells nothing of any token.
    """
    if not FORM.fullmatch(shown):
        return None
    found = list(ApiToken.objects.raw(BY_HASH, [hash_of(shown)]))
    if not found or not found[0].is_usable:
        return None
    (found[0].tenant,) = Tenant.objects.raw(TENANT, [found[0].tenant_id])
    return found[0]


def mark_use(token: ApiToken) -> None:
    """Remember that the token is in use, at most once a minute. Whoever is at it already is not waited for."""
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - MARKED_EVERY)
    if token.last_used_at is not None and token.last_used_at > now - MARKED_EVERY:
        return
    free = ApiToken.objects.select_for_update(skip_locked=True, no_key=True).filter(
        stale, tenant=token.tenant_id, pk=token.pk
    )
    ApiToken.objects.filter(pk__in=free.values("pk")).update(last_used_at=now)


def hash_of(clear: str) -> str:
    return hashlib.sha256(clear.encode()).hexdigest()

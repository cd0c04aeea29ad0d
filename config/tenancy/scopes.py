"""Enter a tenant, the identity look-up or support's view for the length of a transaction, and never longer."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import structlog
from django.db import connection, transaction

from config.tenancy.roles import IDENTITY_ROLE, SUPPORT_ROLE, TENANT_ROLE

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Scope:
    role: str
    tenant_id: int | None = None


NOBODY = Scope(TENANT_ROLE)
"""What a connection is outside every scope: the tenant role without a tenant, which sees nothing."""

_current: ContextVar[Scope] = ContextVar("tenancy_scope", default=NOBODY)


class PoisonedConnection(RuntimeError):
    """The connection came with a tenant already set for its whole session: whoever used it before leaked."""


def current_tenant_id() -> int | None:
    """The tenant whose rows can be seen now; None outside a tenant's scope."""
    return _current.get().tenant_id


def enter(scope: Scope) -> None:
    """Switch the running transaction to `scope`. PostgreSQL undoes it when the transaction or savepoint ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('app.tenant_id', true), set_config('role', %s, true), "
            "set_config('app.tenant_id', %s, true)",
            [scope.role, "" if scope.tenant_id is None else str(scope.tenant_id)],
        )
        before = cursor.fetchone()[0]
    if before and _current.get() is NOBODY:
        connection.close()
        raise PoisonedConnection(before)
    _current.set(scope)


@contextmanager
def _scope(scope: Scope) -> Iterator[None]:
    outer = _current.get()
    try:
        with transaction.atomic():
            enter(scope)
            yield
            if outer is not NOBODY and not connection.needs_rollback:
                enter(outer)
        if outer is NOBODY and connection.in_atomic_block:
            # Only inside a transaction that somebody else opened does a setting outlive ours.
            enter(outer)
    finally:
        _current.set(outer)


def tenant_scope(tenant_id: int) -> AbstractContextManager[None]:
    """One transaction in which only this tenant's rows exist."""
    return _scope(Scope(TENANT_ROLE, tenant_id))


def identity_scope() -> AbstractContextManager[None]:
    """One transaction in which nobody is known yet: users can be looked up by login ID, little else is seen."""
    return _scope(Scope(IDENTITY_ROLE))


def support_scope(reason: str, *, routine: bool = False) -> AbstractContextManager[None]:
    """One transaction over every tenant's rows. The reason is logged: who does what, in a few words.

    A `routine` is what the system does every few seconds by itself: worth a line in DEBUG only.
    """
    log.log(logging.DEBUG if routine else logging.INFO, "support_scope_entered", reason=reason)
    return _scope(Scope(SUPPORT_ROLE))

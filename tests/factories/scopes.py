"""The scopes that tests make and look at rows in."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from django.db import connection
from django.db.models import Model

from config.tenancy import scopes
from config.tenancy.roles import SUPPORT_ROLE
from licences.models import Tenant


def as_owner() -> AbstractContextManager[None]:
    """One transaction as the owner of the schema, on the connection that the test already uses. Policies bind it."""
    return scopes._scope(scopes.Scope("none"))


@contextmanager
def behind_the_policies() -> Iterator[None]:
    """One transaction as the owner who has lent itself support's policies: for what nobody in the product can do."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"GRANT {SUPPORT_ROLE} TO CURRENT_USER WITH INHERIT TRUE")
        yield
        cursor.execute(f"GRANT {SUPPORT_ROLE} TO CURRENT_USER WITH INHERIT FALSE")


def scope_of(thing: Model) -> AbstractContextManager[None]:
    """One transaction in which the tenant that `thing` is, or belongs to, is the only one."""
    return scopes.tenant_scope(thing.pk if isinstance(thing, Tenant) else thing.tenant_id)

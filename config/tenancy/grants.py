"""Makes the database roles and gives each what `roles` and the models' policies say, after every migration."""

from collections.abc import Iterator

from django.apps import apps
from django.db import models
from django.db.backends.utils import CursorWrapper

from config.tenancy.constraints import TenantPolicy
from config.tenancy.roles import IDENTITY_ROLE, ROLES, SUPPORT_ROLE, TENANT_ROLE, TENANTLESS


def tenant_policies() -> Iterator[tuple[type[models.Model], TenantPolicy]]:
    """Every model whose table carries a tenancy policy, with that policy."""
    for model in apps.get_models(include_auto_created=True):
        for constraint in model._meta.constraints:
            if isinstance(constraint, TenantPolicy):
                yield model, constraint


def create_roles(cursor: CursorWrapper) -> None:
    """Make the roles that are missing. They cannot log in: the login of DATABASE_URL assumes them."""
    for role in ROLES:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if not cursor.fetchone():
            cursor.execute(f"CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS")
        # To assume, not to inherit: otherwise support's policies would let the owner see every tenant's rows as well.
        cursor.execute(f"GRANT {role} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")


def grant_tables(cursor: CursorWrapper) -> None:
    """Give each role exactly what is declared; take everything else away."""
    cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {', '.join(ROLES)}")
    for table, grant in TENANTLESS.items():
        for role, rights in (
            (TENANT_ROLE, grant.tenant),
            (IDENTITY_ROLE, grant.identity),
            (SUPPORT_ROLE, grant.support),
        ):
            if rights:
                cursor.execute(f'GRANT {rights} ON "{table}" TO {role}')
    for model, policy in tenant_policies():
        for statement in policy.grants(model):
            cursor.execute(statement)

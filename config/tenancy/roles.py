"""The database roles that requests and tasks run as, and what each may do to which table.

The owner (the login of DATABASE_URL) makes the schema and is used by `manage.py migrate` and the catalogue only.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models
from django.db.backends.utils import CursorWrapper
from psycopg import Connection

TENANT_ROLE = "licences_app"
"""One tenant's rows: `app.tenant_id` says whose. Without it, none."""
IDENTITY_ROLE = "licences_identity"
"""Nobody is known yet: looks up users by login ID, and holds what logging in itself writes."""
SUPPORT_ROLE = "licences_support"
"""Every tenant's rows: support staff in Django admin and sweeps over all tenants. Entering it is logged."""

ROLES = (TENANT_ROLE, IDENTITY_ROLE, SUPPORT_ROLE)

READ = "SELECT"
WRITE = "SELECT, INSERT, UPDATE, DELETE"


@dataclass(frozen=True)
class Tenantless:
    """A table without a tenant: what each role may do there, and why it has none."""

    why: str
    tenant: str = ""
    identity: str = ""
    support: str = ""


def _logging_in(why: str) -> Tenantless:
    return Tenantless(why, tenant=WRITE, identity=WRITE, support=WRITE)


_CATALOGUE = Tenantless("the vendor's price list, the same for everyone", tenant=READ, support=READ)

TENANTLESS: dict[str, Tenantless] = {
    "django_session": _logging_in("a session starts before anyone is known"),
    "account_emailaddress": _logging_in("allauth's: looked up while logging in"),
    "account_emailconfirmation": _logging_in("allauth's: looked up while logging in"),
    "mfa_authenticator": _logging_in("allauth's: second factors are checked while logging in"),
    "auth_permission": Tenantless("Django's: described by the code", support=READ),
    "auth_group": Tenantless("Django's: not used, roles decide", support=READ),
    "auth_group_permissions": Tenantless("Django's: not used, roles decide", support=READ),
    "django_content_type": Tenantless("Django's: described by the code", tenant=READ, identity=READ, support=READ),
    "django_admin_log": Tenantless("what support staff did in Django admin", support="SELECT, INSERT"),
    "django_migrations": Tenantless(
        "the state of the schema; /healthz/ready/ reads it", tenant=READ, identity=READ, support=READ
    ),
    "licences_licenceowner": _CATALOGUE,
    "licences_licencetype": _CATALOGUE,
    "licences_planinclusion": _CATALOGUE,
    "licences_addon": _CATALOGUE,
    "licences_addon_brings": _CATALOGUE,
    "licences_suiteplan": _CATALOGUE,
    "licences_suiteplan_brings": _CATALOGUE,
    "licences_restrictiontype": _CATALOGUE,
    "licences_planlimit": _CATALOGUE,
    "metering_meteredservice": _CATALOGUE,
}


class OwnerMigrates:
    """Database router: the schema is the owner's; everything else goes through the door that RLS binds."""

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        return db == "owner"


def tenant_models() -> Iterator[type[models.Model]]:
    """Every model whose table carries a tenancy policy."""
    from config.tenancy.constraints import TenantPolicy

    for model in apps.get_models(include_auto_created=True):
        if any(isinstance(constraint, TenantPolicy) for constraint in model._meta.constraints):
            yield model


def forget_scope(connection: Connection) -> None:
    """Clean a connection on its way back to the pool, whatever was set on it for its session."""
    connection.execute(f"SET ROLE {TENANT_ROLE}")
    connection.execute("SET app.tenant_id = ''")
    if not connection.autocommit:
        connection.commit()


def create_roles(cursor: CursorWrapper) -> None:
    """Make the roles that are missing. They cannot log in: the login of DATABASE_URL assumes them."""
    for role in ROLES:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if not cursor.fetchone():
            cursor.execute(f"CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS")
        cursor.execute(f"GRANT {role} TO CURRENT_USER")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")


def grant_tables(cursor: CursorWrapper) -> None:
    """Give each role exactly what this module and each model's policy say; take everything else away."""
    cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {', '.join(ROLES)}")
    for table, grant in TENANTLESS.items():
        for role, rights in (
            (TENANT_ROLE, grant.tenant),
            (IDENTITY_ROLE, grant.identity),
            (SUPPORT_ROLE, grant.support),
        ):
            if rights:
                cursor.execute(f'GRANT {rights} ON "{table}" TO {role}')
    for model in tenant_models():
        for policy in model._meta.constraints:
            for statement in getattr(policy, "grants", lambda _: ())(model):
                cursor.execute(statement)

"""The database roles that requests and tasks run as, and what each may do to a table without a tenant.

The owner (the login of DATABASE_URL) makes the schema and is used by `manage.py migrate` and the catalogue only.
"""

from dataclasses import dataclass

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
_SERVICE_LEVEL = Tenantless("what the vendor promises, the same for everyone", tenant=READ, support=READ)

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
    "django_migrations": Tenantless("the state of the schema; only the owner reads it"),
    "licences_licenceowner": _CATALOGUE,
    "licences_licencetype": _CATALOGUE,
    "licences_planinclusion": _CATALOGUE,
    "licences_addon": _CATALOGUE,
    "licences_addon_brings": _CATALOGUE,
    "licences_suiteplan": _CATALOGUE,
    "licences_suiteplan_brings": _CATALOGUE,
    "licences_restrictiontype": _CATALOGUE,
    "licences_planlimit": _CATALOGUE,
    "licences_businesscalendar": _SERVICE_LEVEL,
    "licences_calendarday": _SERVICE_LEVEL,
    "licences_servicepolicy": _SERVICE_LEVEL,
    "licences_servicetarget": _SERVICE_LEVEL,
    "metering_meteredservice": _CATALOGUE,
    "metering_tariff": Tenantless(
        "what the vendor charges, the same for everyone", tenant=READ, support="SELECT, INSERT"
    ),
    "notifications_platformnotice": Tenantless(
        "the vendor's words to everybody, on the login page too", tenant=READ, identity=READ, support=WRITE
    ),
}


class OwnerMigrates:
    """Database router: the schema is the owner's; everything else goes through the door that RLS binds."""

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        return db == "owner"


def forget_scope(connection: Connection) -> None:
    """Clean a connection on its way back to the pool, whatever was set on it for its session."""
    connection.execute(f"SET ROLE {TENANT_ROLE}")
    connection.execute("SET app.tenant_id = ''")
    if not connection.autocommit:
        connection.commit()

"""The walk over the database's own catalogue: is every table as isolated as the code says?

Nothing here trusts a migration: tables, policies, keys, rights and roles are read from PostgreSQL and compared with
what `roles` and the models declare. Exceptions stand on lists with their reason, and an exception for something that is
not there is a fault too.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.backends.utils import CursorWrapper

from config.tenancy.constraints import TenantPolicy
from config.tenancy.grants import tenant_policies
from config.tenancy.roles import IDENTITY_ROLE, ROLES, SUPPORT_ROLE, TENANT_ROLE, TENANTLESS

GLOBAL_UNIQUES = {
    "licences_user(login_id)": "the login ID is how the tenant is found (design §14.1); only administrators choose one",
    "licences_apitoken(hash)": "a token is how its tenant is found; nobody chooses a hash of 256 random bits",
    "licences_tenant(serial_number)": "the vendor's number of a tenant; only support staff give one",
}
"""Unique keys of tenant tables that do not start with the tenant: a refusal tells that somebody else has the value."""

WITHOUT_FOREIGN_KEY = {
    "metering_eventkey(tenant_id)": "comes by the thousand; the policy lets no tenant be written that is not there",
    "metering_usageevent(tenant_id)": "as of metering_eventkey",
}
"""Columns that refer to a tenant's table without a key of the database."""

SECURITY_DEFINERS: dict[str, str] = {}
"""Functions that run with their owner's rights, and why they may."""


@dataclass(frozen=True, order=True)
class Fault:
    """`thing` is the table, key, function or role at fault; `why` what is wrong with it, for a person to read."""

    thing: str
    why: str


Rights = dict[tuple[str, str], set[str]]
"""What (table, role) may do; a right on one column is written `UPDATE (password)`."""


# PostgreSQL's own things have an OID below 16384; other sessions' temporary tables are nobody's business. The parts of
# a partitioned table have no policies of their own, and nobody has a right on them: it is reached as a whole.

TABLES = """
SELECT c.oid::regclass::text, relrowsecurity, relforcerowsecurity,
    EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
FROM pg_class c WHERE c.oid >= 16384 AND relpersistence <> 't' AND relkind IN ('r', 'p') AND NOT relispartition
"""

POLICIES = """
SELECT polrelid::regclass::text, polname,
    array_to_string(ARRAY(SELECT CASE r WHEN 0 THEN 'public' ELSE r::regrole::text END FROM unnest(polroles) r), ', '),
    CASE WHEN polpermissive THEN polcmd::text ELSE 'restrictive' END,
    pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
FROM pg_policy
"""

FOREIGN_KEYS = """
SELECT conrelid::regclass::text, conname, confrelid::regclass::text,
    (SELECT array_agg(ARRAY[here.attname::text, there.attname::text]) FROM unnest(conkey, confkey) pair (here, there)
     JOIN pg_attribute here ON here.attrelid = conrelid AND here.attnum = pair.here
     JOIN pg_attribute there ON there.attrelid = confrelid AND there.attnum = pair.there)
FROM pg_constraint WHERE contype = 'f'
"""

UNIQUE_KEYS = """
SELECT indrelid::regclass::text, indisprimary,
    ARRAY(SELECT pg_get_indexdef(indexrelid, position, true) FROM generate_series(1, indnkeyatts) position)
FROM pg_index WHERE indrelid >= 16384 AND (indisunique OR indisexclusion)
"""

VIEWS = """
SELECT c.oid::regclass::text, relkind = 'v',
    coalesce(reloptions && '{security_invoker=true,security_invoker=on}', false),
    EXISTS (SELECT FROM pg_roles r WHERE rolname = ANY(%s) AND has_any_column_privilege(r.oid, c.oid, 'SELECT'))
FROM pg_class c WHERE c.oid >= 16384 AND relkind IN ('v', 'm', 'f')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
"""

DEFINERS = """
SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.oid >= 16384 AND prosecdef
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
"""

ROLE_ATTRIBUTES = """
SELECT rolname, array_remove(ARRAY[
    CASE WHEN rolsuper THEN 'is a superuser' END,
    CASE WHEN rolbypassrls THEN 'bypasses row-level security' END,
    CASE WHEN rolcreaterole THEN 'may create roles' END,
    CASE WHEN rolcanlogin THEN 'can log in' END,
    CASE WHEN EXISTS (SELECT FROM pg_class WHERE relowner = r.oid) THEN 'owns tables' END,
    CASE WHEN EXISTS (SELECT FROM pg_proc WHERE proowner = r.oid) THEN 'owns functions' END,
    CASE WHEN EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid) THEN 'is a member of another role' END,
    CASE WHEN EXISTS (SELECT FROM pg_auth_members WHERE roleid = r.oid AND inherit_option)
        THEN 'is inherited by another role, which its policies then bind as well' END,
    CASE WHEN EXISTS (SELECT FROM pg_namespace n WHERE n.oid >= 2200 AND nspname !~ '^pg_(toast_)?temp_'
        AND has_schema_privilege(r.oid, n.oid, 'CREATE')) THEN 'may create things in a schema' END
], NULL)
FROM pg_roles r WHERE rolname = ANY(%s)
"""

RIGHTS = """
WITH granted AS (
    SELECT c.oid, grantee, privilege_type AS may FROM pg_class c, aclexplode(relacl)
    WHERE c.oid >= 16384 AND relkind IN ('r', 'p', 'S')
    UNION ALL
    SELECT attrelid, grantee, format('%%s (%%s)', privilege_type, attname) FROM pg_attribute, aclexplode(attacl)
    WHERE attrelid >= 16384)
SELECT granted.oid::regclass::text, coalesce(rolname, 'public'), array_agg(may)
FROM granted LEFT JOIN pg_roles r ON r.oid = grantee
WHERE grantee = 0 OR rolname = ANY(%s) GROUP BY 1, 2
"""


def faults(cursor: CursorWrapper) -> list[Fault]:
    """Everything in the database that is less isolated than declared. Needs no more than the right to connect."""
    declared = {model._meta.db_table: policy for model, policy in tenant_policies()}
    tables = _rows(cursor, TABLES)
    columns = {table: "tenant_id" for table, _, _, has_tenant in tables if has_tenant}
    columns |= {table: policy.column for table, policy in declared.items()}
    return sorted(
        {
            *_unlisted(tables, columns),
            *_without_policy(cursor, tables, columns, declared),
            *_plain_foreign_keys(cursor, columns),
            *_global_uniques(cursor, columns),
            *_leaking_views(cursor),
            *_definers(cursor),
            *_roles(cursor),
            *_rights(cursor, declared),
        }
    )


def _rows(cursor: CursorWrapper, sql: str, *parameters: Any) -> list[Any]:
    cursor.execute(sql, parameters or None)
    return list(cursor.fetchall())


def _unlisted(tables: list[Any], columns: Mapping[str, str]) -> Iterator[Fault]:
    """Every table is a tenant's or stands on the list of those without one, and never both."""
    names = {table for table, *_ in tables}
    for table in names - columns.keys() - TENANTLESS.keys():
        yield Fault(table, "has no tenant and is not on the list of tables without one")
    for table in TENANTLESS.keys() & columns.keys():
        yield Fault(table, "has a tenant but is on the list of tables without one")
    for table in TENANTLESS.keys() - names:
        yield Fault(table, "is on the list of tables without a tenant, but there is no such table")


def _without_policy(
    cursor: CursorWrapper, tables: list[Any], columns: Mapping[str, str], declared: Mapping[str, TenantPolicy]
) -> Iterator[Fault]:
    """Row-level security is on, binds the owner too, and has exactly the policies that the model declares."""
    policies = _rows(cursor, POLICIES)
    for table, enabled, forced, _ in tables:
        if table not in columns:
            continue
        if not enabled:
            yield Fault(table, "row-level security is not enabled")
        if not forced:
            yield Fault(table, "row-level security is not forced on its owner")
        wanted = _declared_policies(columns[table], declared.get(table))
        found = [policy for policy in policies if policy[0] == table]
        for _, name, role, command, using, check in found:
            if (command, using, check) != ("*", wanted.get(role), wanted.get(role)):
                yield Fault(table, f"policy {name} for {role} is not the declared one: {using}, check {check}")
        for role in wanted.keys() - {policy[2] for policy in found}:
            yield Fault(table, f"has no policy for {role}")


def _declared_policies(column: str, policy: TenantPolicy | None) -> dict[str, str]:
    """What each role's policy must say, in PostgreSQL's own spelling."""
    mine = f"({column} = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::bigint)"
    said = {TENANT_ROLE: mine, SUPPORT_ROLE: "true"}
    return said | {IDENTITY_ROLE: "true"} if policy and policy.identity else said


def _plain_foreign_keys(cursor: CursorWrapper, columns: Mapping[str, str]) -> Iterator[Fault]:
    """Row-level security does not look at foreign keys, so both ends name the tenant; and each relation has one."""
    kept = set()
    for table, name, target, pairs in _rows(cursor, FOREIGN_KEYS):
        if table not in columns or target not in columns:
            continue
        kept |= {(table, here) for here, _ in pairs}
        if [columns[table], columns[target]] not in pairs:
            yield Fault(table, f"foreign key {name} to {target} does not include the tenant")
    yield from _missing_foreign_keys(columns, kept)


def _missing_foreign_keys(columns: Mapping[str, str], kept: set[tuple[str, str]]) -> Iterator[Fault]:
    """Columns that the models say refer to a tenant's table, and no key of the database holds to it."""
    listed = set(WITHOUT_FOREIGN_KEY)
    for table, field in ((model._meta.db_table, field) for model, _ in tenant_policies() for field in _fields(model)):
        target = field.related_model._meta.db_table if field.related_model else None
        if target not in columns or (table, field.column) in kept:
            continue
        if f"{table}({field.column})" not in WITHOUT_FOREIGN_KEY:
            yield Fault(table, f"{field.column} refers to {target} without a foreign key")
        listed.discard(f"{table}({field.column})")
    for key in listed:
        yield Fault(key, "is on the list of columns without a foreign key, but there is no such column")


def _fields(model: type[models.Model]) -> Iterator[Any]:
    yield from model._meta.concrete_fields


def _global_uniques(cursor: CursorWrapper, columns: Mapping[str, str]) -> Iterator[Fault]:
    """Unique keys start with the tenant. A primary key over `id` may not: nobody chooses its values."""
    listed = set(GLOBAL_UNIQUES)
    for table, is_primary, keys in _rows(cursor, UNIQUE_KEYS):
        if table not in columns or keys[0] == columns[table] or (is_primary and keys == ["id"]):
            continue
        key = f"{table}({', '.join(keys)})"
        if key not in GLOBAL_UNIQUES:
            yield Fault(table, f"unique key over {', '.join(keys)} does not start with the tenant")
        listed.discard(key)
    for key in listed:
        yield Fault(key, "is on the list of global unique keys, but there is no such key")


def _leaking_views(cursor: CursorWrapper) -> Iterator[Fault]:
    """A view runs with its owner's rights unless it says otherwise; what it stores has no policies at all."""
    for view, is_plain, as_invoker, readable in _rows(cursor, VIEWS, list(ROLES)):
        if is_plain and not as_invoker:
            yield Fault(view, "is a view that reads as its owner: security_invoker is not on")
        if not is_plain and readable:
            yield Fault(view, "is a materialised view or foreign table that requests can read")


def _definers(cursor: CursorWrapper) -> Iterator[Fault]:
    found = {name for (name,) in _rows(cursor, DEFINERS)}
    for name in found - SECURITY_DEFINERS.keys():
        yield Fault(name, "is a SECURITY DEFINER function that is not on the list")
    for name in SECURITY_DEFINERS.keys() - found:
        yield Fault(name, "is on the list of SECURITY DEFINER functions, but there is no such function")


def _roles(cursor: CursorWrapper) -> Iterator[Fault]:
    """The roles of requests and tasks exist and have no power of their own."""
    found = dict(_rows(cursor, ROLE_ATTRIBUTES, list(ROLES)))
    for role in ROLES:
        if role not in found:
            yield Fault(role, "there is no such role")
        for attribute in found.get(role, []):
            yield Fault(role, attribute)


def _rights(cursor: CursorWrapper, declared: Mapping[str, TenantPolicy]) -> Iterator[Fault]:
    """Each role has on each table what is declared, to the column, and the public nothing."""
    wanted = _declared_rights(declared)
    found: Rights = {(table, role): set(may) for table, role, may in _rows(cursor, RIGHTS, list(ROLES))}
    for table, role in found.keys() | wanted.keys():
        has, should = found.get((table, role), set()), wanted.get((table, role), set())
        for right in has - should:
            yield Fault(table, f"{role} may {right}, which is not declared")
        for right in should - has:
            yield Fault(table, f"{role} may not {right}, which is declared")


def _declared_rights(declared: Mapping[str, TenantPolicy]) -> Rights:
    said = {
        (table, role): rights
        for table, listed in TENANTLESS.items()
        for role, rights in zip(ROLES, (listed.tenant, listed.identity, listed.support), strict=True)
    }
    for table, policy in declared.items():
        said |= {(table, TENANT_ROLE): policy.rights, (table, SUPPORT_ROLE): policy.support}
        said[table, IDENTITY_ROLE] = policy.identity
    return {key: set(_single_rights(rights)) for key, rights in said.items() if rights}


def _single_rights(rights: str) -> Iterator[str]:
    """`SELECT, UPDATE (a, b)` → SELECT · UPDATE (a) · UPDATE (b)."""
    for right, columns in re.findall(r"(\w+)(?: \(([^)]*)\))?", rights):
        if columns:
            yield from (f"{right} ({column.strip()})" for column in columns.split(","))
        else:
            yield right

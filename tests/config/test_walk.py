"""The walk over the database's catalogue finds nothing here, and finds each kind of fault where one is planted."""

import pytest
from django.db import connection

from config.tenancy import walk
from config.tenancy.constraints import CURRENT_TENANT_SQL
from config.tenancy.walk import Fault, faults
from tests.factories import as_owner

pytestmark = pytest.mark.django_db

MINE = f"tenant_id = {CURRENT_TENANT_SQL}"
POLICIES = f"""
    CREATE POLICY tenant ON scratch.note TO licences_app USING ({MINE}) WITH CHECK ({MINE});
    CREATE POLICY support ON scratch.note TO licences_support USING (true) WITH CHECK (true);
"""
ISOLATED = f"""
    CREATE SCHEMA scratch;
    CREATE TABLE scratch.note (id bigint PRIMARY KEY, tenant_id bigint NOT NULL, user_id bigint, title text);
    ALTER TABLE scratch.note ENABLE ROW LEVEL SECURITY;
    ALTER TABLE scratch.note FORCE ROW LEVEL SECURITY;
    {POLICIES}
"""

PLANTED = {
    "a table without row-level security": (
        "ALTER TABLE scratch.note DISABLE ROW LEVEL SECURITY",
        [Fault("scratch.note", "row-level security is not enabled")],
    ),
    "row-level security that does not bind the owner": (
        "ALTER TABLE scratch.note NO FORCE ROW LEVEL SECURITY",
        [Fault("scratch.note", "row-level security is not forced on its owner")],
    ),
    "a table without a policy": (
        "DROP POLICY tenant ON scratch.note",
        [Fault("scratch.note", "has no policy for licences_app")],
    ),
    "a policy that lets everything be written": (
        f"DROP POLICY tenant ON scratch.note; CREATE POLICY tenant ON scratch.note TO licences_app USING ({MINE})",
        [
            Fault(
                "scratch.note",
                "policy tenant for licences_app is not the declared one: "
                "(tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::bigint), check None",
            )
        ],
    ),
    "one more policy, for everybody": (
        "CREATE POLICY open ON scratch.note USING (true) WITH CHECK (true)",
        [Fault("scratch.note", "policy open for public is not the declared one: true, check true")],
    ),
    "a second policy that lets the tenant see more": (
        "CREATE POLICY more ON scratch.note FOR SELECT TO licences_app USING (true)",
        [Fault("scratch.note", "policy more for licences_app is not the declared one: true, check None")],
    ),
    "a policy on a table of ours that is gone": (
        "DROP POLICY identity ON licences_user",
        [Fault("licences_user", "has no policy for licences_identity")],
    ),
    "a plain foreign key between tenants' tables": (
        "ALTER TABLE scratch.note ADD CONSTRAINT note_user FOREIGN KEY (user_id) REFERENCES licences_user (id)",
        [Fault("scratch.note", "foreign key note_user to licences_user does not include the tenant")],
    ),
    "a foreign key that names the tenant crosswise": (
        (
            "ALTER TABLE scratch.note ADD CONSTRAINT note_user "
            "FOREIGN KEY (user_id, tenant_id) REFERENCES licences_user (tenant_id, id)"
        ),
        [Fault("scratch.note", "foreign key note_user to licences_user does not include the tenant")],
    ),
    "a relation that lost its foreign key": (
        "ALTER TABLE licences_seat DROP CONSTRAINT seat_licence_of_tenant",
        [Fault("licences_seat", "licence_id refers to licences_licence without a foreign key")],
    ),
    "a unique key over all tenants": (
        "CREATE UNIQUE INDEX ON scratch.note (title, tenant_id)",
        [Fault("scratch.note", "unique key over title, tenant_id does not start with the tenant")],
    ),
    "an exclusion over all tenants": (
        "ALTER TABLE scratch.note ADD EXCLUDE (title WITH =)",
        [Fault("scratch.note", "unique key over title does not start with the tenant")],
    ),
    "a listed unique key that is gone": (
        "ALTER TABLE licences_user DROP CONSTRAINT licences_user_login_id_key",
        [Fault("licences_user(login_id)", "is on the list of global unique keys, but there is no such key")],
    ),
    "a view that reads as its owner": (
        "CREATE VIEW scratch.notes AS SELECT * FROM scratch.note",
        [Fault("scratch.notes", "is a view that reads as its owner: security_invoker is not on")],
    ),
    "a materialised view": (
        (
            "CREATE MATERIALIZED VIEW scratch.notes AS SELECT * FROM scratch.note; "
            "GRANT SELECT ON scratch.notes TO licences_app"
        ),
        [Fault("scratch.notes", "is a materialised view or foreign table that requests can read")],
    ),
    "a function with its owner's rights": (
        (
            "CREATE FUNCTION scratch.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER "
            "AS 'SELECT count(*) FROM scratch.note'"
        ),
        [Fault("scratch.peek()", "is a SECURITY DEFINER function that is not on the list")],
    ),
    "a role that the owner inherits": (
        "GRANT licences_support TO CURRENT_USER WITH INHERIT TRUE",
        [Fault("licences_support", "is inherited by another role, which its policies then bind as well")],
    ),
    "a role that can log in": ("ALTER ROLE licences_identity LOGIN", [Fault("licences_identity", "can log in")]),
    "a role that is a member of another": (
        "GRANT licences_support TO licences_app WITH INHERIT FALSE",
        [Fault("licences_app", "is a member of another role")],
    ),
    "a role that may make tables": (
        "GRANT CREATE ON SCHEMA public TO licences_app",
        [Fault("licences_app", "may create things in a schema")],
    ),
    "a role that owns a table": (
        (
            "GRANT USAGE, CREATE ON SCHEMA scratch TO licences_app; ALTER TABLE scratch.note OWNER TO licences_app; "
            "SET LOCAL ROLE licences_app; REVOKE ALL ON scratch.note FROM licences_app; "
            "SET LOCAL ROLE NONE; REVOKE ALL ON SCHEMA scratch FROM licences_app"
        ),
        [Fault("licences_app", "owns tables")],
    ),
    "a table that nobody listed": (
        "CREATE TABLE scratch.colour (id bigint PRIMARY KEY, name text UNIQUE)",
        [Fault("scratch.colour", "has no tenant and is not on the list of tables without one")],
    ),
    "a listed table that is gone": (
        "DROP TABLE licences_planlimit",
        [
            Fault("licences_planlimit", "is on the list of tables without a tenant, but there is no such table"),
            Fault("licences_planlimit", "licences_app may not SELECT, which is declared"),
            Fault("licences_planlimit", "licences_support may not SELECT, which is declared"),
        ],
    ),
    "a listed table that has a tenant": (
        "ALTER TABLE licences_planlimit ADD tenant_id bigint",
        [
            Fault("licences_planlimit", "has a tenant but is on the list of tables without one"),
            Fault("licences_planlimit", "has no policy for licences_app"),
            Fault("licences_planlimit", "has no policy for licences_support"),
            Fault("licences_planlimit", "row-level security is not enabled"),
            Fault("licences_planlimit", "row-level security is not forced on its owner"),
            Fault("licences_planlimit", "unique key over suite_plan_id, restriction_id does not start with the tenant"),
        ],
    ),
    "a right that nobody declared": (
        "GRANT DELETE ON licences_tenant TO licences_app",
        [Fault("licences_tenant", "licences_app may DELETE, which is not declared")],
    ),
    "a right on a column that nobody declared": (
        "GRANT UPDATE (login_id) ON licences_user TO licences_identity",
        [Fault("licences_user", "licences_identity may UPDATE (login_id), which is not declared")],
    ),
    "a right that everybody has": (
        "GRANT SELECT ON licences_addon TO PUBLIC",
        [Fault("licences_addon", "public may SELECT, which is not declared")],
    ),
    "a declared right that is gone": (
        "REVOKE INSERT ON licences_seat FROM licences_app",
        [Fault("licences_seat", "licences_app may not INSERT, which is declared")],
    ),
    "a sequence that requests may move": (
        "GRANT UPDATE ON SEQUENCE licences_seat_id_seq TO licences_app",
        [Fault("licences_seat_id_seq", "licences_app may UPDATE, which is not declared")],
    ),
}


def found() -> list[Fault]:
    with connection.cursor() as cursor:
        return faults(cursor)


def plant(*statements: str) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("; ".join(statements))


def test_nothing_in_the_database_is_less_isolated_than_declared() -> None:
    assert found() == []


def test_an_isolated_table_is_no_fault_wherever_it_stands() -> None:
    plant(ISOLATED)

    assert found() == []


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_fault_is_found_and_nothing_else(planted: str) -> None:
    statement, expected = PLANTED[planted]

    plant(ISOLATED, statement)

    assert found() == sorted(expected)


def test_a_role_that_nothing_binds_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolsuper AND rolbypassrls LIMIT 1")
        (unbound,) = cursor.fetchone()
        monkeypatch.setattr(walk, "ROLES", (unbound,))

        found = {fault.why for fault in walk._roles(cursor)}

    assert {"is a superuser", "bypasses row-level security"} <= found

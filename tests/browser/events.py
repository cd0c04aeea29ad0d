"""Events that no demo has, straight into the running console's database."""

import time

import psycopg

ENDED = {"succeeded", "failed", "cancelled"}


def act_for(database: psycopg.Connection, serial_number: str) -> int:
    """From here on the connection sees and changes this tenant's rows only, as a request does; returns its id."""
    database.execute("SET ROLE licences_support")
    found = database.execute("SELECT id FROM licences_tenant WHERE serial_number = %s", [serial_number]).fetchone()
    assert found
    database.execute("SET ROLE licences_app")
    database.execute("SELECT set_config('app.tenant_id', %s, false)", [str(found[0])])
    return int(found[0])


def forget_imports(database: psycopg.Connection, serial_number: str) -> None:
    """As if no file had ever been imported."""
    tenant_id = act_for(database, serial_number)
    database.execute("DELETE FROM notifications_import WHERE tenant_id = %s", [tenant_id])


def forget_events(database: psycopg.Connection, serial_number: str) -> None:
    """As if nothing had happened to the tenant yet, nor were due tonight."""
    forget_imports(database, serial_number)
    tenant_id = act_for(database, serial_number)
    sleep_tonight(database, tenant_id)
    database.execute("DELETE FROM notifications_systemevent WHERE tenant_id = %s", [tenant_id])


def forget_tokens(database: psycopg.Connection, source: str) -> None:
    """As if the source had never had one. Nobody in the product can do that: the owner borrows support's eyes."""
    database.execute("RESET ROLE")
    database.execute("GRANT licences_support TO CURRENT_USER WITH INHERIT TRUE")
    database.execute("DELETE FROM licences_apitoken WHERE source = %s", [source])
    database.execute("GRANT licences_support TO CURRENT_USER WITH INHERIT FALSE")


def sleep_tonight(database: psycopg.Connection, tenant_id: int) -> None:
    """As if tonight's regeneration had been started already."""
    database.execute(
        "INSERT INTO notifications_occurrence (tenant_id, name, due_on, started_at) SELECT id, 'counter_regeneration',"
        " (now() AT TIME ZONE time_zone)::date, now() FROM licences_tenant WHERE id = %s ON CONFLICT DO NOTHING",
        [tenant_id],
    )


def wait_until_idle(database: psycopg.Connection, serial_number: str, seconds: float = 60) -> None:
    """Until no job of the tenant runs any more, the demo's own included, nor one starts by itself."""
    sleep_tonight(database, act_for(database, serial_number))
    active = "SELECT key FROM notifications_systemevent WHERE source = 'console' AND finished_at IS NULL"
    deadline = time.monotonic() + seconds
    while still := database.execute(active).fetchall():
        assert time.monotonic() < deadline, still
        time.sleep(0.1)


def put_event(
    database: psycopg.Connection, serial_number: str, status: str, *, key: str = "", silent_for: str = "0 s"
) -> int:
    """An import that an administrator of the tenant started, with long words about it; returns its id."""
    found = database.execute(
        "INSERT INTO notifications_systemevent (tenant_id, source, key, run, name, status, percent, done, total,"
        " message, description, scope, owner, activated_at, activated_by_id, finished_at, heartbeat_at)"
        " SELECT tenant_id, 'https://crm.example', %(key)s, '1', 'Import of companies and their contacts', %(status)s,"
        " 42, 42, 100, %(message)s, %(description)s, 'group', 'Sales', now(), id,"
        " CASE WHEN %(ended)s THEN now() END, now() - %(silent_for)s::interval"
        " FROM licences_user WHERE tenant_id = %(tenant)s AND role = 'administrator' RETURNING id",
        {
            "tenant": act_for(database, serial_number),
            "key": key or status,
            "status": status,
            "ended": status in ENDED,
            "silent_for": silent_for,
            "message": "The file companies-and-contacts-of-the-whole-northern-region.csv has 3 rows too many.",
            "description": "Not a single row was changed.\n\n" + "averylongwordwithoutanyspace" * 8,
        },
    ).fetchone()
    assert found
    return int(found[0])


def put_job(database: psycopg.Connection, serial_number: str, status: str) -> int:
    """A counter regeneration of the console in this status. One that is active is in the hands of a worker that does
    nothing: nobody else takes it. Returns the id of its event."""
    event = put_event(database, serial_number, status, key="ROURebuild")
    database.execute("UPDATE notifications_systemevent SET source = 'console' WHERE id = %s", [event])
    database.execute(
        "INSERT INTO notifications_job (tenant_id, event_id, kind, cursor, done, done_before, token, attempts,"
        " lease_until, ended_at) SELECT tenant_id, id, 'counter_regeneration', 0, 0, 0, 1, 1,"
        " CASE WHEN finished_at IS NULL THEN now() + interval '1 hour' END, finished_at"
        " FROM notifications_systemevent WHERE id = %s",
        [event],
    )
    return event

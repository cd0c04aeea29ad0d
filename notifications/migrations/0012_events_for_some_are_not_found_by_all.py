from django.db import migrations

# Policies bind the owner of the tables too, who sees every row only while they do not.
TABLES = ("notifications_searchdocument", "notifications_searchword", "notifications_systemevent")
OPEN = "; ".join(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY" for table in TABLES)
CLOSE = "; ".join(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY" for table in TABLES)

# What is meant for a group or a user is on the list of those; the search, which knows no groups, leaves it out for them.
EVENTS = """
CREATE OR REPLACE FUNCTION search_source_event() RETURNS TABLE
    (tenant_id bigint, subject bigint, title text, body text, admins_only boolean, language text)
LANGUAGE sql STABLE AS $$
SELECT e.tenant_id, e.id, e.name, left(concat_ws(E'\\n', nullif(e.message, ''), nullif(e.description, '')), 2000),
    {admins_only}, search_language(n.language)
FROM notifications_systemevent e JOIN licences_tenant n ON n.id = e.tenant_id
$$
"""
HIDE = """
UPDATE notifications_searchdocument d SET admins_only = true FROM notifications_systemevent e
WHERE d.kind = 'event' AND e.tenant_id = d.tenant_id AND e.id = d.subject AND e.scope IN ('group', 'user')
"""
SHOW = "UPDATE notifications_searchdocument d SET admins_only = false WHERE d.kind = 'event' AND d.admins_only"


def steps(admins_only: str, update: str) -> str:
    return "; ".join((EVENTS.format(admins_only=admins_only), OPEN, update, "SET CONSTRAINTS ALL IMMEDIATE", CLOSE))


class Migration(migrations.Migration):
    dependencies = [("notifications", "0011_imports_begin_by_being_read")]

    operations = [migrations.RunSQL(steps("e.scope IN ('group', 'user')", HIDE), steps("false", SHOW))]

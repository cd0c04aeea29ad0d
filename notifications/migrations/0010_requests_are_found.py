from django.db import migrations

from notifications.search_triggers import forgotten, on_rows, source_and_index

# By its number as well, as people write it or without what it begins with.
REQUESTS = """
SELECT r.tenant_id, r.id, r.title,
    left(concat_ws(E'\\n', 'R-' || lpad(r.id::text, 6, '0'), r.id::text, r.description), 2000), true,
    search_language(n.language)
FROM licences_customerrequest r JOIN licences_tenant n ON n.id = r.tenant_id
"""

KEPT = source_and_index("request", REQUESTS) + on_rows("request", "licences_customerrequest", ["title", "description"])

FORGOTTEN = forgotten("request", {"licences_customerrequest": ["added", "removed", "changed"]})


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0018_new_facts_are_found"),
        ("notifications", "0009_events_for_some"),
    ]

    operations = [
        migrations.RunSQL(KEPT, FORGOTTEN),
    ]

"""Counted events by the ID that their sender gave them, for whoever looks over all tenants."""

from typing import Final

from django.db import connection

from licences.models import ApiToken
from metering.events import LONGEST, key_of

MOST: Final = 200

CALLED: Final = """
SELECT event.id FROM unnest(%s::bigint[], %s::uuid[]) AS asked (tenant_id, key)
JOIN metering_eventkey known USING (tenant_id, key)
JOIN metering_usageevent event ON event.tenant_id = known.tenant_id AND event.service_id = known.service_id
    AND event.day = known.day AND event.time = known.time AND event.key = known.key
ORDER BY event.id DESC LIMIT %s
"""


def events_called(event_id: str, *, tenant_id: int | None = None) -> list[int]:
    """The events with this ID, of every source that has or had a way in; those of one tenant if it is named.

    An ID and its source make a key, and the key finds the event: two queries, both by index.
    """
    if not 0 < len(event_id) <= LONGEST or "\0" in event_id:
        return []
    tokens = ApiToken.objects.filter(tenant=tenant_id) if tenant_id is not None else ApiToken.objects.all()
    sources = tokens.order_by("tenant", "source").values_list("tenant_id", "source").distinct()
    pairs = [(tenant, key_of(source, event_id)) for tenant, source in sources]
    with connection.cursor() as cursor:
        cursor.execute(CALLED, [[tenant for tenant, _ in pairs], [key for _, key in pairs], MOST])
        return [pk for (pk,) in cursor.fetchall()]

"""Sending usage events, as a product back end does."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from licences.models import Tenant
from metering.services.ingest import Outcome, ingest
from tests.factories import scope_of

SOURCE = "https://crm.example"


def event(
    event_id: str, service: str = "emails", *, time: datetime | str | None = None, quantity: Any = 1, **members: Any
) -> dict[str, Any]:
    """A CloudEvent as a back end writes it."""
    said: dict[str, Any] = {"specversion": "1.0", "id": event_id, "source": SOURCE, "type": service}
    if time is not None:
        said["time"] = time if isinstance(time, str) else time.isoformat()
    number = str(quantity) if isinstance(quantity, Decimal) else quantity
    return said | {"data": {"quantity": number}} | members


def send(tenant: Tenant, events: Sequence[dict[str, Any]], **how: Any) -> list[Outcome]:
    """Have the events counted, in a transaction of their own."""
    with scope_of(tenant):
        return ingest(tenant, [json.dumps(each).encode() for each in events], source=SOURCE, **how)

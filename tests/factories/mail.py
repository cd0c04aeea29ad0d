"""What is on its way out."""

import factory

from notifications.models import OutboxEntry
from tests.factories.tenants import LONG_AGO, TenantOwnedFactory


class OutboxEntryFactory(TenantOwnedFactory):
    """A mail that is due; with `delivered`, one that is gone."""

    class Meta:
        model = OutboxEntry

    class Params:
        delivered = factory.Trait(state=OutboxEntry.State.DELIVERED, closed_at=LONG_AGO, attempts=1, token=1)

    kind = "mail"
    recipient = factory.Sequence(lambda n: f"reader{n}@nordlys.example")
    subject = "Your licence expires"
    payload = factory.LazyAttributeSequence(
        lambda entry, n: {
            "number": f"{n:032x}",
            "from": "Licences console <licences@console.example>",
            "to": [entry.recipient],
            "cc": [],
            "reply_to": [],
            "headers": {},
            "text": "It expires tomorrow.\n",
            "html": "<p>It expires tomorrow.</p>",
        }
    )
    created_at = LONG_AGO
    due_at = LONG_AGO

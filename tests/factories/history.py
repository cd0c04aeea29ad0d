"""What was changed."""

import factory

from licences.models import HistoryEntry, HistoryHead
from tests.factories.tenants import LONG_AGO, TenantOwnedFactory


class HistoryHeadFactory(TenantOwnedFactory):
    class Meta:
        model = HistoryHead


class HistoryEntryFactory(TenantOwnedFactory):
    """A row as it lies in the table; what belongs to no chain. Services write chains."""

    class Meta:
        model = HistoryEntry

    number = factory.Sequence(lambda n: n + 1)
    at = LONG_AGO
    by_name = "the system"
    action = HistoryEntry.Action.SEAT_ASSIGNED
    subject = "Ask Berg · Sales Premium"
    hash = "0" * 64

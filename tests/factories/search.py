"""What can be found."""

import factory

from notifications.models import SearchDocument
from tests.factories.tenants import TenantOwnedFactory


class SearchDocumentFactory(TenantOwnedFactory):
    """A document that tells of nothing; those that do are made by triggers."""

    class Meta:
        model = SearchDocument

    kind = "user"
    subject = factory.Sequence(lambda n: 900_000_000 + n)
    title = "Ask Berg"
    body = "ask.berg"
    vector = "'ask':1A 'berg':2A"

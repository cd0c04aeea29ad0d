"""What can be found."""

from typing import Any

import factory
from django.db.models import Model

from config.tenancy import scopes
from notifications.models import SearchDocument, SearchWord
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


class SearchWordFactory(TenantOwnedFactory):
    """A word that leads to nothing."""

    class Meta:
        model = SearchWord

    kind = "user"
    in_body = True
    word = factory.Sequence(lambda n: f"lost{n}")
    subject = factory.Sequence(lambda n: 900_000_000 + n)

    @classmethod
    def _create(cls, model_class: type[Model], *args: Any, **kwargs: Any) -> Model:
        tenant = kwargs.pop("tenant")
        with scopes.tenant_scope(tenant.pk):
            return model_class._default_manager.create(tenant_id=tenant.pk, **kwargs)

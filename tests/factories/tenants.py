"""Tenants, made in support's scope, and what every factory of a tenant's things has."""

from datetime import UTC, datetime
from typing import Any

import factory
from django.db.models import Model
from factory.django import DjangoModelFactory

from config.tenancy import scopes
from licences.models import SupportVisit, Tenant
from tests.factories.catalogue import SuitePlanFactory

LONG_AGO = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class TenantFactory(DjangoModelFactory):
    """A module-based tenant; with `suite`, one on a CRM Suite plan."""

    class Meta:
        model = Tenant

    class Params:
        suite = factory.Trait(
            subscription=Tenant.Subscription.CRM_SUITE, suite_plan=factory.SubFactory(SuitePlanFactory)
        )

    company_name = factory.Sequence(lambda n: f"Nordlys Fisk {n}")
    serial_number = factory.Sequence(lambda n: f"{2_000_000_000 + n}")
    subscription = Tenant.Subscription.MODULE_BASED
    database_type = "PostgreSQL 18"
    product_version = "Console 11"

    @classmethod
    def _create(cls, model_class: type[Model], *args: Any, **kwargs: Any) -> Model:
        with scopes.support_scope("a test makes a tenant"):
            return super()._create(model_class, *args, **kwargs)


class TenantOwnedFactory(DjangoModelFactory):
    class Meta:
        abstract = True

    tenant = factory.SubFactory(TenantFactory)

    @classmethod
    def _generate(cls, strategy: str, params: dict[str, Any]) -> Model:
        made_for = next((value.tenant for value in params.values() if hasattr(value, "tenant_id")), None)
        if made_for is not None:
            params.setdefault("tenant", made_for)
        return super()._generate(strategy, params)

    @classmethod
    def _create(cls, model_class: type[Model], *args: Any, **kwargs: Any) -> Model:
        with scopes.tenant_scope(kwargs["tenant"].pk):
            return super()._create(model_class, *args, **kwargs)


class SupportVisitFactory(TenantOwnedFactory):
    class Meta:
        model = SupportVisit

    login_id = "support"
    reason = "The customer asked about the seats."

    @classmethod
    def _create(cls, model_class: type[Model], *args: Any, **kwargs: Any) -> Model:
        with scopes.support_scope("a test visits a tenant"):
            return model_class._default_manager.create(**kwargs)

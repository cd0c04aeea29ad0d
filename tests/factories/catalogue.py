"""The vendor's price list, made as the owner of the schema."""

from typing import Any

import factory
from django.db.models import Model
from factory.django import DjangoModelFactory

from licences.models import (
    AddOn,
    LicenceOwner,
    LicenceType,
    PlanInclusion,
    PlanLimit,
    RestrictionType,
    SuitePlan,
    Tenant,
)
from licences.services.limits import settle_all_limits
from metering.models import MeteredService
from tests.factories.scopes import as_owner


class CatalogueFactory(DjangoModelFactory):
    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: type[Model], *args: Any, **kwargs: Any) -> Model:
        with as_owner():
            return super()._create(model_class, *args, **kwargs)


class LicenceOwnerFactory(CatalogueFactory):
    """A third party; with `vendor`, the vendor, of whom there is one."""

    class Meta:
        model = LicenceOwner
        django_get_or_create = ["code"]

    class Params:
        vendor = factory.Trait(code="superoffice", name="SuperOffice", is_vendor=True)

    code = factory.Sequence(lambda n: f"owner-{n}")
    name = factory.Sequence(lambda n: f"Tindekart {n}")


class LicenceTypeFactory(CatalogueFactory):
    """A feature of the vendor's that users hold; with `system`, one that the whole company has; `plan`, a user plan."""

    class Meta:
        model = LicenceType

    class Params:
        system = factory.Trait(kind=LicenceType.Kind.SYSTEM)
        plan = factory.Trait(role=LicenceType.Role.PLAN)

    owner = factory.SubFactory(LicenceOwnerFactory, vendor=True)
    code = factory.Sequence(lambda n: f"licence-{n}")
    name = factory.Sequence(lambda n: f"Licence {n}")
    kind = LicenceType.Kind.USER
    tooltip = "Opens the board"
    enables = "The user may open the board and move its cards."
    sort_order = factory.Sequence(int)


class PlanInclusionFactory(CatalogueFactory):
    class Meta:
        model = PlanInclusion

    plan = factory.SubFactory(LicenceTypeFactory, plan=True)
    tier = 1
    feature = factory.SubFactory(LicenceTypeFactory, hidden=True)


class AddOnFactory(CatalogueFactory):
    class Meta:
        model = AddOn

    code = factory.Sequence(lambda n: f"add-on-{n}")
    name = factory.Sequence(lambda n: f"Add-on {n}")
    description = "Something for the whole company."


class SuitePlanFactory(CatalogueFactory):
    class Meta:
        model = SuitePlan

    code = factory.Sequence(lambda n: f"plan-{n}")
    name = factory.Sequence(lambda n: f"Plan {n}")
    rank = factory.Sequence(int)
    description = "A plan for everybody in the company."
    system_licence = factory.SubFactory(LicenceTypeFactory, system=True)
    seat_licence = factory.SubFactory(LicenceTypeFactory, plan=True)


class RestrictionTypeFactory(CatalogueFactory):
    class Meta:
        model = RestrictionType

    code = factory.Sequence(lambda n: f"limit-{n}")
    name = factory.Sequence(lambda n: f"Limit {n}")
    unit_singular = "active project"
    unit_plural = "active projects"
    counts = "Projects that are not closed."
    free_capacity = "Close projects that have ended."
    sort_order = factory.Sequence(int)


class PlanLimitFactory(CatalogueFactory):
    class Meta:
        model = PlanLimit

    suite_plan = factory.SubFactory(SuitePlanFactory)
    restriction = factory.SubFactory(RestrictionTypeFactory)
    limit = 100

    @classmethod
    def _create(cls, model_class: type[Model], *args: Any, **kwargs: Any) -> Model:
        """Whoever has the plan has the limit from now on."""
        row = super()._create(model_class, *args, **kwargs)
        settle_all_limits()
        return row


def planned_limit(tenant: Tenant, kind: RestrictionType) -> int | None:
    """What the tenant's plan says: nothing of what it does not name."""
    with as_owner():
        planned = PlanLimit.objects.filter(suite_plan=tenant.suite_plan_id, restriction=kind).first()
    return planned.limit if planned else 0


def plan_limit(tenant: Tenant, kind: RestrictionType, limit: int | None) -> None:
    """Let the tenant's plan say so from now on."""
    with as_owner():
        PlanLimit.objects.update_or_create(suite_plan=tenant.suite_plan, restriction=kind, defaults={"limit": limit})


class MeteredServiceFactory(CatalogueFactory):
    class Meta:
        model = MeteredService

    code = factory.Sequence(lambda n: f"service-{n}")
    name = factory.Sequence(lambda n: f"Service {n}")
    unit = "e-mails"
    kind = MeteredService.Kind.SUM
    description = "E-mails that left the system."
    sort_order = factory.Sequence(int)

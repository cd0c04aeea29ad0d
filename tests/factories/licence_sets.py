"""What a tenant owns: sets, licences, seats, limits; and the facts about them."""

from datetime import timedelta
from typing import Any

import factory
from django.db.models import F, Model

from licences.models import (
    CounterDifference,
    Licence,
    LicenceDateReached,
    LicenceSet,
    LimitMovement,
    Restriction,
    Seat,
    ServerAnswer,
)
from tests.factories.catalogue import (
    LicenceOwnerFactory,
    LicenceTypeFactory,
    RestrictionTypeFactory,
    plan_limit,
    planned_limit,
)
from tests.factories.scopes import scope_of
from tests.factories.tenants import LONG_AGO, TenantFactory, TenantOwnedFactory
from tests.factories.users import UserFactory


class LicenceSetFactory(TenantOwnedFactory):
    """The tenant's active set of an owner: the one that is there, if there is one."""

    class Meta:
        model = LicenceSet
        django_get_or_create = ["tenant", "owner", "state"]

    owner = factory.SubFactory(LicenceOwnerFactory, vendor=True)
    state = LicenceSet.State.ACTIVE
    issue_number = factory.Sequence(lambda n: n + 1)
    version = "1"
    suite_plan = factory.LazyAttribute(lambda made: made.tenant.suite_plan if made.owner.is_vendor else None)
    received_at = LONG_AGO
    activated_at = LONG_AGO


class LicenceFactory(TenantOwnedFactory):
    class Meta:
        model = Licence

    type = factory.SubFactory(LicenceTypeFactory)
    licence_set = factory.SubFactory(
        LicenceSetFactory, tenant=factory.SelfAttribute("..tenant"), owner=factory.SelfAttribute("..type.owner")
    )
    name = factory.SelfAttribute("type.name")
    total = 10


class SeatFactory(TenantOwnedFactory):
    """A seat that is held, counted on its licence; with `released_at`, one that was given back."""

    class Meta:
        model = Seat

    licence = factory.SubFactory(LicenceFactory, tenant=factory.SelfAttribute("..tenant"))
    user = factory.SubFactory(UserFactory, tenant=factory.SelfAttribute("..tenant"))
    assigned_at = LONG_AGO

    @classmethod
    def _create(cls, model_class: type[Model], *args: Any, **kwargs: Any) -> Model:
        seat = super()._create(model_class, *args, **kwargs)
        if seat.released_at is None:
            with scope_of(seat):
                Licence.objects.filter(pk=seat.licence_id).update(in_use=F("in_use") + 1)
            seat.licence.in_use += 1
        return seat


class RestrictionFactory(TenantOwnedFactory):
    """A limit as the tenant's plan says it; with `limit`, the plan says that."""

    class Meta:
        model = Restriction

    tenant = factory.SubFactory(TenantFactory, suite=True)
    type = factory.SubFactory(RestrictionTypeFactory)
    authority = Restriction.Authority.CONSOLE
    as_of = LONG_AGO
    limit = factory.LazyAttribute(lambda row: planned_limit(row.tenant, row.type))
    carried = factory.LazyAttribute(lambda row: row.used if row.limit is not None and row.used > row.limit else 0)
    used = 0

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Model:
        if kwargs["limit"] != planned_limit(kwargs["tenant"], kwargs["type"]):
            plan_limit(kwargs["tenant"], kwargs["type"], kwargs["limit"])
        row = super()._create(model_class, *args, **kwargs)
        if row.used and row.authority == Restriction.Authority.CONSOLE:
            with scope_of(row):
                LimitMovement.objects.create(
                    tenant=row.tenant, restriction=row, kind="opening", quantity=row.used, at=row.as_of
                )
        return row


class CounterDifferenceFactory(TenantOwnedFactory):
    class Meta:
        model = CounterDifference

    counter = "seats"
    subject = "Sales Premium"
    recount = "recount 1"
    stored = 3
    counted = 2
    found_at = LONG_AGO


class ServerAnswerFactory(TenantOwnedFactory):
    class Meta:
        model = ServerAnswer

    owner = factory.SubFactory(LicenceOwnerFactory, vendor=True)
    status = ServerAnswer.Status.OK
    asked_at = LONG_AGO + timedelta(days=1)


class LicenceDateReachedFactory(TenantOwnedFactory):
    class Meta:
        model = LicenceDateReached

    licence_set = factory.SubFactory(LicenceSetFactory, tenant=factory.SelfAttribute("..tenant"))
    milestone = LicenceDateReached.Milestone.DAYS_30
    due_on = LONG_AGO.date()
    expires_on = LONG_AGO.date()
    noted_at = LONG_AGO

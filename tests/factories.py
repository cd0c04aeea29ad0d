"""One factory per kind of thing. Row-level security binds tests too, so each makes its row as somebody who may.

A tenant's things are made in the tenant's own scope, tenants and support staff in support's, the catalogue as the owner
of the schema. Whatever is made for a tenant's thing (`SeatFactory(user=…)`) belongs to the same tenant.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any

import factory
from django.db import connection
from django.db.models import F, Model
from factory.django import DjangoModelFactory, Password

from config.tenancy import scopes
from config.tenancy.roles import SUPPORT_ROLE
from licences.models import (
    AddOn,
    ApiToken,
    CounterDifference,
    DayOfUse,
    HistoryEntry,
    HistoryHead,
    Hold,
    Licence,
    LicenceDateReached,
    LicenceOwner,
    LicenceSet,
    LicenceType,
    PlanInclusion,
    PlanLimit,
    Restriction,
    RestrictionType,
    Seat,
    ServerAnswer,
    SuitePlan,
    SupportVisit,
    Tenant,
    User,
    UserGroup,
)
from metering.models import MeteredService
from notifications.models import Job, SystemEvent

PASSWORD = "a long pass phrase"
LONG_AGO = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def as_owner() -> AbstractContextManager[None]:
    """One transaction as the owner of the schema, on the connection that the test already uses. Policies bind it."""
    return scopes._scope(scopes.Scope("none"))


@contextmanager
def behind_the_policies() -> Iterator[None]:
    """One transaction as the owner who has lent itself support's policies: for what nobody in the product can do."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"GRANT {SUPPORT_ROLE} TO CURRENT_USER WITH INHERIT TRUE")
        yield
        cursor.execute(f"GRANT {SUPPORT_ROLE} TO CURRENT_USER WITH INHERIT FALSE")


def scope_of(thing: Model) -> AbstractContextManager[None]:
    """One transaction in which the tenant that `thing` is, or belongs to, is the only one."""
    return scopes.tenant_scope(thing.pk if isinstance(thing, Tenant) else thing.tenant_id)


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


class MeteredServiceFactory(CatalogueFactory):
    class Meta:
        model = MeteredService

    code = factory.Sequence(lambda n: f"service-{n}")
    name = factory.Sequence(lambda n: f"Service {n}")
    unit = "e-mails"
    kind = MeteredService.Kind.SUM
    description = "E-mails that left the system."
    sort_order = factory.Sequence(int)


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


class UserGroupFactory(TenantOwnedFactory):
    class Meta:
        model = UserGroup

    name = factory.Sequence(lambda n: f"Group {n}")


class UserFactory(TenantOwnedFactory):
    """A member, whose password is PASSWORD; with `administrator` or `support`, one of those."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        administrator = factory.Trait(role=User.Role.ADMINISTRATOR)
        support = factory.Trait(role=User.Role.SUPPORT, tenant=None)

    login_id = factory.Sequence(lambda n: f"user{n}")
    full_name = factory.Sequence(lambda n: f"Ask Berg {n}")
    email = factory.LazyAttribute(lambda user: f"{user.login_id}@nordlys.example")
    password = Password(PASSWORD)

    @classmethod
    def _create(cls, model_class: type[Model], *args: Any, **kwargs: Any) -> Model:
        if kwargs["tenant"] is not None:
            return super()._create(model_class, *args, **kwargs)
        with scopes.support_scope("a test makes a member of support"):
            return model_class._default_manager.create(**kwargs)


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
    class Meta:
        model = Restriction

    tenant = factory.SubFactory(TenantFactory, suite=True)
    type = factory.SubFactory(RestrictionTypeFactory)
    authority = Restriction.Authority.CONSOLE
    as_of = LONG_AGO


class CounterDifferenceFactory(TenantOwnedFactory):
    class Meta:
        model = CounterDifference

    counter = "seats"
    subject = "Sales Premium"
    recount = "recount 1"
    stored = 3
    counted = 2
    found_at = LONG_AGO


class SupportVisitFactory(TenantOwnedFactory):
    class Meta:
        model = SupportVisit

    login_id = "support"
    reason = "The customer asked about the seats."

    @classmethod
    def _create(cls, model_class: type[Model], *args: Any, **kwargs: Any) -> Model:
        with scopes.support_scope("a test visits a tenant"):
            return model_class._default_manager.create(**kwargs)


class ServerAnswerFactory(TenantOwnedFactory):
    class Meta:
        model = ServerAnswer

    owner = factory.SubFactory(LicenceOwnerFactory, vendor=True)
    status = ServerAnswer.Status.OK
    asked_at = LONG_AGO


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


class ApiTokenFactory(TenantOwnedFactory):
    """A token that nobody knows: `hash` is of nothing."""

    class Meta:
        model = ApiToken

    source = "https://crm.nordlys.example"
    scopes = factory.LazyFunction(lambda: [ApiToken.Scope.LICENCES_READ.value])
    prefix = "lic_0123"
    hash = factory.Sequence(lambda n: f"{n:064x}")
    made_at = LONG_AGO
    made_by_name = "admin"


class DayOfUseFactory(TenantOwnedFactory):
    class Meta:
        model = DayOfUse

    user = factory.SubFactory(UserFactory, tenant=factory.SelfAttribute("..tenant"))
    used_on = LONG_AGO.date()


class HoldFactory(TenantOwnedFactory):
    class Meta:
        model = Hold

    user = factory.SubFactory(UserFactory, tenant=factory.SelfAttribute("..tenant"))
    source = "https://service.nordlys.example"
    key = factory.Sequence(lambda n: f"requests-{n}")
    reason = "12 open requests"
    set_at = LONG_AGO


class LicenceDateReachedFactory(TenantOwnedFactory):
    class Meta:
        model = LicenceDateReached

    licence_set = factory.SubFactory(LicenceSetFactory, tenant=factory.SelfAttribute("..tenant"))
    milestone = LicenceDateReached.Milestone.DAYS_30
    due_on = LONG_AGO.date()
    expires_on = LONG_AGO.date()
    noted_at = LONG_AGO


class SystemEventFactory(TenantOwnedFactory):
    """An event that runs; with `ended`, one that succeeded."""

    class Meta:
        model = SystemEvent

    class Params:
        ended = factory.Trait(
            status=SystemEvent.Status.SUCCEEDED, percent=100, done=200, total=200, finished_at=LONG_AGO
        )

    key = factory.Sequence(lambda n: f"Recount{n}")
    name = "Recount"
    status = SystemEvent.Status.RUNNING
    activated_at = LONG_AGO
    heartbeat_at = LONG_AGO


class JobFactory(TenantOwnedFactory):
    """A job whose event runs; with `ended`, both are over."""

    class Meta:
        model = Job

    class Params:
        ended = factory.Trait(ended_at=LONG_AGO, event__ended=True)

    event = factory.SubFactory(SystemEventFactory, tenant=factory.SelfAttribute("..tenant"))
    kind = "recount"

"""What goes with a limit: its days, the limits agreed with the tenant, the lines it crossed, and how it was used."""

from datetime import timedelta

import factory

from licences.models import ApiAnswer, LimitCrossing, LimitMovement, LimitOverride, LimitReservation, RestrictionDay
from tests.factories.licence_sets import RestrictionFactory
from tests.factories.tenants import LONG_AGO, TenantOwnedFactory


class RestrictionDayFactory(TenantOwnedFactory):
    class Meta:
        model = RestrictionDay

    restriction = factory.SubFactory(RestrictionFactory, tenant=factory.SelfAttribute("..tenant"))
    day = factory.Sequence(lambda n: LONG_AGO.date() + timedelta(days=n))
    used = 1


class LimitOverrideFactory(TenantOwnedFactory):
    """Agreed, and not put in force: that is for `settle_limits`."""

    class Meta:
        model = LimitOverride

    restriction = factory.SubFactory(RestrictionFactory, tenant=factory.SelfAttribute("..tenant"))
    limit = 150
    starts_at = LONG_AGO
    reason = "A project more until the fair"
    set_at = LONG_AGO
    set_by_name = "support"


class LimitCrossingFactory(TenantOwnedFactory):
    class Meta:
        model = LimitCrossing

    restriction = factory.SubFactory(RestrictionFactory, tenant=factory.SelfAttribute("..tenant"))
    threshold = 85
    used = 85
    limit = 100
    at = LONG_AGO


class LimitReservationFactory(TenantOwnedFactory):
    """Held, without the capacity: that is for `consume`."""

    class Meta:
        model = LimitReservation

    restriction = factory.SubFactory(RestrictionFactory, tenant=factory.SelfAttribute("..tenant"))
    quantity = 1
    source = "https://crm.example"
    made_at = LONG_AGO
    expires_at = LONG_AGO + timedelta(minutes=10)


class LimitMovementFactory(TenantOwnedFactory):
    class Meta:
        model = LimitMovement

    restriction = factory.SubFactory(RestrictionFactory, tenant=factory.SelfAttribute("..tenant"))
    kind = LimitMovement.Kind.CONSUMED
    quantity = 1
    at = LONG_AGO
    source = "https://crm.example"


class ApiAnswerFactory(TenantOwnedFactory):
    class Meta:
        model = ApiAnswer

    source = "https://crm.example"
    route = "POST /api/v1/restrictions/active-projects/consume"
    key = factory.Sequence(lambda n: f"key-{n}")
    body_hash = "0" * 64
    status = 200
    answer = "{}"
    at = LONG_AGO

"""What goes with a limit: its days, the limits agreed with the tenant, and the lines it crossed."""

from datetime import timedelta

import factory

from licences.models import LimitCrossing, LimitOverride, RestrictionDay
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

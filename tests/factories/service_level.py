"""What customers are promised when they ask, made as the owner of the schema, and the clocks that run against it."""

from datetime import date, timedelta

import factory

from licences.catalogue.service_level import published_service_level
from licences.models import (
    BusinessCalendar,
    CalendarDay,
    DeadlineFact,
    ServiceClock,
    ServicePolicy,
    ServiceTarget,
    SupportBudget,
    SupportTime,
)
from licences.services.service_clocks import DESK
from licences.services.service_level import calendar_row, day_rows, policy_row, target_rows
from tests.factories.catalogue import CatalogueFactory
from tests.factories.requests import CustomerRequestFactory
from tests.factories.scopes import as_owner
from tests.factories.tenants import LONG_AGO, TenantOwnedFactory

NINE_TO_FIVE = [["09:00", "17:00"]]
OFFICE_WEEK = [NINE_TO_FIVE] * 5 + [[], []]


class BusinessCalendarFactory(CatalogueFactory):
    """Monday to Friday from nine to five in Oslo, without holidays."""

    class Meta:
        model = BusinessCalendar

    code = factory.Sequence(lambda n: f"calendar-{n}")
    name = factory.Sequence(lambda n: f"Desk {n}")
    time_zone = "Europe/Oslo"
    week = OFFICE_WEEK


class CalendarDayFactory(CatalogueFactory):
    class Meta:
        model = CalendarDay

    calendar = factory.SubFactory(BusinessCalendarFactory)
    day = factory.Sequence(lambda n: date(2026, 5, 1) + timedelta(days=n))
    name = "Closed for an outing"
    source = "a test"


class ServicePolicyFactory(CatalogueFactory):
    class Meta:
        model = ServicePolicy

    code = factory.Sequence(lambda n: f"policy-{n}")
    name = factory.Sequence(lambda n: f"Promise {n}")
    calendar = factory.SubFactory(BusinessCalendarFactory)
    valid_from_on = date(2026, 1, 1)


class ServiceTargetFactory(CatalogueFactory):
    """Solved in one business day where it is urgent."""

    class Meta:
        model = ServiceTarget

    policy = factory.SubFactory(ServicePolicyFactory)
    urgency = "high"
    metric = "solution"
    unit = ServiceTarget.Unit.BUSINESS_DAYS
    amount = 1


def desk_policy() -> ServicePolicy:
    """The published promise of the support desk, with its calendar and targets: the one that is there, if it is."""
    level = published_service_level()
    with as_owner():
        there = ServicePolicy.objects.filter(code=DESK).select_related("calendar").first()
        if there is not None:
            return there
        entry = next(entry for entry in level.policies if entry.code == DESK)
        hours = next(each for each in level.calendars if each.code == entry.calendar)
        calendar = calendar_row(hours)
        calendar.save()
        CalendarDay.objects.bulk_create(day_rows(calendar, level.days[hours.code]))
        policy = policy_row(entry, calendar)
        policy.save()
        ServiceTarget.objects.bulk_create(target_rows(policy, level.targets_of(entry.code)))
    return policy


class ServiceClockFactory(TenantOwnedFactory):
    """A solution clock that runs, with a business day to go; with `paused`, one that waits for the customer."""

    class Meta:
        model = ServiceClock

    class Params:
        paused = factory.Trait(due_at=None, paused_at=LONG_AGO, left_minutes=480)

    request = factory.SubFactory(CustomerRequestFactory, tenant=factory.SelfAttribute("..tenant"))
    metric = "solution"
    policy = factory.SubFactory(ServicePolicyFactory)
    calendar = factory.SelfAttribute("policy.calendar")
    started_at = factory.SelfAttribute("request.submitted_at")
    target_minutes = 480
    due_at = factory.LazyAttribute(lambda clock: clock.started_at + timedelta(days=1))


class DeadlineFactFactory(TenantOwnedFactory):
    """A clock went past its deadline."""

    class Meta:
        model = DeadlineFact

    clock = factory.SubFactory(ServiceClockFactory, tenant=factory.SelfAttribute("..tenant"))
    kind = DeadlineFact.Kind.BREACHED
    due_at = factory.SelfAttribute("clock.due_at")
    at = factory.SelfAttribute("clock.due_at")


class SupportBudgetFactory(TenantOwnedFactory):
    class Meta:
        model = SupportBudget

    month = LONG_AGO.date().replace(day=1)
    users = 450
    minutes = 27


class SupportTimeFactory(TenantOwnedFactory):
    class Meta:
        model = SupportTime

    request = factory.SubFactory(CustomerRequestFactory, tenant=factory.SelfAttribute("..tenant"))
    minutes = 15
    at = LONG_AGO
    by_name = "Tuva of support"

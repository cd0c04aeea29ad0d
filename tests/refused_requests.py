"""Of each constraint on requests and on the service level, rows that it refuses; test_constraints.py tries them."""

from collections.abc import Callable
from uuid import uuid4

from tests import factories
from tests.factories import LONG_AGO
from tests.refused_rows import of_another_tenant, twice

REQUESTS: dict[str, dict[str, Callable[[], object]]] = {
    "customerrequest_restriction_of_tenant": {
        "another tenant's": of_another_tenant(
            factories.CustomerRequestFactory, restriction=factories.RestrictionFactory
        )
    },
    "customerrequest_licence_of_tenant": {
        "another tenant's": of_another_tenant(factories.CustomerRequestFactory, licence=factories.LicenceFactory)
    },
    "customerrequest_submitted_by_of_tenant": {
        "another tenant's": of_another_tenant(factories.CustomerRequestFactory, submitted_by=factories.UserFactory)
    },
    "customerrequest_one_open_per_restriction": {
        "again": twice(factories.CustomerRequestFactory, "tenant", "restriction", limit=True)
    },
    "customerrequest_names_what_it_wants": {
        "support that wants a plan": lambda: factories.CustomerRequestFactory(
            wants="plan", suite_plan=factories.SuitePlanFactory()
        ),
        "an upgrade to nothing": lambda: factories.CustomerRequestFactory(kind="upgrade"),
        "some other kind": lambda: factories.CustomerRequestFactory(kind="wish"),
        "a limit that is not named": lambda: factories.CustomerRequestFactory(kind="upgrade", wants="limit"),
        "a plan that is not named": lambda: factories.CustomerRequestFactory(kind="upgrade", wants="plan"),
        "seats, not how many": lambda: factories.CustomerRequestFactory(kind="upgrade", wants="seats"),
        "no seats": lambda: factories.CustomerRequestFactory(kind="upgrade", wants="seats", quantity=0),
        "an add-on that is not named": lambda: factories.CustomerRequestFactory(kind="upgrade", wants="add_on"),
    },
    "customerrequest_affects_no_more_than_all": {
        "more than all": lambda: factories.CustomerRequestFactory(affected_users=21),
        "none at all": lambda: factories.CustomerRequestFactory(affected_users=0, all_users=0),
    },
    "customerrequest_closed_exactly_when_ended": {
        "withdrawn, not closed": lambda: factories.CustomerRequestFactory(state="withdrawn"),
        "approved, closed": lambda: factories.CustomerRequestFactory(state="approved", closed_at=LONG_AGO),
    },
    "requestevent_request_of_tenant": {
        "another tenant's": of_another_tenant(factories.RequestEventFactory, request=factories.CustomerRequestFactory)
    },
    "requestevent_by_of_tenant": {
        "another tenant's": of_another_tenant(factories.RequestEventFactory, by=factories.UserFactory)
    },
    "requestevent_form_once": {"again": twice(factories.RequestEventFactory, "tenant", "form_key", form_key=uuid4())},
    "requestevent_internal_is_of_support": {
        "a customer's": lambda: factories.RequestEventFactory(is_internal=True, is_of_support=False)
    },
    "requestfile_request_of_tenant": {
        "another tenant's": of_another_tenant(factories.RequestFileFactory, request=factories.CustomerRequestFactory)
    },
    "requestfile_event_of_tenant": {
        "another tenant's": lambda: factories.RequestFileFactory(
            event=factories.RequestEventFactory(),
            request=(mine := factories.CustomerRequestFactory()),
            tenant=mine.tenant,
        )
    },
    "requestfile_at_most_5_mib": {"a byte more": lambda: factories.RequestFileFactory(size_bytes=5 * 1024 * 1024 + 1)},
    "supportcontact_user_of_tenant": {
        "another tenant's": of_another_tenant(factories.SupportContactFactory, user=factories.UserFactory)
    },
    "supportcontact_place_once": {"again": twice(factories.SupportContactFactory, "tenant", "place")},
    "supportcontact_user_once": {
        "again": lambda: factories.SupportContactFactory(user=factories.SupportContactFactory().user, place=2)
    },
    "supportcontact_at_most_two": {"a third": lambda: factories.SupportContactFactory(place=3)},
    "businesscalendar_version_once": {"again": twice(factories.BusinessCalendarFactory, "code", "version")},
    "calendarday_once": {"again": twice(factories.CalendarDayFactory, "calendar", "day")},
    "servicepolicy_version_once": {"again": twice(factories.ServicePolicyFactory, "code", "version")},
    "servicetarget_once": {"again": twice(factories.ServiceTargetFactory, "policy", "urgency", "metric")},
    "servicetarget_takes_some_time": {"none": lambda: factories.ServiceTargetFactory(amount=0)},
    "serviceclock_request_of_tenant": {
        "another tenant's": of_another_tenant(factories.ServiceClockFactory, request=factories.CustomerRequestFactory)
    },
    "serviceclock_once": {"again": twice(factories.ServiceClockFactory, "tenant", "request", "metric")},
    "serviceclock_met_or_not_exactly_when_stopped": {
        "stopped, neither": lambda: factories.ServiceClockFactory(stopped_at=LONG_AGO),
        "met, still running": lambda: factories.ServiceClockFactory(is_met=True),
        "stopped, and paused": lambda: factories.ServiceClockFactory(paused=True, stopped_at=LONG_AGO, is_met=True),
    },
    "serviceclock_not_due_while_paused": {
        "paused, and due": lambda: factories.ServiceClockFactory(paused=True, due_at=LONG_AGO)
    },
    "deadlinefact_clock_of_tenant": {
        "another tenant's": lambda: factories.DeadlineFactFactory(
            tenant=factories.TenantFactory(), clock=factories.ServiceClockFactory()
        )
    },
    "deadlinefact_once": {"again": twice(factories.DeadlineFactFactory, "tenant", "clock", "kind")},
    "supportbudget_once_a_month": {"again": twice(factories.SupportBudgetFactory, "tenant", "month")},
    "supportbudget_month_begins_on_its_first": {
        "the second": lambda: factories.SupportBudgetFactory(month=LONG_AGO.date().replace(day=2))
    },
    "supporttime_request_of_tenant": {
        "another tenant's": of_another_tenant(factories.SupportTimeFactory, request=factories.CustomerRequestFactory)
    },
    "supporttime_of_something": {"no minute": lambda: factories.SupportTimeFactory(minutes=0)},
}

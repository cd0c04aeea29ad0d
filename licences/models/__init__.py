"""What a tenant may do: tenants and users, the catalogue, licences and seats, plan restrictions, and
what it asks the vendor for."""

from licences.models.api_answers import ApiAnswer
from licences.models.api_tokens import ApiToken
from licences.models.catalogue import (
    AddOn,
    LicenceOwner,
    LicenceType,
    PlanInclusion,
    PlanLimit,
    RestrictionType,
    SuitePlan,
)
from licences.models.customer_requests import (
    CustomerRequest,
    RequestEvent,
    RequestFile,
    SupportContact,
)
from licences.models.facts import CounterDifference, LicenceDateReached
from licences.models.history import HistoryEntry, HistoryHead
from licences.models.licence_sets import Licence, LicenceSet, ServerAnswer
from licences.models.login_holds import LoginHold
from licences.models.restrictions import (
    LimitCrossing,
    LimitMovement,
    LimitOverride,
    LimitReservation,
    Restriction,
    RestrictionDay,
)
from licences.models.seats import Seat
from licences.models.service_level import (
    BusinessCalendar,
    CalendarDay,
    DeadlineFact,
    Metric,
    ServiceClock,
    ServicePolicy,
    ServiceTarget,
    SupportBudget,
    SupportTime,
)
from licences.models.tenants import Tenant
from licences.models.use import DayOfUse, Hold
from licences.models.users import User, UserGroup
from licences.models.visits import SupportVisit

__all__ = [
    "AddOn",
    "ApiAnswer",
    "ApiToken",
    "BusinessCalendar",
    "CalendarDay",
    "CounterDifference",
    "CustomerRequest",
    "DayOfUse",
    "DeadlineFact",
    "HistoryEntry",
    "HistoryHead",
    "Hold",
    "Licence",
    "LicenceDateReached",
    "LicenceOwner",
    "LicenceSet",
    "LicenceType",
    "LimitCrossing",
    "LimitMovement",
    "LimitOverride",
    "LimitReservation",
    "LoginHold",
    "Metric",
    "PlanInclusion",
    "PlanLimit",
    "RequestEvent",
    "RequestFile",
    "Restriction",
    "RestrictionDay",
    "RestrictionType",
    "Seat",
    "ServerAnswer",
    "ServiceClock",
    "ServicePolicy",
    "ServiceTarget",
    "SuitePlan",
    "SupportBudget",
    "SupportContact",
    "SupportTime",
    "SupportVisit",
    "Tenant",
    "User",
    "UserGroup",
]

"""What a tenant may do: tenants and users, the catalogue, licences and seats, plan restrictions."""

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
from licences.models.facts import CounterDifference, LicenceDateReached
from licences.models.history import HistoryEntry, HistoryHead
from licences.models.licence_sets import Licence, LicenceSet, ServerAnswer
from licences.models.login_holds import LoginHold
from licences.models.restrictions import Restriction
from licences.models.seats import Seat
from licences.models.tenants import Tenant
from licences.models.use import DayOfUse, Hold
from licences.models.users import User, UserGroup
from licences.models.visits import SupportVisit

__all__ = [
    "AddOn",
    "ApiToken",
    "CounterDifference",
    "DayOfUse",
    "HistoryEntry",
    "HistoryHead",
    "Hold",
    "Licence",
    "LicenceDateReached",
    "LicenceOwner",
    "LicenceSet",
    "LicenceType",
    "LoginHold",
    "PlanInclusion",
    "PlanLimit",
    "Restriction",
    "RestrictionType",
    "Seat",
    "ServerAnswer",
    "SuitePlan",
    "SupportVisit",
    "Tenant",
    "User",
    "UserGroup",
]

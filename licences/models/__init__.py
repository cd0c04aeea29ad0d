"""What a tenant may do: tenants and users, the catalogue, licences and seats, plan restrictions."""

from licences.models.catalogue import (
    AddOn,
    LicenceOwner,
    LicenceType,
    PlanInclusion,
    PlanLimit,
    RestrictionType,
    SuitePlan,
)
from licences.models.facts import CounterDifference
from licences.models.licence_sets import Licence, LicenceSet
from licences.models.restrictions import Restriction
from licences.models.seats import Seat
from licences.models.tenants import Tenant
from licences.models.users import User, UserGroup
from licences.models.visits import SupportVisit

__all__ = [
    "AddOn",
    "CounterDifference",
    "Licence",
    "LicenceOwner",
    "LicenceSet",
    "LicenceType",
    "PlanInclusion",
    "PlanLimit",
    "Restriction",
    "RestrictionType",
    "Seat",
    "SuitePlan",
    "SupportVisit",
    "Tenant",
    "User",
    "UserGroup",
]

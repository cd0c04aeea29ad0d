"""Give a tenant what an owner has licensed to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from licences.models import Licence, LicenceOwner, LicenceSet, LicenceType, Tenant


@dataclass(frozen=True, slots=True)
class LicenceDates:
    """Last days, in order: warn from, expires, grace until; maintenance until stands apart. All None: for ever."""

    warn_from_on: date | None = None
    expires_on: date | None = None
    grace_until_on: date | None = None
    maintenance_until_on: date | None = None


@dataclass(frozen=True, slots=True)
class LicenceLine:
    """One licence of a set: its type, how many, under which name the owner sells it, and a plan's tier."""

    type: LicenceType
    total: int
    name: str
    tier: int | None = None


@transaction.atomic
def issue_first_licence_set(
    tenant: Tenant, *, owner: LicenceOwner, version: str, dates: LicenceDates, lines: Iterable[LicenceLine]
) -> LicenceSet:
    """Issue and activate the first set of `owner`. Raises IntegrityError when the tenant has one already."""
    issued = LicenceSet.objects.create(
        tenant=tenant,
        owner=owner,
        version=version,
        activated_at=timezone.now(),
        warn_from_on=dates.warn_from_on,
        expires_on=dates.expires_on,
        grace_until_on=dates.grace_until_on,
        maintenance_until_on=dates.maintenance_until_on,
    )
    Licence.objects.bulk_create(
        Licence(
            tenant=tenant,
            licence_set=issued,
            type=line.type,
            name=line.name,
            tier=line.tier,
            total=line.total,
            unrestricted=line.type.unrestricted,
        )
        for line in lines
    )
    return issued

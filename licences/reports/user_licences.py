"""The licences that users hold: what can be given to them, under the names that addresses and forms use."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.db.models import Count, Q

from licences.models import Licence, LicenceType, Seat, Tenant
from licences.models.users import UserQuerySet
from licences.reports.paging import search_text

type UserLicences = dict[str, Licence]
"""Licences by the key that addresses and forms write: the full code of the licence."""


def user_licences(tenant: Tenant) -> UserLicences:
    """Every licence in force that users can be given, in the order of the screen: the vendor's first. One query."""
    return _found(tenant, Q())


def plans_and(tenant: Tenant, keys: Iterable[str]) -> UserLicences:
    """The plans, and the licences with these keys. A page that every tenant reads must not wait for all licences."""
    codes = [search_text(key).rpartition(".")[-1] for key in keys]
    return _found(tenant, Q(type__role=LicenceType.Role.PLAN) | Q(type__code__in=codes))


def _found(tenant: Tenant, which: Q) -> UserLicences:
    licences = (
        Licence.objects.listed()
        .in_force()
        .filter(which, tenant=tenant, type__kind=LicenceType.Kind.USER)
        .select_related("type__prerequisite", "licence_set__owner")
        .order_by("licence_set__owner", "type__sort_order")
    )
    return {licence.licence_set.owner.full_code(licence.type.code): licence for licence in licences}


def plans(licences: UserLicences) -> UserLicences:
    """The plans among them."""
    return {key: licence for key, licence in licences.items() if licence.is_plan}


def holders_among(tenant: Tenant, users: UserQuerySet) -> dict[int, int]:
    """How many of the users hold each licence, by its id; who holds none of a licence is not counted for it."""
    seats = Seat.objects.active().filter(tenant=tenant, user__in=users.order_by().values("pk"))
    return dict(seats.values_list("licence_id").annotate(holders=Count("pk")))


def feature_named(code: str) -> LicenceType | None:
    """The feature with this full code, with its owner."""
    owner, _, own_code = code.rpartition(".")
    features = LicenceType.objects.filter(role=LicenceType.Role.FEATURE, code=own_code).select_related("owner")
    of_owner = features.filter(owner__code=owner, owner__is_vendor=False)
    return (of_owner if owner else features.filter(owner__is_vendor=True)).first()


@dataclass(slots=True)
class Choice:
    """One licence as somebody may tick it, or has done, with those that need it below."""

    key: str
    licence: Licence
    is_held: bool
    is_ticked: bool
    below: list[Self]

    @property
    def is_full(self) -> bool:
        """No seat is left, and this user has none: there is nothing to tick."""
        available = self.licence.available
        return not self.is_held and available is not None and available <= 0


def choices(licences: UserLicences, held: set[int], ticked: set[str]) -> list[Choice]:
    """What can be ticked for somebody who holds these licences: plans first, then loose licences. A licence that needs
    another stands below it if that one is listed too."""
    by_type = {
        licence.type_id: Choice(key, licence, licence.pk in held, key in ticked, [])
        for key, licence in licences.items()
    }
    top: list[Choice] = []
    for choice in by_type.values():
        above = by_type.get(choice.licence.type.prerequisite_id or 0)
        (above.below if above else top).append(choice)
    return sorted(top, key=lambda choice: not choice.licence.is_plan)

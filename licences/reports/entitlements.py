"""May a user use a feature, and why: one answer for the screens, the API and everything else that asks.

A feature is granted when a licence that brings it is in force, what it needs is there too, and the user can be let in
at all: who cannot log in, holds no plan or has left can use nothing, whatever the company owns. The reasons' codes are
stable. Sources: design §5, domain facts §2.4, §5.3 and §5.5.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.db.models import Exists, OuterRef, Q, TextChoices
from django.utils.translation import gettext_lazy as _

from licences.models import LicenceType, Seat, Tenant, User
from licences.models.users import UserQuerySet
from licences.reports.grants import Grants, Kind, Owned, grants_of


class Reason(TextChoices):
    """Why a feature is there (the first four) or not. The label is the sentence that people read."""

    BY_SYSTEM_LICENCE = "by_system_licence", _("The whole company has it, by a system licence.")
    IN_EVERY_PLAN = "in_every_plan", _("It is in every plan, so also in this user's.")
    BY_PLAN = "by_plan", _("It comes with the user's plan.")
    BY_LICENCE = "by_licence", _("The user holds a licence for it.")
    FORMER_EMPLOYEE = "former_employee", _("The user is a former employee.")
    CANNOT_LOG_IN = "cannot_log_in", _("Logging in is switched off for the user.")
    NO_PLAN = "no_plan", _("The user has no plan, and without one nothing can be used.")
    EXPIRED = "expired", _("The licence for it has expired.")
    GRACE_OVER = "grace_over", _("The licence for it has expired and its grace period is over.")
    PREREQUISITE_MISSING = "prerequisite_missing", _("It needs another licence, which is missing.")
    NOT_ASSIGNED = "not_assigned", _("The company owns a licence for it, of which the user has no seat.")
    PLAN_LACKS_IT = "plan_lacks_it", _("It is in another plan than the user's.")
    LICENCE_MISSING = "licence_missing", _("The company owns no licence for it.")
    SYSTEM_LICENCE_MISSING = "system_licence_missing", _("The company does not own the system licence for it.")


class SourceKind(TextChoices):
    """What a feature comes from, or would."""

    PLAN = "plan", _("Plan")
    LICENCE = "licence", _("Licence")
    SYSTEM_LICENCE = "system_licence", _("System licence")
    BASE = "base", _("Every plan")


@dataclass(frozen=True, slots=True)
class Source:
    """`code` is the full code of the licence."""

    kind: SourceKind
    code: str
    name: str


EVERY_PLAN = Source(SourceKind.BASE, "base", "Every plan")

type Answer = tuple[Reason, tuple[Source, ...]]


@dataclass(frozen=True, slots=True)
class Entitlement:
    """The answer for one feature. `sources` say where it comes from; of a refusal, which of the company's licences
    would bring it, or what is missing: the prerequisite, or the licence that nobody has bought."""

    feature: str
    name: str
    granted: bool
    reason: Reason
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers for every feature; equal only to itself."""

    all: tuple[Entitlement, ...]


def entitlements(user: User) -> list[Entitlement]:
    """Every feature of the vendor, and of the third parties whose licences the tenant has, in the order of the price
    list. Two queries, or six when what is granted has changed; nothing for support staff, who belong to no tenant."""
    return list(answers(user).all)


def answers(user: User) -> Answers:
    """The same as one object, which everybody shares who holds the same: what is made of it can be kept beside it."""
    if user.tenant is None:
        return Answers(())
    return _answers(grants_of(user.tenant), _held_by(user), user.can_log_in, user.is_former_employee)


def entitlement(user: User, feature_code: str) -> Entitlement | None:
    """The answer for one feature; None where there is no such feature for the tenant."""
    if user.tenant is None:
        return None
    grants = grants_of(user.tenant)
    kind = feature_of(grants, feature_code)
    if kind is None:
        return None
    return _Person(grants, _held_by(user), can_log_in=user.can_log_in, has_left=user.is_former_employee).answer(kind)


def users_with(tenant: Tenant, feature: LicenceType | str, grants: Grants | None = None) -> UserQuerySet:
    """Those who may use the feature, a type or its code: exactly the users to whom `entitlement` grants it, and nobody
    where there is no such feature. Who has asked for the grants already passes them on."""
    grants = grants or grants_of(tenant)
    users: UserQuerySet = User.objects.of(tenant)
    kind = feature_of(grants, feature)
    if kind is None:
        return users.none()
    users = users.able_to_log_in().filter(_holds(grants.lets_in), left_at=None)
    for each in (kind.pk, *needed_by(kind.pk, grants)):
        company = grants.company.get(each)
        if company is None or not grants.in_force(company):
            users = users.filter(_holds(grants.seats_with(each)))
    return users


def feature_of(grants: Grants, wanted: LicenceType | str) -> Kind | None:
    """The feature that is meant; None where the tenant's owners have no such feature."""
    if isinstance(wanted, LicenceType):
        kind = grants.kinds.get(wanted.pk)
        return kind if kind and kind.is_feature else None
    return next((kind for kind in grants.kinds.values() if kind.code == wanted and kind.is_feature), None)


def _holds(licences: Iterable[int]) -> Q:
    """Whoever holds a seat of one of the licences."""
    return Q(Exists(Seat.objects.active().filter(user=OuterRef("pk"), tenant=OuterRef("tenant"), licence__in=licences)))


def needed_by(feature: int, grants: Grants) -> list[int]:
    """What the feature needs, and what that needs, and so on."""
    chain = [feature]
    while (needs := grants.needs.get(chain[-1])) is not None and needs not in chain:
        chain.append(needs)
    return chain[1:]


KEPT: Final = 512
"""Answers that a process keeps: people who hold the same licences share theirs."""


@lru_cache(maxsize=KEPT)
def _answers(grants: Grants, held: frozenset[int], can_log_in: bool, has_left: bool) -> Answers:
    person = _Person(grants, held, can_log_in=can_log_in, has_left=has_left)
    return Answers(tuple(person.answer(kind) for kind in grants.kinds.values() if kind.is_feature))


def _held_by(user: User) -> frozenset[int]:
    """Ids of the licences of which the user holds a seat."""
    return frozenset(
        Seat.objects.active().filter(tenant=user.tenant_id, user=user).values_list("licence_id", flat=True)
    )


class _Person:
    """One user, with all that the answers about them are made of."""

    def __init__(self, grants: Grants, held: frozenset[int], *, can_log_in: bool, has_left: bool) -> None:
        self.grants = grants
        self.held = [grants.licences[pk] for pk in sorted(held) if pk in grants.licences]
        self.usable = grants.features_of(each.pk for each in self.held)
        self.barred = self._barred(can_log_in=can_log_in, has_left=has_left)

    def _barred(self, *, can_log_in: bool, has_left: bool) -> Reason | None:
        """Why this person can use nothing at all."""
        if has_left:
            return Reason.FORMER_EMPLOYEE
        if not can_log_in:
            return Reason.CANNOT_LOG_IN
        return Reason.NO_PLAN if self.grants.lets_in.isdisjoint(each.pk for each in self.held) else None

    def answer(self, kind: Kind) -> Entitlement:
        granted = self.barred is None and kind.pk in self.usable
        reason, sources = self._granted(kind) if granted else self._refused(kind)
        return Entitlement(kind.code, kind.name, granted, reason, sources)

    def _has(self, feature: int) -> list[Owned]:
        """What brings the feature to this user: the company's licence, and seats that they hold."""
        company, by_seat = self.grants.company.get(feature), self.grants.by_seat
        seats = [each for each in self.held if feature in by_seat[each.pk]]
        return seats if company is None else [company, *seats]

    def _granted(self, kind: Kind) -> Answer:
        grants = self.grants
        has = [each for each in self._has(kind.pk) if grants.in_force(each)]
        sources = tuple(self._source(each) for each in has)
        found = {source.kind for source in sources}
        if SourceKind.SYSTEM_LICENCE in found:
            return Reason.BY_SYSTEM_LICENCE, sources
        if SourceKind.PLAN not in found:
            return Reason.BY_LICENCE, sources
        if kind.pk in grants.base:
            return Reason.IN_EVERY_PLAN, (EVERY_PLAN, *sources)
        return Reason.BY_PLAN, sources

    def _refused(self, kind: Kind) -> Answer:
        grants, owned = self.grants, self.grants.owned_with(kind.pk)
        sources = tuple(self._source(each) for each in owned)
        if self.barred is not None:
            return self.barred, sources
        if kind.owner_id in grants.stopped and (owned or self._has(kind.pk)):
            end = grants.stopped[kind.owner_id]
            return Reason.EXPIRED if end.expires_on == end.grace_until_on else Reason.GRACE_OVER, sources
        if self._has(kind.pk):
            return Reason.PREREQUISITE_MISSING, (_missing(self._lacking(kind.pk)),)
        if any(source.kind == SourceKind.LICENCE for source in sources):
            return Reason.NOT_ASSIGNED, sources
        if kind.pk in grants.in_some_plan:
            return Reason.PLAN_LACKS_IT, sources
        return Reason.LICENCE_MISSING if kind.is_users else Reason.SYSTEM_LICENCE_MISSING, (_missing(kind),)

    def _lacking(self, feature: int) -> Kind:
        """The first thing on the way to the feature that the user has nothing of."""
        for needed in needed_by(feature, self.grants):
            if not self._has(needed):
                return self.grants.kinds[needed]
        return self.grants.kinds[self.grants.needs[feature]]

    def _source(self, licence: Owned) -> Source:
        kind = self.grants.kinds[licence.type_id]
        return Source(_kind_of(kind), kind.code, licence.name)


def _missing(kind: Kind) -> Source:
    return Source(_kind_of(kind), kind.code, kind.name)


def _kind_of(kind: Kind) -> SourceKind:
    if not kind.is_users:
        return SourceKind.SYSTEM_LICENCE
    return SourceKind.PLAN if kind.role == LicenceType.Role.PLAN else SourceKind.LICENCE

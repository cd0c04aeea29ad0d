"""What the licences of a tenant grant: the one home of "a user may use a feature because of this licence".

Entitlements, the list of users by feature and the rules about seats all ask here. A feature is a licence type; code
asks for features and never for plans. Rows are read as tuples, and what was read is kept as long as a fingerprint of
its rows is the same: an answer over the API has no time to read the price list. Sources: design §5, domain facts §5.3.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import Q, Value

from licences.models import Licence, LicenceOwner, LicenceSet, LicenceType, PlanInclusion, SuitePlan, Tenant

type PlanAtTier = tuple[int, int | None]
"""A plan by the id of its licence type, at a tier; on CRM Suite, where plans have none, None."""


class Kind(NamedTuple):
    """A licence type as the rules need it. `code` is the full code, as the API writes it; `needs` is the id of the type
    that must be there too."""

    pk: int
    owner_id: int
    code: str
    name: str
    kind: str
    role: str
    hidden: bool
    unrestricted: bool
    needs: int | None
    is_vendors: bool

    @property
    def is_feature(self) -> bool:
        return self.role == LicenceType.Role.FEATURE

    @property
    def is_plan(self) -> bool:
        """A plan that counts. One that is unrestricted by nature stands for "no plan"."""
        return self.role == LicenceType.Role.PLAN and not self.unrestricted

    @property
    def is_users(self) -> bool:
        """Given to people one by one, not to the company as a whole."""
        return self.kind == LicenceType.Kind.USER


class Owned(NamedTuple):
    """A licence in force, and what there is of it."""

    pk: int
    type_id: int
    owner_id: int
    name: str
    tier: int | None
    total: int
    in_use: int
    unrestricted: bool

    @property
    def free(self) -> int | None:
        """Seats that can still be given; None when there is no end to them."""
        return None if self.unrestricted else self.total - self.in_use


@dataclass(frozen=True, eq=False)
class Grants:
    """By the ids of licences in force and of licence types.

    `kinds` are the types of the vendor and of the owners that the tenant has a set of, in the order of the price list.
    `company` says which system or site licence grants a feature to everybody, `by_seat` which features come with a
    seat of a user licence: its own and, for a plan, what the plan brings. Only who holds a seat of one of `lets_in` can
    log in. `stopped` are the sets, by owner, whose last day is over: they are listed and grant nothing. `plans` is what
    each plan of this kind of subscription brings, owned or not.
    """

    kinds: Mapping[int, Kind]
    licences: Mapping[int, Owned]
    company: Mapping[int, Owned]
    by_seat: Mapping[int, frozenset[int]]
    lets_in: frozenset[int]
    stopped: Mapping[int, LicenceSet]
    plans: Mapping[PlanAtTier, frozenset[int]]

    def in_force(self, licence: Owned) -> bool:
        """Whether its owner's set still grants anything."""
        return licence.owner_id not in self.stopped

    def features_of(self, held: Iterable[int]) -> set[int]:
        """Ids of the features of somebody who holds seats of these licences: the union of all sources, without what
        needs something that is not there."""
        features = {feature for feature, licence in self.company.items() if self.in_force(licence)}
        for licence_id in held:
            if self.in_force(self.licences[licence_id]):
                features |= self.by_seat[licence_id]
        while lacking := {each for each in features if self.needs.get(each, each) not in features}:
            features -= lacking
        return features

    @cached_property
    def needs(self) -> dict[int, int]:
        """For each feature that is of no use alone, the feature that must be there too."""
        return {kind.pk: kind.needs for kind in self.kinds.values() if kind.needs is not None}

    def seats_with(self, feature_id: int) -> list[int]:
        """Ids of the user licences in force of which a seat brings the feature."""
        return [
            licence_id
            for licence_id, features in self.by_seat.items()
            if feature_id in features and self.in_force(self.licences[licence_id])
        ]

    def owned_with(self, feature_id: int) -> list[Owned]:
        """What the tenant owns that brings the feature to everybody, or to whoever is given a seat."""
        return self._owned_with.get(feature_id, [])

    @cached_property
    def _owned_with(self) -> dict[int, list[Owned]]:
        found = {feature: [licence] for feature, licence in self.company.items()}
        for licence_id, features in self.by_seat.items():
            licence = self.licences[licence_id]
            if not self.kinds[licence.type_id].hidden:
                for feature in features:
                    found.setdefault(feature, []).append(licence)
        return found

    @cached_property
    def in_some_plan(self) -> frozenset[int]:
        """What comes with any plan of this kind of subscription, owned or not."""
        return frozenset[int]().union(*self.plans.values())

    @cached_property
    def base(self) -> frozenset[int]:
        """What every plan at every tier brings, so that whoever has one has it. A single plan is no "every"."""
        brought = list(self.plans.values())
        return frozenset.intersection(*brought) if len(brought) > 1 else frozenset()


KEPT: Final = 256
"""So many tenants' grants a process keeps, the latest asked for."""

FINGERPRINT: Final = """
SELECT count(*), sum(hash) FROM (
    SELECT hash_record_extended(each, 1) AS hash FROM licences_licenceset each WHERE tenant_id = %(tenant)s
    UNION ALL SELECT hash_record_extended(each, 2) FROM licences_licence each WHERE tenant_id = %(tenant)s
        AND licence_set_id IN (SELECT id FROM licences_licenceset WHERE tenant_id = %(tenant)s AND state = 'active')
    UNION ALL SELECT hash_record_extended(each, 3) FROM licences_licenceowner each
    UNION ALL SELECT hash_record_extended(each, 4) FROM licences_licencetype each
    UNION ALL SELECT hash_record_extended(each, 5) FROM licences_planinclusion each
    UNION ALL SELECT hash_record_extended(each, 6) FROM licences_suiteplan each
    UNION ALL SELECT hash_record_extended(each, 7) FROM licences_suiteplan_brings each
) hashes
"""


class _Overtaken(Exception):
    """Something was committed while it was being read."""


def grants_of(tenant: Tenant) -> Grants:
    """What the tenant's active sets grant now. One query, or five when any row that it is made of has changed since it
    was last asked; never more, whatever the number of users."""
    while True:
        with suppress(_Overtaken):
            return _read(tenant.pk, tenant.suite_plan_id, tenant.today, _fingerprint(tenant.pk))


def _fingerprint(tenant_id: int) -> tuple[int, int]:
    """Another one whenever a row of the tenant's sets or of the price list is another one. PostgreSQL hashes the rows,
    some hundreds, in less time than it takes to send them."""
    with connection.cursor() as cursor:
        cursor.execute(FINGERPRINT, {"tenant": tenant_id})
        rows, hashes = cursor.fetchone()
    return int(rows), int(hashes or 0)


@lru_cache(maxsize=KEPT)
def _read(tenant_id: int, suite_plan_id: int | None, today: date, fingerprint: tuple[int, int]) -> Grants:
    kinds = _kinds(tenant_id)
    licences, sets = _licences(tenant_id)
    plans, of_suite = (_plans(), None) if suite_plan_id is None else _suite_plans(suite_plan_id)
    if _fingerprint(tenant_id) != fingerprint:
        raise _Overtaken
    by_seat, lets_in = {}, set()
    for licence in licences.values():
        kind = kinds[licence.type_id]
        if not kind.is_users:
            continue
        is_own_plan = kind.is_plan if of_suite is None else kind.pk == of_suite
        plan = (kind.pk, licence.tier if of_suite is None else None)
        brings = plans.get(plan, frozenset()) if is_own_plan else frozenset()
        by_seat[licence.pk] = brings | {kind.pk}
        if is_own_plan and kind.is_vendors:
            lets_in.add(licence.pk)
    return Grants(
        kinds=kinds,
        licences=licences,
        company={each.type_id: each for pk, each in licences.items() if pk not in by_seat},
        by_seat=by_seat,
        lets_in=frozenset(lets_in),
        stopped={pk: each for pk, each in sets.items() if each.standing(today) == LicenceSet.Standing.STOPPED},
        plans=plans,
    )


def _kinds(tenant_id: int) -> dict[int, Kind]:
    owners = LicenceSet.objects.active().filter(tenant=tenant_id).values("owner")
    types = LicenceType.objects.filter(Q(owner__is_vendor=True) | Q(owner__in=owners))
    names = ("pk", "owner_id", "code", "name", "kind", "role", "hidden", "unrestricted", "prerequisite_id")
    rows = types.order_by("-owner__is_vendor", "owner__name", "sort_order").values_list(
        *names, "owner__is_vendor", "owner__code"
    )
    kinds = {}
    for *row, owner in rows:
        kind = Kind._make(row)
        kinds[kind.pk] = kind if kind.is_vendors else kind._replace(code=LicenceOwner(code=owner).full_code(kind.code))
    return kinds


def _licences(tenant_id: int) -> tuple[dict[int, Owned], dict[int, LicenceSet]]:
    """The licences in force, and their sets by owner."""
    own = ("pk", "type_id", "licence_set__owner_id", "name", "tier", "total", "in_use", "unrestricted")
    dates = ("warn_from_on", "expires_on", "grace_until_on")
    rows = Licence.objects.in_force().filter(tenant=tenant_id, licence_set__tenant=tenant_id).order_by("pk")
    licences: dict[int, Owned] = {}
    sets: dict[int, LicenceSet] = {}
    for row in rows.values_list(*own, *(f"licence_set__{name}" for name in dates)):
        licence = Owned(*row[: len(own)])
        licences[licence.pk] = licence
        if licence.owner_id not in sets:
            of_set = dict(zip(dates, row[len(own) :], strict=True))
            sets[licence.owner_id] = LicenceSet(owner_id=licence.owner_id, **of_set)
    return licences, sets


def _plans() -> dict[PlanAtTier, frozenset[int]]:
    """What each plan at each tier brings."""
    rows = PlanInclusion.objects.values_list("plan_id", "tier").annotate(brings=ArrayAgg("feature_id"))
    return {(plan, tier): frozenset(brings) for plan, tier, brings in rows}


def _suite_plans(suite_plan_id: int) -> tuple[dict[PlanAtTier, frozenset[int]], int]:
    """What each CRM Suite plan brings, and which is the tenant's own."""
    brings = ArrayAgg("brings", filter=Q(brings__isnull=False), default=Value([]))
    rows = list(
        SuitePlan.objects.order_by("rank").annotate(features=brings).values_list("pk", "seat_licence", "features")
    )
    own = next(seat for pk, seat, _features in rows if pk == suite_plan_id)
    return {(seat, None): frozenset(features) for _pk, seat, features in rows}, own

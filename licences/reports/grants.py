"""What the licences of a tenant grant: the one home of "a user may use a feature because of this licence".

Entitlements, the list of users by feature and the rules about seats all ask here. A feature is a licence type; code
asks for features and never for plans. Sources: design §5, domain facts §5.3.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from licences.models import Licence, LicenceSet, LicenceType, PlanInclusion, SuitePlan, Tenant


@dataclass(frozen=True, slots=True)
class Grants:
    """By the ids of licences in force and of licence types.

    `company` says which system and site licence grants a feature to everybody, `by_seat` which features come with a
    seat of a user licence: its own and, for a plan, what the plan brings. `stopped` are the owners whose grace period
    is over: what they license is listed and grants nothing.
    """

    licences: Mapping[int, Licence]
    company: Mapping[int, Licence]
    by_seat: Mapping[int, frozenset[int]]
    stopped: frozenset[int]

    def in_force(self, licence: Licence) -> bool:
        """Whether its owner's set still grants anything."""
        return licence.licence_set.owner_id not in self.stopped

    def features_of(self, held: Iterable[int]) -> set[int]:
        """Ids of the features of somebody who holds seats of these licences: the union of all sources."""
        features = {feature for feature, licence in self.company.items() if self.in_force(licence)}
        for licence_id in held:
            if self.in_force(self.licences[licence_id]):
                features |= self.by_seat[licence_id]
        return features

    def seats_with(self, feature_id: int) -> list[int]:
        """Ids of the user licences of which a seat grants the feature."""
        return [
            licence_id
            for licence_id, features in self.by_seat.items()
            if feature_id in features and self.in_force(self.licences[licence_id])
        ]


def grants_of(tenant: Tenant) -> Grants:
    """What the tenant's active sets grant now. Three queries, whatever the number of users."""
    sets = LicenceSet.objects.active().filter(tenant=tenant).select_related("owner")
    by_id = {each.pk: each for each in sets}
    licences = {
        licence.pk: licence
        for licence in Licence.objects.filter(tenant=tenant, licence_set__in=by_id).select_related("type__prerequisite")
    }
    for licence in licences.values():
        licence.licence_set = by_id[licence.licence_set_id]
    user_licences = {pk: each for pk, each in licences.items() if each.type.kind == LicenceType.Kind.USER}
    brought = _brought_by_plans(tenant, user_licences)
    return Grants(
        licences=licences,
        company={each.type_id: each for pk, each in licences.items() if pk not in user_licences},
        by_seat={pk: frozenset({each.type_id, *brought[pk]}) for pk, each in user_licences.items()},
        stopped=frozenset(
            each.owner_id for each in by_id.values() if each.standing(tenant.today) == LicenceSet.Standing.STOPPED
        ),
    )


def _brought_by_plans(tenant: Tenant, user_licences: Mapping[int, Licence]) -> dict[int, set[int]]:
    """The features that each plan brings, by the id of its licence. On CRM Suite the one plan brings what it has."""
    brought: dict[int, set[int]] = defaultdict(set)
    plans = {each.type_id: each for each in user_licences.values() if each.type.role == LicenceType.Role.PLAN}
    if tenant.suite_plan_id is not None:
        suite_plan = SuitePlan.objects.prefetch_related("brings").get(pk=tenant.suite_plan_id)
        if suite_plan.seat_licence_id in plans:
            brought[plans[suite_plan.seat_licence_id].pk] |= {each.pk for each in suite_plan.brings.all()}
        return brought
    for plan_id, tier, feature_id in PlanInclusion.objects.filter(plan__in=plans).values_list(
        "plan_id", "tier", "feature_id"
    ):
        if plans[plan_id].tier == tier:
            brought[plans[plan_id].pk].add(feature_id)
    return brought

"""What on the price list brings a feature, and what of it the tenant has bought."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, TextChoices, Value
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licences.catalogue.published import published_catalogue
from licences.models import AddOn, SuitePlan, Tenant
from licences.plan_features import PREMIUM, TIER_NAMES, TIERS, company_wide
from licences.reports.grants import Grants, Kind, Owned, PlanAtTier


class OfferKind(TextChoices):
    PLAN = "plan", gettext_lazy("Plan")
    SUITE_PLAN = "suite_plan", gettext_lazy("CRM Suite plan")
    ADD_ON = "add_on", gettext_lazy("Add-on")
    LICENCE = "licence", gettext_lazy("Licence for single users")
    SYSTEM_LICENCE = "system_licence", gettext_lazy("System licence")


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that brings a feature. `owned` is the tenant's licence of it, where there are seats to be given."""

    kind: OfferKind
    name: str
    is_bought: bool = False
    owned: Owned | None = None


class _SuitePlan(NamedTuple):
    pk: int
    name: str
    brings: frozenset[int]


class Offers:
    """The price list as one tenant sees it; two queries when it is made, none when it is asked."""

    def __init__(self, tenant: Tenant, grants: Grants) -> None:
        brings = ArrayAgg("brings", filter=Q(brings__isnull=False), default=Value([]))
        self.add_ons = dict(AddOn.objects.order_by("name").annotate(types=brings).values_list("name", "types"))
        suite_plans = SuitePlan.objects.order_by("rank").annotate(types=brings).values_list("pk", "name", "types")
        self.suite_plans = [_SuitePlan(pk, name, frozenset(types)) for pk, name, types in suite_plans]
        self.tenant, self.grants = tenant, grants
        self.owned = {each.type_id: each for each in grants.licences.values()}
        self.company_wide = {} if tenant.is_suite else _company_wide(grants.kinds)
        places = {pk: place for place, pk in enumerate(grants.kinds)}
        plans = {*grants.plans, *self.company_wide} if not tenant.is_suite else set[PlanAtTier]()
        self.plans = sorted(plans, key=lambda plan: (places[plan[0]], plan[1] or 0))

    def of(self, feature: Kind) -> list[Offer]:
        """Everything that brings the feature, what has been bought first."""
        sources = (self._plans(feature), self._suite_plans(feature), self._add_ons(feature), self._by_itself(feature))
        offers = [offer for source in sources for offer in source]
        return sorted(offers, key=lambda offer: not offer.is_bought)

    def _plans(self, feature: Kind) -> Iterator[Offer]:
        bringing = [plan for plan in self.plans if feature.pk in self._brought_by(plan)]
        bought = [plan for plan in self.plans if self._bought(plan)]
        for plan in bringing:
            if plan in bought:
                owned = self.owned[plan[0]]
                yield Offer(OfferKind.PLAN, owned.name, is_bought=True, owned=owned)
        others = [plan for plan in self.plans if plan not in bought]
        for name in self._in_words([plan for plan in bringing if plan not in bought], others):
            yield Offer(OfferKind.PLAN, name)

    def _brought_by(self, plan: PlanAtTier) -> frozenset[int]:
        return self.grants.plans.get(plan, frozenset()) | self.company_wide.get(plan, frozenset())

    def _bought(self, plan: PlanAtTier) -> bool:
        owned = self.owned.get(plan[0])
        return owned is not None and owned.tier == plan[1]

    def _in_words(self, bringing: list[PlanAtTier], others: list[PlanAtTier]) -> Iterator[str]:
        """The plans among the others, all of them or all of Premium in one word."""
        premium = {plan for plan in others if plan[1] == PREMIUM}
        if len(others) > 1 and bringing == others:
            yield _("Every other plan") if len(others) < len(self.plans) else _("Every plan")
            return
        if len(premium) > 1 and premium <= set(bringing):
            yield _("Every other Premium plan") if self._has_premium() else _("Every Premium plan")
            bringing = [plan for plan in bringing if plan not in premium]
        for kind, tier in bringing:
            yield f"{self.grants.kinds[kind].name} {TIER_NAMES.get(tier or 0, '')}".strip()

    def _has_premium(self) -> bool:
        return any(plan[1] == PREMIUM and self._bought(plan) for plan in self.plans)

    def _suite_plans(self, feature: Kind) -> Iterator[Offer]:
        """The lowest that brings it; those above bring it too. The tenant's own counts as bought."""
        bringing = [plan for plan in self.suite_plans if feature.pk in plan.brings]
        own = next((plan for plan in bringing if plan.pk == self.tenant.suite_plan_id), None)
        if own is not None:
            seats = next((self.owned[pk] for pk in self.owned if pk in self._seat_types()), None)
            yield Offer(OfferKind.SUITE_PLAN, f"CRM Suite {own.name}", is_bought=True, owned=seats)
        elif bringing:
            yield Offer(OfferKind.SUITE_PLAN, f"CRM Suite {bringing[0].name}")

    def _seat_types(self) -> set[int]:
        return {self.grants.licences[pk].type_id for pk in self.grants.lets_in}

    def _add_ons(self, feature: Kind) -> Iterator[Offer]:
        """An add-on is no row of a licence set: who owns all that it brings is taken to have bought it."""
        for name, types in self.add_ons.items():
            if feature.pk in types:
                yield Offer(OfferKind.ADD_ON, name, is_bought=self.owned.keys() >= set(types))

    def _by_itself(self, feature: Kind) -> Iterator[Offer]:
        if not feature.hidden:
            owned = self.owned.get(feature.pk)
            kind = OfferKind.LICENCE if feature.is_users else OfferKind.SYSTEM_LICENCE
            seats = owned if feature.is_users else None
            yield Offer(kind, owned.name if owned else feature.name, is_bought=owned is not None, owned=seats)


def _company_wide(kinds: Mapping[int, Kind]) -> dict[PlanAtTier, frozenset[int]]:
    """What the company gets beside the seats of each plan: the price list's files know, the database does not."""
    ids = {kind.code: kind.pk for kind in kinds.values() if kind.is_vendors}
    found: dict[PlanAtTier, frozenset[int]] = defaultdict(frozenset)
    catalogue = published_catalogue()
    for plan in catalogue.plans:
        for tier in TIERS:
            if plan.code in ids:
                codes = company_wide(plan.code, tier, catalogue=catalogue)
                found[ids[plan.code], tier] = frozenset(ids[code] for code in codes if code in ids)
    return found

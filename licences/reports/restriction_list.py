"""How close a CRM Suite tenant is to each limit of its plan."""

from dataclasses import dataclass
from datetime import datetime

from licences.indicator import Indicator, indicator, percent_used
from licences.models import PlanLimit, Restriction, RestrictionType, SuitePlan, Tenant


@dataclass(frozen=True, slots=True)
class RestrictionRow:
    """One limit; `limit` None is no limit, 0 not in the plan. `percent` is whole and rounded down."""

    code: str
    name: str
    unit: str
    used: int
    limit: int | None
    state: Indicator
    percent: int | None
    as_of: datetime


def restrictions(tenant: Tenant) -> list[RestrictionRow]:
    """Every limit that is in force, in the order of the catalogue; none on a module-based subscription."""
    if not tenant.is_suite:
        return []
    rows = Restriction.objects.filter(tenant=tenant).select_related("type").order_by("type__sort_order")
    return [row_of(row) for row in rows]


def row_of(restriction: Restriction) -> RestrictionRow:
    """One limit as screens and the API tell it."""
    kind, limit = restriction.type, restriction.limit
    return RestrictionRow(
        code=kind.code,
        name=kind.name,
        unit=kind.unit_singular if (restriction.used if limit is None else limit) == 1 else kind.unit_plural,
        used=restriction.used,
        limit=limit,
        state=indicator(restriction.used, limit),
        percent=percent_used(restriction.used, limit),
        as_of=restriction.as_of,
    )


@dataclass(frozen=True, slots=True)
class PlanColumn:
    """One plan of the comparison, with its limits in the order of `RestrictionType`."""

    plan: SuitePlan
    is_current: bool
    limits: list[int | None]


def plan_comparison(tenant: Tenant) -> tuple[list[RestrictionType], list[PlanColumn]]:
    """Every plan with every limit; the tenant's own is marked."""
    types = list(RestrictionType.objects.all())
    limits = {(row.suite_plan_id, row.restriction_id): row.limit for row in PlanLimit.objects.all()}
    return types, [
        PlanColumn(plan, plan.pk == tenant.suite_plan_id, [limits.get((plan.pk, kind.pk), 0) for kind in types])
        for plan in SuitePlan.objects.all()
    ]

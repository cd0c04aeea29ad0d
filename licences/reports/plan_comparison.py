"""The five plans side by side: what each allows, and whether what the tenant uses today would fit there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from licences.indicator import Indicator, indicator, percent_used
from licences.models import CustomerRequest, PlanLimit, Restriction, RestrictionType, SuitePlan, Tenant
from licences.reports.restriction_list import RestrictionRow, limits_of, row_of


class Fit(TextChoices):
    """How today's use would stand there, by the rule of the indicator."""

    FITS = "fits", _("fits")
    CLOSE = "close", _("close to the limit")
    FULL = "full", _("full, no room for another")
    OVER = "over", _("would be over")
    ABSENT = "absent", _("not in the plan")


ROOMY: Final = {Fit.FITS, Fit.CLOSE, Fit.ABSENT}


@dataclass(frozen=True, slots=True)
class Cell:
    """One limit on one plan. `over` is by how much today's use would exceed it. On the tenant's own plan `limit` is the
    one in force for it, and `planned` the plan's own where that is another."""

    limit: int | None
    fit: Fit
    over: int
    percent: int | None
    is_agreed: bool
    planned: int | None


@dataclass(frozen=True, slots=True)
class PlanColumn:
    """`request` is the open one for this plan. `is_bigger` than the tenant's own."""

    plan: SuitePlan
    is_current: bool
    is_bigger: bool
    request: CustomerRequest | None


@dataclass(frozen=True, slots=True)
class LimitLine:
    """One limit with its cell on each plan; `used` None where nothing is counted for the tenant."""

    type: RestrictionType
    used: RestrictionRow | None
    cells: list[tuple[PlanColumn, Cell]]


@dataclass(frozen=True, slots=True)
class PlanComparison:
    """`smallest` is the lowest plan with room for everything that is in use today; None when no plan has it."""

    columns: list[PlanColumn]
    lines: list[LimitLine]
    smallest: SuitePlan | None
    current: SuitePlan | None

    @property
    def has_agreed_limits(self) -> bool:
        """Whether a limit of the tenant's is not its plan's."""
        return any(cell.is_agreed for line in self.lines for _column, cell in line.cells)


def plan_comparison(tenant: Tenant, *, for_administrators: bool) -> PlanComparison:
    """Every plan with every limit against the tenant's own use. At most five queries."""
    own = {each.type_id: each for each in limits_of(tenant)}
    planned = {(row.suite_plan_id, row.restriction_id): row.limit for row in PlanLimit.objects.all()}
    columns = list(_columns(tenant, _open_requests(tenant) if for_administrators else {}))
    lines = [_line(kind, own.get(kind.pk), columns, planned) for kind in RestrictionType.objects.all()]
    roomy = (column.plan for place, column in enumerate(columns) if _has_room(lines, place))
    current = next((column.plan for column in columns if column.is_current), None)
    return PlanComparison(columns, lines, next(roomy, None), current)


def _columns(tenant: Tenant, asked: Mapping[int, CustomerRequest]) -> list[PlanColumn]:
    plans = list(SuitePlan.objects.all())
    rank = next((plan.rank for plan in plans if plan.pk == tenant.suite_plan_id), 0)
    return [PlanColumn(plan, plan.rank == rank, plan.rank > rank, asked.get(plan.pk)) for plan in plans]


def _open_requests(tenant: Tenant) -> dict[int, CustomerRequest]:
    rows = CustomerRequest.objects.open().filter(tenant=tenant, wants=CustomerRequest.Wants.PLAN)
    return {each.suite_plan_id: each for each in rows.only("suite_plan_id", "state") if each.suite_plan_id}


def _line(
    kind: RestrictionType,
    own: Restriction | None,
    columns: list[PlanColumn],
    planned: Mapping[tuple[int, int], int | None],
) -> LimitLine:
    used = own.used if own else 0
    cells = []
    for column in columns:
        by_plan = planned.get((column.plan.pk, kind.pk), 0)
        limit = own.limit if own and column.is_current else by_plan
        cells.append((column, cell(used, limit, planned=by_plan)))
    return LimitLine(kind, row_of(own) if own else None, cells)


def cell(used: int, limit: int | None, *, planned: int | None) -> Cell:
    """How so much use stands against a limit; what is in use where a plan has none of it would be over."""
    over = 0 if limit is None else max(0, used - limit)
    return Cell(limit, _fit(used, limit, over), over, percent_used(used, limit), limit != planned, planned)


def _fit(used: int, limit: int | None, over: int) -> Fit:
    if over:
        return Fit.OVER
    states = {
        Indicator.BLACK: Fit.FITS,
        Indicator.YELLOW: Fit.CLOSE,
        Indicator.RED: Fit.FULL,
        Indicator.NOT_IN_PLAN: Fit.ABSENT,
    }
    return states[indicator(used, limit)]


def _has_room(lines: list[LimitLine], place: int) -> bool:
    return all(line.cells[place][1].fit in ROOMY for line in lines)

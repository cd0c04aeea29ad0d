"""What a gift would change, before it is given: limits and how they stand, and the licences of the next set."""

from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from licences.models import Licence, LicenceSet, LimitOverride, PlanLimit, Restriction, SuitePlan, Tenant
from licences.reports.licence_changes import LicenceChange
from licences.reports.restriction_list import RestrictionRow, row_of
from licences.services.granting import Gift, issue_with
from licences.services.licence_sets import Issue


@dataclass(frozen=True, slots=True)
class LimitChange:
    """A limit that will be another one, before and after."""

    before: RestrictionRow
    after: RestrictionRow


@dataclass(frozen=True, slots=True)
class Preview:
    """What would change. A licence set with short rows waits until the tenant has given seats back; else, as a limit,
    it is in force at once. `plans` are the plan before and after where it changes."""

    gift: Gift
    limits: list[LimitChange]
    rows: list[LicenceChange]
    plans: tuple[SuitePlan, SuitePlan] | None = None
    issue: Issue | None = None

    @property
    def last_day(self) -> date | None:
        """The last one on which a limit holds, where the customer is."""
        return (self.gift.ends_at - timedelta(days=1)).date() if self.gift.ends_at else None

    @property
    def waits(self) -> bool:
        return any(row.is_short for row in self.rows)

    @property
    def shown_rows(self) -> list[LicenceChange]:
        return [row for row in self.rows if row.is_worth_showing]


def preview_of(tenant: Tenant, gift: Gift, now: datetime) -> Preview:
    """Reads only. Raises what issue_with raises."""
    if gift.restriction is not None:
        return Preview(gift, [_with_limit(gift.restriction, gift.limit)], [])
    issue = issue_with(tenant, gift)
    plan = tenant.suite_plan
    plans = (plan, issue.suite_plan) if plan and issue.suite_plan and plan != issue.suite_plan else None
    limits = _limits_of(tenant, plans[1], now) if plans else []
    return Preview(gift, limits, changes_by(tenant, issue), plans, issue)


def _with_limit(restriction: Restriction, limit: int | None) -> LimitChange:
    after = copy(restriction)
    after.limit = limit
    return LimitChange(row_of(restriction), row_of(after))


def _limits_of(tenant: Tenant, plan: SuitePlan, now: datetime) -> list[LimitChange]:
    """By the limits of the plan; one that is overridden stays."""
    planned = dict(PlanLimit.objects.filter(suite_plan=plan).values_list("restriction_id", "limit"))
    in_force = LimitOverride.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), starts_at__lte=now)
    overridden = set(in_force.filter(tenant=tenant).values_list("restriction_id", flat=True))
    rows = Restriction.objects.filter(tenant=tenant).select_related("type").order_by("type__sort_order")
    changes = [_with_limit(row, planned.get(row.type_id, 0)) for row in rows if row.pk not in overridden]
    return [change for change in changes if change.before.limit != change.after.limit]


def changes_by(tenant: Tenant, issue: Issue) -> list[LicenceChange]:
    """What a licence set that is not there yet changes against the present one."""
    sets = LicenceSet.objects.active().filter(tenant=tenant, owner=issue.owner)
    present = sets.select_related("suite_plan").first()
    rows = present.licences.select_related("type") if present else Licence.objects.none()
    old_seat = present.suite_plan.seat_licence_id if present and present.suite_plan else None
    new_plan = issue.suite_plan or tenant.suite_plan
    new_seat = new_plan.seat_licence_id if new_plan and issue.owner.is_vendor else None
    before: dict[int, Licence] = {0 if row.type_id == old_seat else row.type_id: row for row in rows}
    after: dict[int, Licence] = {
        0 if line.type.pk == new_seat else line.type.pk: Licence(
            tenant=tenant,
            type=line.type,
            name=line.name,
            tier=line.tier,
            total=line.total,
            unrestricted=line.type.unrestricted,
        )
        for line in issue.lines
    }
    changes = [LicenceChange(before.get(kind), after.get(kind)) for kind in {**before, **after}]
    return sorted((each for each in changes if each.is_altered), key=lambda each: each.shown.type.sort_order)

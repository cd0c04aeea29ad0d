"""One limit of a tenant's: how it stands, since when, where it is heading, what changed it and what happened."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from django.db.models import Q
from django.utils import timezone

from licences.models import CustomerRequest, LimitCrossing, LimitOverride, PlanLimit, Restriction, Tenant
from licences.reports.restriction_chart import Chart, chart
from licences.reports.restriction_list import RestrictionRow, row_of, wants_more
from licences.reports.restriction_trend import Trend, trends
from licences.trend import BackTest, back_test

NEWEST_CROSSINGS: Final = 20
OLD: Final = timedelta(days=1)
"""From this age on it is pointed out that the product's last report is old."""


@dataclass(frozen=True, slots=True)
class Day:
    """`more` than on the day before; None for the first day that is known."""

    day: date
    used: int
    more: int | None


@dataclass(frozen=True, slots=True)
class LimitDetail:
    """`override` is the one in force and `coming` those of later, the next first; `plans` are those that have the
    limit at all, the lowest first."""

    restriction: Restriction
    row: RestrictionRow
    trend: Trend
    chart: Chart | None
    tested: BackTest | None
    override: LimitOverride | None
    coming: list[LimitOverride]
    plans: list[PlanLimit]
    crossings: list[LimitCrossing]
    request: CustomerRequest | None
    may_upgrade: bool

    @property
    def is_old(self) -> bool:
        """Whether the product has been silent for so long that the number may be another by now."""
        by_product = self.restriction.authority == Restriction.Authority.PRODUCT
        return by_product and timezone.now() - self.restriction.as_of >= OLD

    @property
    def days(self) -> list[Day]:
        """The newest first."""
        return list(reversed(list(_days(self.trend))))


def limit_detail(restriction: Restriction, tenant: Tenant, *, for_administrators: bool) -> LimitDetail:
    """Six queries, however much there is."""
    row, found = row_of(restriction), trends(tenant, [restriction])[restriction.pk]
    override, coming = _overrides(restriction, tenant)
    crossings = LimitCrossing.objects.filter(tenant=tenant, restriction=restriction)
    asked = CustomerRequest.objects.open().filter(tenant=tenant, restriction=restriction)
    request = asked.first() if for_administrators else None
    return LimitDetail(
        restriction=restriction,
        row=row,
        trend=found,
        chart=chart(found),
        tested=back_test(found.values) if found.forecast else None,
        override=override,
        coming=coming,
        plans=list(
            PlanLimit.objects.filter(restriction=restriction.type_id)
            .exclude(limit=0)
            .select_related("suite_plan")
            .order_by("suite_plan__rank")
        ),
        crossings=list(crossings[:NEWEST_CROSSINGS]),
        request=request,
        may_upgrade=for_administrators and request is None and wants_more(row),
    )


def _overrides(restriction: Restriction, tenant: Tenant) -> tuple[LimitOverride | None, list[LimitOverride]]:
    """The newest of those in force, which is the one that counts, and those to come."""
    now = timezone.now()
    not_over = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    rows = list(LimitOverride.objects.filter(not_over, tenant=tenant, restriction=restriction))
    in_force = next((each for each in rows if each.starts_at <= now), None)
    return in_force, sorted((each for each in rows if each.starts_at > now), key=lambda each: each.starts_at)


def _days(shown: Trend) -> Iterator[Day]:
    (first_on, first), *_rest = shown.days
    yield Day(first_on, first, None)
    yield from (Day(day, used, used - before) for (_, before), (day, used) in pairwise(shown.days))

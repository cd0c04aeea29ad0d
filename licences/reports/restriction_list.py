"""How close a CRM Suite tenant is to each limit of its plan."""

from dataclasses import dataclass
from datetime import datetime

from licences.indicator import Indicator, indicator, percent_used
from licences.models import CustomerRequest, Restriction, Tenant
from licences.reports.restriction_chart import Spark, spark
from licences.reports.restriction_trend import LimitForecast, trends


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


@dataclass(frozen=True, slots=True)
class WatchedLimit:
    """A limit with its last 90 days, what comes of them, and the request for more that is open, if any.

    `may_upgrade` is for administrators, from 85 % on, of what the plan has, unless they have asked already.
    """

    row: RestrictionRow
    spark: Spark | None
    forecast: LimitForecast | None
    request: CustomerRequest | None
    may_upgrade: bool


def restrictions(tenant: Tenant) -> list[RestrictionRow]:
    """Every limit that is in force, in the order of the catalogue; none on a module-based subscription."""
    return [row_of(row) for row in limits_of(tenant)]


def limits_of(tenant: Tenant) -> list[Restriction]:
    """The rows themselves, with their types."""
    if not tenant.is_suite:
        return []
    return list(Restriction.objects.filter(tenant=tenant).select_related("type").order_by("type__sort_order"))


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


def watched_limits(tenant: Tenant, *, for_administrators: bool) -> list[WatchedLimit]:
    """Every limit as Status shows it. Three queries, however many limits and days there are."""
    rows = limits_of(tenant)
    if not rows:
        return []
    shown, asked = trends(tenant, rows), open_requests(tenant) if for_administrators else {}
    return [
        WatchedLimit(
            row=(told := row_of(each)),
            spark=None if each.limit == 0 else spark(shown[each.pk]),
            forecast=shown[each.pk].forecast,
            request=(request := asked.get(each.pk)),
            may_upgrade=for_administrators and request is None and wants_more(told),
        )
        for each in rows
    ]


def open_requests(tenant: Tenant) -> dict[int, CustomerRequest]:
    """By the id of the restriction: the open request for more of it, of which there is at most one."""
    rows = CustomerRequest.objects.open().filter(tenant=tenant, restriction__isnull=False)
    return {each.restriction_id: each for each in rows.only("restriction_id", "state") if each.restriction_id}


def wants_more(row: RestrictionRow) -> bool:
    """Whether it is time to ask for more: from 85 % on, never of what is not in the plan."""
    return row.state in {Indicator.YELLOW, Indicator.RED}

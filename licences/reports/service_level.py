"""How the promise of the support desk was kept in a month, and how much support came with it. Sources: R18, R20."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Least
from django.utils import timezone

from licences.models import CustomerRequest, Metric, ServiceClock, SupportBudget, SupportTime, Tenant
from licences.service_hours import budget_minutes, is_attained
from licences.services.service_clocks import NoPolicy, policy_for
from licences.services.support_time import begin_of, users_at

A_MONTH_AND_MORE = timedelta(days=32)


@dataclass(frozen=True, slots=True)
class Attainment:
    """Of one metric: how many clocks were decided in a month, and how many of them were met."""

    metric: Metric
    closed: int
    met: int
    goal_percent: int

    @property
    def is_attained(self) -> bool | None:
        """Whether more than the goal was met, strictly; None where there was nothing."""
        return is_attained(self.met, self.closed, self.goal_percent)

    @property
    def percent(self) -> int | None:
        """Whole, and rounded down: 90 of 100 and 10 of 11 both read 90, so say `met` of `closed` beside it."""
        return None if self.closed == 0 else self.met * 100 // self.closed


@dataclass(frozen=True, slots=True)
class SupportMonth:
    """The support time of a tenant's month, in minutes. `users` are those at its beginning."""

    month: date
    users: int
    minutes: int
    used: int

    @property
    def left(self) -> int:
        """Negative when more was worked than comes with the month."""
        return self.minutes - self.used


def next_month(month: date) -> date:
    return (month.replace(day=1) + A_MONTH_AND_MORE).replace(day=1)


def attainment(month: date, *, tenant: Tenant | None = None) -> list[Attainment]:
    """One for each metric, of a tenant or of everybody the caller sees; nothing for a month without a promise.

    A clock counts in the month, on the desk's calendar, in which it was decided: when it was met, or when its deadline
    passed. One that is open and past its deadline is missed; one of a request that was withdrawn in time is neither.
    """
    month = month.replace(day=1)
    try:
        policy = policy_for(next_month(month) - timedelta(days=1))
    except NoPolicy:
        return []
    begin, end = (datetime.combine(day, time(), tzinfo=policy.calendar.zone) for day in (month, next_month(month)))
    clocks = ServiceClock.objects.all() if tenant is None else ServiceClock.objects.filter(tenant=tenant)
    withdrawn = Q(request__state=CustomerRequest.State.WITHDRAWN, stopped_at__gte=F("request__closed_at"), is_met=True)
    decided = (
        clocks.filter(Q(stopped_at__isnull=False) | Q(due_at__lte=timezone.now()))
        .exclude(withdrawn)
        .alias(decided_at=Least("stopped_at", "due_at"))
        .filter(decided_at__gte=begin, decided_at__lt=end)
    )
    counts = decided.order_by().values("metric").annotate(closed=Count("pk"), met=Count("pk", filter=Q(is_met=True)))
    found = {row["metric"]: (row["closed"], row["met"]) for row in counts}
    return [Attainment(metric, *found.get(metric, (0, 0)), goal_percent=policy.goal_percent) for metric in Metric]


def support_month(tenant: Tenant, month: date) -> SupportMonth:
    """What came with the month, as it was written down or else as it will be, and what was used of it."""
    month = month.replace(day=1)
    begin, end = begin_of(month, tenant), begin_of(next_month(month), tenant)
    worked = SupportTime.objects.filter(tenant=tenant, at__gte=begin, at__lt=end).aggregate(used=Sum("minutes"))
    written = SupportBudget.objects.filter(tenant=tenant, month=month).first()
    users = users_at(tenant, begin) if written is None else written.users
    minutes = budget_minutes(users) if written is None else written.minutes
    return SupportMonth(month, users, minutes, worked["used"] or 0)

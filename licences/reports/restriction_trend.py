"""How much of each limit was in use on each of the last 90 days, and when it would be reached at that pace."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Final

from django.db.models import Q

from licences import trend
from licences.models import Restriction, RestrictionDay, Tenant

WINDOW_DAYS: Final = 90
STALE_DAYS: Final = 7
"""When the product has not reported for longer, its old numbers say nothing of what comes."""


@dataclass(frozen=True, slots=True)
class LimitForecast:
    """Around when a limit is reached, and the range of 80 %; `latest` None is not within a year."""

    on: date
    earliest: date
    latest: date | None


@dataclass(frozen=True)
class Trend:
    """The number at the end of each day from `first_on` on, without gaps; the last is the number as it is now.

    Of what the product counts nothing is made up for the days after its last report. `today` is the tenant's.
    """

    first_on: date
    values: tuple[int, ...]
    limit: int | None
    today: date

    @property
    def last_on(self) -> date:
        return self.first_on + timedelta(days=len(self.values) - 1)

    @property
    def is_known(self) -> bool:
        """Whether there is more to see than the number itself."""
        return len(self.values) > 1

    @property
    def days(self) -> list[tuple[date, int]]:
        """The oldest first."""
        return [(self.first_on + timedelta(days=place), used) for place, used in enumerate(self.values)]

    @cached_property
    def forecast(self) -> LimitForecast | None:
        """None when there is nothing honest to say."""
        if (self.today - self.last_on).days > STALE_DAYS:
            return None
        found = trend.forecast(self.values, self.limit)
        if found is None:
            return None
        latest = None if found.latest is None else self._to_come(found.latest)
        return LimitForecast(self._to_come(found.days), self._to_come(found.earliest), latest)

    def _to_come(self, days: int) -> date:
        return max(self.today, self.last_on + timedelta(days=days))


def trends(tenant: Tenant, restrictions: Iterable[Restriction]) -> dict[int, Trend]:
    """By the id of the restriction, for all of them in one query."""
    today = tenant.today
    first = today - timedelta(days=WINDOW_DAYS - 1)
    rows: dict[int, dict[date, int]] = {}
    of_tenant = RestrictionDay.objects.filter(tenant=tenant)
    before = of_tenant.filter(day__lt=first).order_by("restriction_id", "-day").distinct("restriction_id")
    known = of_tenant.filter(Q(day__gte=first, day__lte=today) | Q(pk__in=before.values("pk")))
    for restriction_id, day, used in known.values_list("restriction_id", "day", "used"):
        of_one = rows.setdefault(restriction_id, {})
        if day < first:
            of_one.setdefault(first, used)
        else:
            of_one[day] = used
    return {each.pk: _trend(each, rows.get(each.pk, {}), first, tenant) for each in restrictions}


def _trend(restriction: Restriction, known: dict[date, int], first: date, tenant: Tenant) -> Trend:
    """Days on which nothing changed have the number of the day before."""
    today = tenant.today
    last = today
    if restriction.authority == Restriction.Authority.PRODUCT:
        reported = restriction.as_of.astimezone(tenant.zone).date()
        last = max([first, min(reported, today), *known])
    known = {**known, last: restriction.used}
    start, used, values = min(known), 0, []
    for place in range((last - start).days + 1):
        used = known.get(start + timedelta(days=place), used)
        values.append(used)
    return Trend(start, tuple(values), restriction.limit, today)

"""What a producer says of its days, held against what was counted from it. Source: metering rules §19.14.

A day is one of the tenant's calendar. Of a gauge the highest value of the day is compared, of everything else the sum.
What support took out of the count stays in: it was sent, and the producer knows it too.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Max, Q, Sum

from licences.models import Tenant
from metering.models import MeteredService, ProducerTotal, UsageDay
from metering.periods import Month


class DaySource(NamedTuple):
    day: date
    source: str


@dataclass(frozen=True, slots=True)
class DayTotal:
    """A day of a service from one source. `reported` is None until its producer says what it counted itself."""

    day: date
    source: str
    counted: Decimal
    reported: Decimal | None

    @property
    def matches(self) -> bool | None:
        """None while nothing is reported: then there is nothing to compare."""
        return None if self.reported is None else self.counted == self.reported


def day_totals(tenant: Tenant, service: MeteredService, month: Month) -> list[DayTotal]:
    """Each day of the month that something was counted or reported of, by source; in order."""
    of_month = Q(tenant=tenant, day__range=(month.first, month.last))
    counted = _counted(of_month, [service]).get(service.pk, {})
    reported = {
        DaySource(day, source): quantity
        for day, source, quantity in ProducerTotal.objects.filter(of_month, service=service)
        .order_by()
        .values_list("day", "source", "quantity")
    }
    return [
        DayTotal(*key, counted=counted.get(key, Decimal(0)), reported=reported.get(key))
        for key in sorted(counted.keys() | reported.keys())
    ]


def counted_of_day(
    tenant: Tenant, services: Collection[MeteredService], *, day: date, source: str
) -> dict[int, Decimal]:
    """What was counted from the source on this day, by service id; 0 where nothing was."""
    counted = _counted(Q(tenant=tenant, day=day, source=source), services)
    return {service.pk: counted.get(service.pk, {}).get(DaySource(day, source), Decimal(0)) for service in services}


def _counted(which: Q, services: Iterable[MeteredService]) -> dict[int, dict[DaySource, Decimal]]:
    """By service: what came to invoices of several months is one day here."""
    kinds = {service.pk: service.kind for service in services}
    found: dict[int, dict[DaySource, Decimal]] = {}
    rows = UsageDay.objects.filter(which, service__in=kinds).order_by().values_list("service_id", "day", "source")
    for pk, day, source, total, highest in rows.annotate(total=Sum("quantity"), highest=Max("quantity")):
        is_gauge = kinds[pk] == MeteredService.Kind.GAUGE
        found.setdefault(pk, {})[DaySource(day, source)] = highest if is_gauge else total
    return found

"""Whether days are what their events come to, and months what their days come to. Sources: metering rules R24, R26."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from metering.models import MeteredService, UsageMonth
from metering.reports.gauges import highest_left
from metering.reports.recounts.counted import DayCount, DayKey, MonthEdition, StoredDay


@dataclass(frozen=True, slots=True)
class Mismatch:
    """What is stored of a day is not what its events come to; without a source: of a month, what its days come to.
    None where there is nothing. Somebody has to look."""

    key: DayKey
    stored: DayCount | None
    counted: DayCount | None

    @property
    def tenant_id(self) -> int:
        return self.key.tenant_id


def unlike_days(
    stored: Mapping[DayKey, StoredDay], counted: Mapping[DayKey, DayCount], asked: Collection[MonthEdition]
) -> Iterator[Mismatch]:
    """The days of the editions asked for that are not what their events come to."""
    of = set(asked)
    own = {key: day.count for key, day in stored.items() if key.of in of}
    for key in sorted(own.keys() | counted.keys()):
        if own.get(key) != counted.get(key):
            yield Mismatch(key, own.get(key), counted.get(key))


def unlike_months(rows: Sequence[UsageMonth], stored: Mapping[DayKey, StoredDay]) -> Iterator[Mismatch]:
    """The months that are not what their days, of every edition, come to; of a gauge out of which something was taken,
    what the events come to that are left. The rows come with their service."""
    gauges = [row for row in rows if row.service.kind == MeteredService.Kind.GAUGE]
    left = highest_left([MonthEdition.of(row) for row in gauges])
    of_month: dict[tuple[object, ...], list[DayCount]] = defaultdict(list)
    for key, day in stored.items():
        of_month[key.tenant_id, key.service_id, key.day.replace(day=1)].append(day.count)
    for row in rows:
        days = of_month[row.tenant_id, row.service_id, row.month]
        quantities = [day.quantity for day in days]
        total = sum(quantities, Decimal(0))
        if row.service.kind == MeteredService.Kind.GAUGE:
            total = left.get((row.tenant_id, row.service_id, row.month), max(quantities, default=Decimal(0)))
        says, comes_to = DayCount(row.total, row.events), DayCount(total, sum(day.events for day in days))
        if says != comes_to:
            yield Mismatch(DayKey(row.tenant_id, row.service_id, row.month, "", row.edition), says, comes_to)

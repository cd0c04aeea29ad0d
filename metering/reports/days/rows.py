"""The days of a service's month as a table: what was counted, what it came to so far, what was taken out, what came
again, and whether the back end says the same."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, Final, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from config.csv_export import Cell
from licences.models import Tenant
from metering.models import Correction, MeteredService
from metering.periods import Month
from metering.rating import plain
from metering.reports.days.used import Days, levels

MOST_REFUSED: Final = 1_000
"""So many are counted; of more it is only said that there are more."""

BESIDE: Final = """
SELECT 'repeats', day, '', sum(times)::numeric, 0 FROM metering_repeatday
WHERE tenant_id = %(tenant)s AND service_id = %(service)s AND day BETWEEN %(first)s AND %(last)s GROUP BY day
UNION ALL
SELECT 'total', day, source, quantity, 0 FROM metering_producertotal
WHERE tenant_id = %(tenant)s AND service_id = %(service)s AND day BETWEEN %(first)s AND %(last)s
UNION ALL
SELECT 'sent', day, source, CASE WHEN bool_or(last_time IS NOT NULL) THEN max(quantity) ELSE sum(quantity) END,
    sum(events)
FROM metering_usageday
WHERE tenant_id = %(tenant)s AND service_id = %(service)s AND day BETWEEN %(first)s AND %(last)s GROUP BY day, source
UNION ALL
SELECT 'refused', NULL, '', count(*)::numeric, 0 FROM (
    SELECT FROM metering_uncountedevent
    WHERE tenant_id = %(tenant)s AND service_code = %(code)s AND last_at >= %(begins)s AND last_at < %(ends)s
    LIMIT %(most)s
) AS refused
"""


class DaySource(NamedTuple):
    day: date
    source: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What a source sent of a day, and how many events that were: with what was taken out, which it knows too."""

    quantity: Decimal
    events: int


@dataclass(frozen=True, slots=True)
class DayTotal:
    """What a source says that a day comes to, beside what was counted from it."""

    source: str
    counted: Decimal
    reported: Decimal

    @property
    def matches(self) -> bool:
        return self.counted == self.reported


@dataclass(frozen=True, slots=True)
class Beside:
    """Repeats by day; what back ends sent, and what they say that they did, by day and source; and how many events were
    refused in the month, at most a thousand and one."""

    repeats: Mapping[date, int]
    totals: Mapping[DaySource, Decimal]
    sent: Mapping[DaySource, Sent]
    refused: int

    @property
    def are_more(self) -> bool:
        return self.refused > MOST_REFUSED

    @property
    def all_repeats(self) -> int:
        return sum(self.repeats.values())


def beside_of(tenant: Tenant, service: MeteredService, month: Month) -> Beside:
    """One query."""
    asked: dict[str, Any] = {
        "tenant": tenant.pk,
        "service": service.pk,
        "code": service.code,
        "first": month.first,
        "last": month.last,
        "begins": month.start(tenant.zone),
        "ends": month.end(tenant.zone),
        "most": MOST_REFUSED + 1,
    }
    repeats: dict[date, int] = {}
    totals: dict[DaySource, Decimal] = {}
    sent: dict[DaySource, Sent] = {}
    refused = 0
    with connection.cursor() as cursor:
        cursor.execute(BESIDE, asked)
        for kind, day, source, number, events in cursor.fetchall():
            if kind == "refused":
                refused = int(number)
            elif kind == "repeats":
                repeats[day] = int(number)
            elif kind == "sent":
                sent[DaySource(day, source)] = Sent(number, int(events))
            else:
                totals[DaySource(day, source)] = number
    return Beside(repeats, totals, sent, refused)


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day. `counted` is its sum less what was taken out, of a gauge its highest value; `so_far` what the month had
    come to by its end, of a gauge its last value. `taken_out` is how many events were taken out."""

    day: date
    counted: Decimal
    so_far: Decimal
    events: int
    repeats: int
    taken_out: int
    totals: Sequence[DayTotal]

    @property
    def is_empty(self) -> bool:
        return not (self.events or self.repeats or self.taken_out or self.totals)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on end on which there was nothing, or one day on which there was something."""

    rows: Sequence[DayRow]

    @property
    def first(self) -> DayRow:
        return self.rows[0]

    @property
    def last(self) -> DayRow:
        return self.rows[-1]


def stretches(rows: Sequence[DayRow]) -> list[Stretch]:
    """In order; every day is in one of them."""
    found = []
    for is_empty, group in groupby(rows, key=lambda row: row.is_empty):
        days = list(group)
        found += [Stretch(days)] if is_empty else [Stretch([day]) for day in days]
    return found


def day_rows(
    service: MeteredService,
    month: Month,
    days: Days,
    corrections: Sequence[Correction],
    beside: Beside,
    *,
    until: int,
) -> list[DayRow]:
    """The first `until` days of the month, in order; `days` may go back further."""
    shown, is_gauge = month.days[:until], service.kind == MeteredService.Kind.GAUGE
    stood = levels(days, shown[0], shown[-1]) if shown and is_gauge else []
    taken_out = Counter(each.day for each in corrections if each.kind == Correction.Kind.VOID)
    rows, so_far = [], Decimal(0)
    for place, day in enumerate(shown):
        use = days.get(day)
        counted = use.quantity if use else Decimal(0)
        so_far += counted
        row = DayRow(
            day=day,
            counted=counted,
            so_far=stood[place] if is_gauge else so_far,
            events=use.events if use else 0,
            repeats=beside.repeats.get(day, 0),
            taken_out=taken_out[day],
            totals=_totals(day, beside),
        )
        rows.append(row)
    return rows


def _totals(day: date, beside: Beside) -> list[DayTotal]:
    """What back ends say of the day, each beside what was counted from it."""
    return [
        DayTotal(key.source, beside.sent[key].quantity if key in beside.sent else Decimal(0), said)
        for key, said in sorted(beside.totals.items())
        if key.day == day
    ]


def header(*, is_gauge: bool) -> list[str]:
    """What the columns of `table` are called."""
    names = (_("Highest"), _("Last")) if is_gauge else (_("Used"), _("So far"))
    return [_("Day"), *names, _("Events"), _("Repeats"), _("Taken out"), _("Back end says"), _("Back end agrees")]


def table(rows: Sequence[DayRow], adjusted: Decimal | None, total: Decimal) -> Iterator[list[Cell]]:
    """The days as rows of a file, all of them; in the end what was adjusted by hand, and what it comes to with that."""
    for row in rows:
        said = [total.reported for total in row.totals]
        agrees = _("yes") if all(total.matches for total in row.totals) else _("no")
        yield [
            row.day,
            Decimal(plain(row.counted)),
            Decimal(plain(row.so_far)),
            row.events,
            row.repeats,
            row.taken_out,
            Decimal(plain(sum(said, Decimal(0)))) if said else None,
            agrees if said else None,
        ]
    if adjusted is not None:
        yield [_("Adjustment"), Decimal(plain(adjusted)), Decimal(plain(total)), None, None, None, None, None]

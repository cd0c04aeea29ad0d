"""Months counted again from their events while events may still come, and then only what has come meanwhile. Source:
metering rules R26."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Q, Sum

from metering.models import UsageMonth
from metering.periods import Month
from metering.reports.recounts.counted import (
    DayCount,
    DayKey,
    MonthEdition,
    Span,
    StoredDay,
    counted_days,
    events_by_day,
    spans,
    stored_days,
)


@dataclass(frozen=True, slots=True)
class Recount:
    """How the days of these months are stored, and after that was read, what their events came to."""

    of: frozenset[MonthEdition] = frozenset()
    stored: Mapping[DayKey, StoredDay] = field(default_factory=dict)
    counted: Mapping[DayKey, DayCount] = field(default_factory=dict)


def recount(asked: Iterable[MonthEdition], *, since: Recount | None = None) -> Recount:
    """What the events of these months come to. Where `since` knows them, only the days that have changed are counted.

    Events are only ever added, each in one transaction with its day: a day that is stored as it was has had none. It
    lasts as long as the caller holds the months locked.
    """
    since = since or Recount()
    of = frozenset(asked)
    stored = stored_days(of)
    changed = {
        (key.of, key.day) for key in stored.keys() | since.stored.keys() if stored.get(key) != since.stored.get(key)
    }
    if since.of == of and not changed:
        return Recount(of, stored, since.counted)
    events = events_by_day((key, day.count.events) for key, day in stored.items())
    again = [Span(each, day, day, events[each[:3]][day]) for each, day in sorted(changed) if each in of & since.of]
    kept = {key: count for key, count in since.counted.items() if key.of in of and (key.of, key.day) not in changed}
    return Recount(of, stored, kept | counted_days([*spans(sorted(of - since.of), events), *again]))


def events_left(month: Month) -> dict[int, int]:
    """About how many events are counted again to close the month, by the id of the tenant."""
    left = UsageMonth.objects.filter(Q(edition=0) | Q(has_late=True), month__lte=month.first)
    return dict(left.order_by().values_list("tenant").annotate(Sum("events")))

"""The way of one event: when it came, whether it was counted and where, which invoice line stands on it, and who took
it out. For every ID that was ever sent: what was refused has its answer too. Source: metering rules §19.7.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import DateField, OuterRef, QuerySet, Subquery
from django.db.models.functions import TruncMonth

from licences.models import Tenant
from licences.reports.paging import search_text
from metering.events import LONGEST, key_of
from metering.models import Correction, EventKey, InvoiceLine, MeteredService, UncountedEvent, UsageDay, UsageMonth
from metering.partitions import KEPT_DAYS
from metering.periods import Month
from metering.reports.events.listed import EventRow
from metering.reports.events.refusals import Refusal

MOST_REFUSALS: Final = 20
MOST_SOURCES: Final = 1_000
"""That an ID is looked for under, where its source is not named."""

BY_KEY: Final = """
SELECT event.id, event.day, event.time, event.key, event.source, event.event_id, event.subject, event.quantity,
    event.received_at, event.edition
FROM metering_eventkey known
JOIN metering_usageevent event ON event.tenant_id = known.tenant_id AND event.service_id = known.service_id
    AND event.day = known.day AND event.time = known.time AND event.key = known.key
WHERE known.tenant_id = %s AND known.key = ANY(%s)
"""


class JourneyQuery(NamedTuple):
    """Which event: by its ID and, where several sources use the same, by its source."""

    event_id: str
    source: str

    @classmethod
    def from_address(cls, params: Mapping[str, str]) -> "JourneyQuery":
        return cls(*(search_text(params.get(name, ""), longest=LONGEST) for name in ("id", "source")))


@dataclass(frozen=True, slots=True)
class CountedEvent:
    """An event that was counted. `event` is None once its month's events are no longer kept; `line` until an invoice
    stands on it, which will be that of the month `taker`, if it is known; `taken_out` unless support took it out."""

    source: str
    service: MeteredService
    month: Month
    event: EventRow | None
    line: InvoiceLine | None
    taker: Month | None
    taken_out: Correction | None

    @property
    def is_late(self) -> bool:
        """Whether it came when the invoice of its month had been drawn."""
        return self.taker is not None and self.taker != self.month


@dataclass(frozen=True, slots=True)
class RefusedEvent(Refusal):
    """An event that was not counted. `counted` is the one that has its ID, if that is why."""

    counted: CountedEvent | None

    @property
    def is_about_another(self) -> bool:
        """Whether what it is about is all in which it differs from the one that has its ID."""
        if self.counted is None or self.counted.event is None:
            return False
        service, event = self.counted.service, self.counted.event
        return (self.row.service_code, self.time, self.number) == (service.code, event.time, event.quantity)


@dataclass(frozen=True, slots=True)
class Journey:
    """What is known of an ID; one of `counted` for each source that used it. With `has_more_sources` it was not looked
    for under all of them."""

    query: JourneyQuery
    counted: Sequence[CountedEvent]
    refusals: Sequence[RefusedEvent]
    has_more_sources: bool = False

    @property
    def is_known(self) -> bool:
        return bool(self.counted or self.refusals)

    @property
    def asks_for_source(self) -> bool:
        return bool(self.query.source) or self.has_more_sources


def journey(tenant: Tenant, query: JourneyQuery) -> Journey:
    """At most six queries, each by an index."""
    if not query.event_id:
        return Journey(query, (), ())
    sources = [query.source] if query.source else _sources(tenant)
    keys = {UUID(key_of(source, query.event_id)): source for source in sources[:MOST_SOURCES]}
    known = list(_known(tenant, list(keys)))
    events = _events(tenant, [each.key for each in known])
    lines = _lines(tenant, known)
    taken = {each.event_key: each for each in _voids(tenant, known)}
    counted = [
        CountedEvent(
            source=keys[each.key],
            service=each.service,
            month=Month.of(each.day),
            event=(event := events.get(each.key)),
            line=_line_of(each, event, lines),
            taker=_taker(each),
            taken_out=taken.get(each.key),
        )
        for each in sorted(known, key=lambda each: keys[each.key])
    ]
    has_more_sources = len(sources) > MOST_SOURCES
    return Journey(query, counted, _refusals(tenant, query, counted), has_more_sources=has_more_sources)


def _sources(tenant: Tenant) -> list[str]:
    """Those that something was counted from, as long as events are kept; one more than are looked through."""
    days = UsageDay.objects.filter(tenant=tenant, day__gte=tenant.today - timedelta(days=KEPT_DAYS))
    return list(days.order_by("source").values_list("source", flat=True).distinct()[: MOST_SOURCES + 1])


def _known(tenant: Tenant, keys: Sequence[UUID]) -> QuerySet[EventKey]:
    """Each with the month whose invoice takes in what none has yet of the month that it counts in."""
    months = UsageMonth.objects.filter(tenant=tenant, service=OuterRef("service"), month=OuterRef("month"))
    takers = months.with_taker().values("taker")[:1]  # type: ignore[misc]  # annotated there
    rows = EventKey.objects.filter(tenant=tenant, key__in=keys).select_related("service")
    return rows.annotate(month=TruncMonth("day", output_field=DateField())).annotate(taker=Subquery(takers))


def _taker(known: EventKey) -> Month | None:
    taker: date | None = getattr(known, "taker", None)
    return Month(taker) if taker else None


def _events(tenant: Tenant, keys: Sequence[UUID]) -> dict[UUID, EventRow]:
    with connection.cursor() as cursor:
        cursor.execute(BY_KEY, [tenant.pk, list(keys)])
        return {row.key: row for row in (EventRow(*values) for values in cursor.fetchall())}


def _lines(tenant: Tenant, known: Iterable[EventKey]) -> list[InvoiceLine]:
    months = {Month.of(each.day).first for each in known}
    lines = InvoiceLine.objects.filter(tenant=tenant, month__in=months, service__in={each.service_id for each in known})
    return list(lines.select_related("invoice", "service"))


def _line_of(known: EventKey, event: EventRow | None, lines: Iterable[InvoiceLine]) -> InvoiceLine | None:
    if event is None:
        return None
    asked = (known.service_id, Month.of(known.day).first, event.edition)
    return next((line for line in lines if (line.service_id, line.month, line.edition) == asked), None)


def _voids(tenant: Tenant, known: Iterable[EventKey]) -> list[Correction]:
    rows = Correction.objects.filter(tenant=tenant, kind=Correction.Kind.VOID)
    return list(rows.filter(event_key__in=[each.key for each in known]))


def _refusals(tenant: Tenant, query: JourneyQuery, counted: Iterable[CountedEvent]) -> list[RefusedEvent]:
    rows = UncountedEvent.objects.filter(tenant=tenant, event_id=query.event_id)
    if query.source:
        rows = rows.filter(source=query.source)
    service = MeteredService.objects.filter(code=OuterRef("service_code"))
    rows = rows.annotate(of=Subquery(service.values("name")), unit=Subquery(service.values("unit")))
    of_source = {each.source: each for each in counted}
    return [
        RefusedEvent(
            row,
            row.of or "",
            row.unit or "",
            of_source.get(row.source) if row.kind == UncountedEvent.Kind.CONFLICT else None,
        )
        for row in rows.order_by("-last_at", "-id")[:MOST_REFUSALS]
    ]

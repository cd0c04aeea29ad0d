"""What was sent in a month and not counted, and why: refused, conflicts, what came again, what support took out.

Lists are found by index and paged by the place of a row, however long they are. Sources: metering rules §19.4, R3, R5.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from config.csv_export import Cell
from config.tenancy.scopes import tenant_scope
from licences.models import Tenant
from licences.reports.paging import search_text
from metering.models import Correction, MeteredService, RepeatDay, UncountedEvent
from metering.periods import Month
from metering.reports.events.listed import Place
from metering.reports.events.reasons import words_of
from metering.reports.events.refusals import Refusal
from metering.reports.months.known import MonthChoice, choice_of

PER_PAGE: Final = 50
BATCH: Final = 1_000
MOST_TAKEN: Final = 200
"""So many of what support took out are shown; the file has all."""


@dataclass(frozen=True, slots=True)
class UncountedQuery:
    """What the address asks for; what makes no sense is left out."""

    month: str = ""
    service: str = ""
    before: Place | None = None

    @classmethod
    def from_address(cls, params: Mapping[str, str]) -> "UncountedQuery":
        return cls(
            month=params.get("month", ""),
            service=search_text(params.get("service", ""), longest=60),
            before=Place.read(params.get("before", "")),
        )


@dataclass(frozen=True, slots=True)
class UncountedPage:
    """The page: `refused` are refused events and conflicts, those that came last first; `older` is the place from which
    those before are read, as an address says it. `service` is the one that is asked for; without one all are shown,
    also what named none."""

    choice: MonthChoice
    services: Sequence[MeteredService]
    service: MeteredService | None
    refused: Sequence[Refusal]
    older: str | None
    is_first: bool
    taken_out: Sequence[Correction]
    repeats: Sequence[RepeatDay]

    @property
    def all_repeats(self) -> int:
        return sum(each.times for each in self.repeats)

    @property
    def is_empty(self) -> bool:
        return self.is_first and not (self.refused or self.taken_out or self.repeats)


def uncounted(tenant: Tenant, query: UncountedQuery) -> UncountedPage:
    """One page. Five queries."""
    services = list(MeteredService.objects.order_by("sort_order"))
    service = next((each for each in services if each.code == query.service), None)
    names = {each.code: (each.name, each.unit) for each in services}
    choice = choice_of(tenant, query.month)
    month = choice.shown.month
    found = list(_before(_refused(tenant, service, month), query.before)[: PER_PAGE + 1])
    shown = found[:PER_PAGE]
    return UncountedPage(
        choice=choice,
        services=services,
        service=service,
        refused=[Refusal(row, *names.get(row.service_code, ("", ""))) for row in shown],
        older=str(Place(shown[-1].last_at, shown[-1].pk)) if len(found) > PER_PAGE else None,
        is_first=query.before is None,
        taken_out=list(_taken_out(tenant, service, month)[:MOST_TAKEN]),
        repeats=list(_repeats(tenant, service, month)),
    )


def _refused(tenant: Tenant, service: MeteredService | None, month: Month) -> QuerySet[UncountedEvent]:
    """Those that came last in the month."""
    begins, ends = month.start(tenant.zone), month.end(tenant.zone)
    rows = UncountedEvent.objects.filter(tenant=tenant, last_at__gte=begins, last_at__lt=ends)
    return (rows.filter(service_code=service.code) if service else rows).order_by("-last_at", "-id")


def _before(rows: QuerySet[UncountedEvent], place: Place | None) -> QuerySet[UncountedEvent]:
    if place is None:
        return rows
    return rows.filter(Q(last_at__lt=place.time) | Q(last_at=place.time, id__lt=place.id), last_at__lte=place.time)


def _taken_out(tenant: Tenant, service: MeteredService | None, month: Month) -> QuerySet[Correction]:
    rows = Correction.objects.filter(tenant=tenant, month=month.first, kind=Correction.Kind.VOID)
    return (rows.filter(service=service) if service else rows).select_related("service").order_by("-at", "-id")


def _repeats(tenant: Tenant, service: MeteredService | None, month: Month) -> QuerySet[RepeatDay]:
    rows = RepeatDay.objects.filter(tenant=tenant, day__range=(month.first, month.last))
    rows = rows.filter(service=service) if service else rows
    return rows.select_related("service").order_by("-day", "service__sort_order", "source")


def header() -> list[str]:
    """What the columns of `table` are called."""
    return [
        _("What"),
        _("First came"),
        _("Last came"),
        _("Times"),
        _("Service"),
        _("Source"),
        _("Event ID"),
        _("Its time"),
        _("Its quantity"),
        _("Why"),
    ]


def table(tenant: Tenant, service: MeteredService | None, month: Month) -> Iterator[list[Cell]]:
    """Everything of the month. Each batch is read in a scope of its own, which is over before its first row leaves."""
    with tenant_scope(tenant.pk):
        taken, repeats = list(_taken_out(tenant, service, month)), list(_repeats(tenant, service, month))
    yield from (_line_of_taken(each) for each in taken)
    yield from (_line_of_repeats(each) for each in repeats)
    place = Place(datetime(9999, 1, 1, tzinfo=UTC), 0)
    while True:
        with tenant_scope(tenant.pk):
            batch = list(_before(_refused(tenant, service, month), place)[:BATCH])
        yield from (_line_of_refused(each, tenant) for each in batch)
        if len(batch) < BATCH:
            return
        place = Place(batch[-1].last_at, batch[-1].pk)


def _line_of_taken(each: Correction) -> list[Cell]:
    at, why = each.at, f"{each.reason} ({each.by_name})"
    return [each.get_kind_display(), at, at, 1, each.service.code, "", each.event_id, each.day, each.quantity, why]


def _line_of_repeats(each: RepeatDay) -> list[Cell]:
    day, why = each.day, _("It had been counted before.")
    return [_("Repeats"), day, day, each.times, each.service.code, each.source, "", "", "", why]


def _line_of_refused(each: UncountedEvent, tenant: Tenant) -> list[Cell]:
    return [
        each.get_kind_display(),
        each.first_at.astimezone(tenant.zone),
        each.last_at.astimezone(tenant.zone),
        each.times,
        each.service_code,
        each.source,
        each.event_id,
        each.time,
        each.quantity,
        str(words_of(each.reason)),
    ]

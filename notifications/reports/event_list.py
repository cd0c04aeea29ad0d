"""The list of system events: what the address asks of it, and one page of it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final, NamedTuple

from django.core.paginator import Page
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licences.models import Tenant, User
from licences.reports.paging import nearest_page, search_text
from notifications.event_kinds import BEGINNINGS, FIRST_STEPS, About, Notice
from notifications.models import Import, SystemEvent
from notifications.models.system_events import SystemEventQuerySet
from notifications.reports.event_words import reported_by, rows_done, time_left

PER_PAGE: Final = 25

SHOW = {
    "all": gettext_lazy("All events"),
    "active": gettext_lazy("Active now"),
    "failed": gettext_lazy("Failed"),
    "mine": gettext_lazy("Mine"),
}

SORTS = {
    "event": "name",
    "status": "status",
    "message": "message",
    "activated": "activated_at",
    "by": "activated_by__login_id",
    "finished": "ends_at",
    "type": "scope",
}
NULLABLE = {"by", "finished"}


@dataclass(frozen=True, slots=True)
class EventQuery:
    """What the address asks of the list; whatever makes no sense is the default, newest first."""

    search: str = ""
    show: str = "all"
    about: str = ""
    sort: str = "activated"
    descending: bool = True
    page: str = "1"

    @classmethod
    def from_address(cls, params: dict[str, str]) -> "EventQuery":
        sort, about = params.get("sort", ""), params.get("kind", "")
        known = sort.removeprefix("-") in SORTS
        return cls(
            search=search_text(params.get("q", "")),
            show=params["show"] if params.get("show") in SHOW else "all",
            about=about if about in About else "",
            sort=sort.removeprefix("-") if known else "activated",
            descending=sort.startswith("-") if known else True,
            page=params.get("page", "1"),
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.search or self.about or self.show != "all")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who reads the events. `sees_all` is whether what is meant for others too, as administrators do; who is not
    `is_alone` gets nothing that the others with the same rights and the same primary group would not get."""

    user: User
    sees_all: bool
    is_alone: bool = True

    def events_of(self, tenant: Tenant) -> SystemEventQuerySet:
        """What they may read, each with who started it."""
        events = SystemEvent.objects.of(tenant).select_related("activated_by")
        if self.sees_all:
            return events
        shared = events.read_by_group(self.user)
        return shared | events.read_alone_by(self.user) if self.is_alone else shared


class EventRow(NamedTuple):
    """An event with what is said of it in words; each is empty where there is nothing to say."""

    event: SystemEvent
    reported_by: str
    rows: str
    time_left: str


class EventList:
    """One page of the tenant's events as the viewer sees it; nothing is read before it is shown."""

    def __init__(self, tenant: Tenant, query: EventQuery, *, viewer: Viewer) -> None:
        self.tenant, self.query, self.viewer = tenant, query, viewer

    @cached_property
    def page(self) -> Page[SystemEvent]:
        """A page that does not exist is the nearest."""
        return nearest_page(self._found(), self.query.page, per_page=PER_PAGE)

    @cached_property
    def rows(self) -> list[EventRow]:
        now = timezone.now()
        return [_row(each, now) for each in self.page]

    @property
    def is_live(self) -> bool:
        """Whether something on it moves by itself."""
        return any(row.event.is_under_way for row in self.rows)

    @property
    def only_own_job(self) -> SystemEvent | None:
        """What the viewer has started and is running, if it is one thing."""
        if not self.viewer.is_alone:
            return None
        user = self.viewer.user
        own = [event for event, *_said in self.rows if event.is_under_way and event.activated_by_id == user.pk]
        return own[0] if len(own) == 1 else None

    def _found(self) -> QuerySet[SystemEvent]:
        query = self.query
        events = self.viewer.events_of(self.tenant).filter(self._shown()).exclude(_is_passed(self.tenant))
        if query.about:
            events = events.filter(_is_about(About(query.about)))
        if query.search:
            events = events.filter(Q(name__icontains=query.search) | Q(message__icontains=query.search))
        return events.annotate(ends_at=Coalesce("finished_at", "expected_at")).order_by(*_order(query))

    def _shown(self) -> Q:
        return {
            "active": Q(status__in=SystemEvent.ACTIVE),
            "failed": Q(status=SystemEvent.Status.FAILED),
            "mine": Q(activated_by=self.viewer.user.pk),
        }.get(self.query.show, Q())


def page_title(listed: EventList, selected: SystemEvent | None) -> str:
    """With the progress of what is selected, or else of the one thing that the viewer has running."""
    watched = selected if selected and selected.is_under_way else listed.only_own_job
    if watched and watched.percent is not None:
        return f"{watched.percent} % · {watched.name}"
    return selected.name if selected else _("System notifications")


def _row(event: SystemEvent, now: datetime) -> EventRow:
    return EventRow(event, reported_by(event), rows_done(event) if event.is_active else "", time_left(event, now))


def _is_passed(tenant: Tenant) -> Q:
    """A file that was read or checked well, once its import has gone on: the import is one row, with whatever it does
    now or did last. What failed or was cancelled on the way stays."""
    present = Import.objects.filter(tenant=tenant, event__isnull=False).values("event_id")
    steps = Q(source=SystemEvent.CONSOLE, key__in=FIRST_STEPS, status=SystemEvent.Status.SUCCEEDED)
    return steps & ~Q(pk__in=present)


def _is_about(about: About) -> Q:
    """By the key, as event_kinds.about() tells it."""
    if about == About.NOTICES:
        return Q(key__in=Notice.values)
    if about in BEGINNINGS:
        return Q(key__startswith=BEGINNINGS[about])
    others = Q(key__in=Notice.values)
    for beginning in BEGINNINGS.values():
        others |= Q(key__startswith=beginning)
    return ~others


def _order(query: EventQuery) -> tuple[OrderBy, OrderBy]:
    """By time of activation in the very order of its index: `NULLS LAST` would have PostgreSQL sort every event."""
    nulls_last = True if query.sort in NULLABLE else None
    column, key = F(SORTS[query.sort]), F("pk")
    if query.descending:
        return column.desc(nulls_last=nulls_last), key.desc()
    return column.asc(nulls_last=nulls_last), key.asc()

"""The list of system events: what the address asks of it, and one page of it."""

from dataclasses import dataclass
from typing import Final

from django.core.paginator import Page
from django.db.models import F, Q
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from licences.models import Tenant
from licences.reports.paging import nearest_page, search_text
from notifications.models import SystemEvent

PER_PAGE: Final = 25

SHOW = {
    "all": (_("All events"), Q()),
    "active": (_("Active now"), Q(status__in=SystemEvent.ACTIVE)),
    "failed": (_("Failed"), Q(status=SystemEvent.Status.FAILED)),
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
    sort: str = "activated"
    descending: bool = True
    page: str = "1"

    @classmethod
    def from_address(cls, params: dict[str, str]) -> "EventQuery":
        sort = params.get("sort", "")
        known = sort.removeprefix("-") in SORTS
        return cls(
            search=search_text(params.get("q", "")),
            show=params["show"] if params.get("show") in SHOW else "all",
            sort=sort.removeprefix("-") if known else "activated",
            descending=sort.startswith("-") if known else True,
            page=params.get("page", "1"),
        )


def event_page(tenant: Tenant, query: EventQuery) -> Page[SystemEvent]:
    """One page of the tenant's events. A page that does not exist is the nearest."""
    events = SystemEvent.objects.of(tenant).select_related("activated_by").filter(SHOW[query.show][1])
    if query.search:
        events = events.filter(Q(name__icontains=query.search) | Q(message__icontains=query.search))
    events = events.annotate(ends_at=Coalesce("finished_at", "expected_at"))
    return nearest_page(events.order_by(*_order(query)), query.page, per_page=PER_PAGE)


def _order(query: EventQuery) -> tuple[OrderBy, OrderBy]:
    """By time of activation in the very order of its index: `NULLS LAST` would have PostgreSQL sort every event."""
    nulls_last = True if query.sort in NULLABLE else None
    column, key = F(SORTS[query.sort]), F("pk")
    if query.descending:
        return column.desc(nulls_last=nulls_last), key.desc()
    return column.asc(nulls_last=nulls_last), key.asc()

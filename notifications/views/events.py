"""The System notifications tab: the list, and what is told of the event that is selected."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from config.htmx import page
from config.polls import shared_poll
from licences.access import ConsoleRequest, may_act, sees_totals
from licences.reports.tabs import active_sets, tabs
from notifications.event_kinds import About
from notifications.jobs import KINDS
from notifications.models import SystemEvent
from notifications.reports.event_detail import EventDetail
from notifications.reports.event_list import SHOW, EventList, EventQuery, Viewer, page_title

PARTIALS = ("panel", "events", "described")


def watcher(request: ConsoleRequest) -> str:
    """All that the tab depends on beside its address: somebody's own running job is in the title of their page, and
    members read what is meant for their group or for them alone. What shows to nobody else is decided here, before
    anything is read: what begins meanwhile is in nobody's answer yet."""
    tenant, user, sees_all = request.tenant, request.user, sees_totals(request)
    events = SystemEvent.objects.of(tenant).order_by()
    own = events.active().filter(activated_by=user).values("pk")
    if not sees_all:
        own = own.union(events.read_alone_by(user).values("pk"), all=True)
    request.is_alone = is_alone = request.GET.get("show") == "mine" or own.exists()  # type: ignore[attr-defined]
    group = "" if sees_all else user.primary_group_id
    return f"{tenant.pk} {sees_all} {may_act(request)} {group} {user.pk if is_alone else ''}"


@require_safe
@shared_poll(watcher)
def events(request: ConsoleRequest, event_id: int | None = None) -> HttpResponse:
    """The list, with one event's description when its address is asked for. What is not shown is not read: a poll asks
    for one part, again and again."""
    tenant = request.tenant
    selected = event_of(request, event_id) if event_id is not None else None
    listed = EventList(tenant, EventQuery.from_address(request.GET.dict()), viewer=viewer_of(request))
    context = {
        "tab": "notifications",
        "tabs": lambda: tabs(active_sets(tenant)),
        "title": lambda: page_title(listed, selected),
        "listed": listed,
        "query": listed.query,
        "shows": SHOW.items(),
        "kinds": About.choices,
        "selected": selected,
        "detail": detail_of(request, selected) if selected else None,
        "may_act": may_act(request),
    }
    return page(request, "notifications/events.html", context, partials=PARTIALS)


def event_of(request: ConsoleRequest, event_id: int) -> SystemEvent:
    """An event that the asker may read; anything else is a 404."""
    return get_object_or_404(viewer_of(request).events_of(request.tenant), pk=event_id)


def viewer_of(request: ConsoleRequest) -> Viewer:
    """The asker, as the list may show itself to them: for an answer that is shared, as `watcher` has decided."""
    return Viewer(request.user, sees_totals(request), getattr(request, "is_alone", True))


def detail_of(request: ConsoleRequest, event: SystemEvent) -> EventDetail:
    """The event as the asker may know it."""
    return EventDetail(event, KINDS, sees_totals=sees_totals(request), may_act=may_act(request))

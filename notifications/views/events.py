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


def watcher(request: ConsoleRequest) -> tuple[str, Viewer]:
    """All that the tab depends on beside its address: somebody's own running job is in the title of their page, and
    members read what is meant for their group or for them alone. What shows to nobody else is decided here, before
    anything is read: what begins meanwhile is in nobody's answer yet."""
    tenant, user, sees_all = request.tenant, request.user, sees_totals(request)
    events = SystemEvent.objects.of(tenant).order_by()
    own = events.active().filter(activated_by=user).values("pk")
    if not sees_all:
        own = own.union(events.read_alone_by(user).values("pk"), all=True)
    is_alone = request.GET.get("show") == "mine" or own.exists()
    group = "" if sees_all else user.primary_group_id
    named = f"{tenant.pk} {sees_all} {may_act(request)} {group} {user.pk if is_alone else ''}"
    return named, Viewer(user, sees_all, is_alone)


@require_safe
@shared_poll(watcher)
def events(request: ConsoleRequest, watching: Viewer | None, event_id: int | None = None) -> HttpResponse:
    """The list, with one event's description when its address is asked for. What is not shown is not read: a poll asks
    for one part, again and again."""
    tenant, viewer = request.tenant, watching or viewer_of(request)
    selected = None if event_id is None else get_object_or_404(viewer.events_of(tenant), pk=event_id)
    listed = EventList(tenant, EventQuery.from_address(request.GET.dict()), viewer=viewer)
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
    """The asker, to whom the answer is shown alone."""
    return Viewer(request.user, sees_totals(request))


def detail_of(request: ConsoleRequest, event: SystemEvent) -> EventDetail:
    """The event as the asker may know it."""
    return EventDetail(event, KINDS, sees_totals=sees_totals(request), may_act=may_act(request))

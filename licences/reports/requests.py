"""A tenant's own requests as its administrators read them: how each stands, what was said, and until when something is
due."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licences.models import CustomerRequest, Metric, RequestEvent, RequestFile, ServiceClock, Tenant

State = CustomerRequest.State
Kind = CustomerRequest.Kind

STATES: Final = {
    State.SUBMITTED: gettext_lazy("Sent"),
    State.IN_PROGRESS: gettext_lazy("In progress"),
    State.WAITING: gettext_lazy("Waiting for you"),
    State.APPROVED: gettext_lazy("Approved"),
    State.DECLINED: gettext_lazy("Declined"),
    State.FULFILLED: gettext_lazy("Done"),
    State.WITHDRAWN: gettext_lazy("Withdrawn"),
}
SHOW: Final = {
    "open": gettext_lazy("Open"),
    "closed": gettext_lazy("Closed"),
    "all": gettext_lazy("All requests"),
}


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What the address asks for."""

    show: str

    @classmethod
    def from_address(cls, asked: dict[str, Any]) -> Self:
        show = asked.get("show", "all")
        return cls(show if show in SHOW else "all")


@dataclass(frozen=True, slots=True)
class Deadline:
    """What is due next. `at` is None while the clock waits for the customer: `left` is what remains of its time."""

    label: str
    zone: ZoneInfo
    at: datetime | None
    left: str = ""

    @property
    def is_late(self) -> bool:
        return self.at is not None and self.at < timezone.now()

    @property
    def is_told_twice(self) -> bool:
        """Whether clocks at the desk and where the reader is show different times then."""
        return self.at is not None and _differs(self.at, self.zone)


def _differs(moment: datetime, zone: ZoneInfo) -> bool:
    return timezone.localtime(moment).utcoffset() != moment.astimezone(zone).utcoffset()


@dataclass(frozen=True, slots=True)
class Kept:
    """A clock that has stopped: what it measured, when it stopped, and whether that was in time."""

    label: str
    at: datetime
    is_met: bool


def requests_of(tenant: Tenant, query: ListQuery) -> QuerySet[CustomerRequest]:
    """Those that the list shows, the newest first, each with its clocks and what the desk said last (`last_answer`)."""
    said = RequestEvent.objects.filter(
        tenant=tenant, request=OuterRef("pk"), is_of_support=True, is_internal=False
    ).exclude(text="")
    rows = CustomerRequest.objects.filter(tenant=tenant)
    if query.show == "open":
        rows = rows.open()
    elif query.show == "closed":
        rows = rows.closed()
    return rows.annotate(last_answer=Subquery(said.order_by("-at", "-pk").values("text")[:1])).prefetch_related(
        _clocks(tenant)
    )


def one_request(tenant: Tenant) -> QuerySet[CustomerRequest]:
    """The tenant's requests, each with all that its page tells but the thread."""
    return (
        CustomerRequest.objects.filter(tenant=tenant)
        .select_related("restriction__type", "suite_plan", "licence", "add_on", "submitted_by")
        .prefetch_related(_clocks(tenant))
    )


def _clocks(tenant: Tenant) -> "Prefetch[str]":
    clocks = ServiceClock.objects.filter(tenant=tenant).select_related("calendar").order_by("metric")
    return Prefetch("clocks", queryset=clocks)


SAID: Final = {
    RequestEvent.Kind.SUBMITTED: gettext_lazy("sent the request"),
    RequestEvent.Kind.TAKEN: gettext_lazy("took it on"),
    RequestEvent.Kind.ANSWERED: gettext_lazy("answered"),
    RequestEvent.Kind.ASKED: gettext_lazy("asked you"),
    RequestEvent.Kind.REPLIED: gettext_lazy("replied"),
    RequestEvent.Kind.RECLASSIFIED: gettext_lazy("changed the urgency"),
    RequestEvent.Kind.APPROVED: gettext_lazy("approved it"),
    RequestEvent.Kind.DECLINED: gettext_lazy("declined it"),
    RequestEvent.Kind.FULFILLED: gettext_lazy("carried it out"),
    RequestEvent.Kind.WITHDRAWN: gettext_lazy("withdrew it"),
}


def words_of(request: CustomerRequest, event: RequestEvent) -> str:
    """What the event was, after the name of whoever did it."""
    kind = RequestEvent.Kind(event.kind)
    if request.kind == Kind.SUPPORT and kind == RequestEvent.Kind.APPROVED:
        return _("solved it")
    if kind == RequestEvent.Kind.RECLASSIFIED and event.data.get("after"):
        urgency = CustomerRequest.Urgency(event.data["after"]).label
        return _("changed the urgency to: %(urgency)s") % {"urgency": urgency}
    return str(SAID.get(kind, kind.label))


def thread(request: CustomerRequest) -> list[tuple[RequestEvent, str]]:
    """What happened and was said, the oldest first, with the names of files; not what support notes for itself."""
    files = RequestFile.objects.filter(tenant=request.tenant_id).only("name", "size_bytes", "event_id", "tenant_id")
    events = RequestEvent.objects.filter(tenant=request.tenant_id, request=request, is_internal=False)
    told = events.order_by("at", "pk").prefetch_related(Prefetch("files", queryset=files))
    return [(event, words_of(request, event)) for event in told]


@dataclass(frozen=True, slots=True)
class Row:
    """One request of the list."""

    request: CustomerRequest
    state: str
    deadline: Deadline | None


def rows(page: Any) -> Iterator[Row]:
    for request in page:
        yield Row(request, state_word(request), deadline_of(request))


def state_word(request: CustomerRequest) -> str:
    """Its state, as the customer reads it: a support request that is approved is solved."""
    if request.kind == Kind.SUPPORT and request.state in {State.APPROVED, State.FULFILLED}:
        return _("Solved")
    return str(STATES[State(request.state)])


def deadline_of(request: CustomerRequest) -> Deadline | None:
    """The first answer, then the solution; None when nothing is due any more."""
    running = {clock.metric: clock for clock in request.clocks.all() if clock.stopped_at is None}
    clock = running.get(Metric.RESPONSE) or running.get(Metric.SOLUTION)
    if clock is None:
        return None
    label = _("First answer") if clock.metric == Metric.RESPONSE else solution_word(request)
    left = "" if clock.left_minutes is None else time_left(clock.left_minutes)
    return Deadline(label, clock.calendar.zone, clock.due_at, left)


def kept_of(request: CustomerRequest) -> list[Kept]:
    """What has been answered and decided already, in that order; not of a request that was withdrawn."""
    if request.state == State.WITHDRAWN:
        return []
    labels = {Metric.RESPONSE: _("First answer"), Metric.SOLUTION: solution_word(request)}
    return [
        Kept(labels[Metric(clock.metric)], clock.stopped_at, bool(clock.is_met))
        for clock in request.clocks.all()
        if clock.stopped_at is not None
    ]


def solution_word(request: CustomerRequest) -> str:
    return _("Decision") if request.kind == Kind.UPGRADE else _("Solution")


def time_left(minutes: int) -> str:
    """Of the desk's own time, such as 6 h 30 min."""
    if minutes <= 0:
        return _("none")
    hours, rest = divmod(minutes, 60)
    if not hours:
        return ngettext("%(n)d min", "%(n)d min", rest) % {"n": rest}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest} if rest else _("%d h") % hours


def asked_lines(request: CustomerRequest) -> Iterator[tuple[str, str]]:
    """What an upgrade asks for, or the facts of a support request, as labels and values."""
    wanted = {
        CustomerRequest.Wants.LIMIT: request.restriction and request.restriction.type.name,
        CustomerRequest.Wants.PLAN: request.suite_plan and request.suite_plan.name,
        CustomerRequest.Wants.SEATS: request.licence and request.licence.name,
        CustomerRequest.Wants.ADD_ON: request.add_on and request.add_on.name,
    }
    if request.wants:
        wants = CustomerRequest.Wants(request.wants)
        yield str(wants.label), wanted[wants] or _("Users")
        if request.quantity is not None:
            is_limit = wants == CustomerRequest.Wants.LIMIT
            yield _("New limit") if is_limit else _("How many more"), str(request.quantity)
    for name, label in FACTS.items():
        if request.facts.get(name):
            yield str(label), request.facts[name]


FACTS: Final = {
    "reference": gettext_lazy("Your reference"),
    "environment": gettext_lazy("Environment"),
    "users_concerned": gettext_lazy("User IDs concerned"),
    "happened_at": gettext_lazy("When it happened"),
    "errors": gettext_lazy("Error messages"),
    "steps": gettext_lazy("Steps to see it"),
    "additional": gettext_lazy("Anything else"),
}
"""What the support form asks for beside the description, by the names in `CustomerRequest.facts`: what a ticket has to
say. Source: sources/002."""

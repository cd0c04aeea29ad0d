"""The clocks of a request, worked out anew from its events whenever one is added. Sources: design §7, R14–R16.

Times by the calendar that the policy had when the request came in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

import structlog
from django.db import DatabaseError
from django.utils import timezone

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import (
    BusinessCalendar,
    CustomerRequest,
    DeadlineFact,
    Metric,
    RequestEvent,
    ServiceClock,
    ServicePolicy,
    ServiceTarget,
)
from licences.service_hours import Calendar, Pause, due, elapsed, left_of

log = structlog.get_logger(__name__)

Kind = RequestEvent.Kind
Unit = ServiceTarget.Unit

DESK: Final = "desk"
"""The policy of the support desk, by its code."""
NEAR_LEFT: Final = 0.25
"""So much of the target left is near the deadline."""
FURTHEST: Final = timedelta(days=30)
"""A quarter of any target is over by then, holidays included."""

ANSWERS: Final = {Kind.ANSWERED, Kind.ASKED, Kind.APPROVED, Kind.DECLINED}
"""What the first of stops the response clock."""
SOLVES: Final = {Kind.APPROVED, Kind.DECLINED, Kind.WITHDRAWN}
"""What stops the solution clock. A request that is withdrawn asks for neither any more."""


class NoPolicy(LookupError):
    """Nothing is promised yet: `load_catalogue` has not been run."""


@dataclass(slots=True)
class Story:
    """What a request's events mean to its clocks."""

    answered_at: datetime | None = None
    solved_at: datetime | None = None
    pauses: list[Pause] = field(default_factory=list)


def policy_for(day: date) -> ServicePolicy:
    """The one that is valid on this day. Raises NoPolicy."""
    valid = ServicePolicy.objects.filter(code=DESK, valid_from_on__lte=day).select_related("calendar")
    policy = valid.order_by("-valid_from_on", "-version").first()
    if policy is None:
        raise NoPolicy
    return policy


def calendar_of(calendar: BusinessCalendar, *, around_the_clock: bool = False) -> Calendar:
    """The stored calendar as the rules take it."""
    days = {row.day: [tuple(each) for each in row.intervals] for row in calendar.days.all()}
    week = [[tuple(each) for each in hours] for hours in calendar.week]
    as_rules = Calendar(calendar.zone, week, days)
    return as_rules.around_the_clock() if around_the_clock else as_rules


def start_clocks(request: CustomerRequest) -> None:
    """Begin with the promise that holds on the day it comes in. In the transaction that writes the request."""
    policy = policy_for(request.submitted_at.date())
    targets = {target.metric: target for target in policy.targets.filter(urgency=request.urgency)}
    ServiceClock.objects.bulk_create(
        ServiceClock(
            tenant_id=request.tenant_id,
            request=request,
            metric=metric,
            policy=policy,
            started_at=request.submitted_at,
            target_minutes=minutes_of(target, policy),
            around_the_clock=target.unit == Unit.BUSINESS_DAY_HOURS,
        )
        for metric, target in targets.items()
    )
    follow_clocks(request)


def minutes_of(target: ServiceTarget, policy: ServicePolicy) -> int:
    """The target in minutes of the time that counts for it."""
    worth = {Unit.BUSINESS_MINUTES: 1, Unit.BUSINESS_DAYS: policy.day_minutes, Unit.BUSINESS_DAY_HOURS: 60}
    return target.amount * worth[Unit(target.unit)]


def follow_clocks(request: CustomerRequest) -> None:
    """Set every clock of the request as its events say. In the transaction that adds an event, under the request's
    lock."""
    events = list(RequestEvent.objects.filter(tenant=request.tenant_id, request=request).order_by("at", "pk"))
    story = story_of(events)
    clocks = ServiceClock.objects.filter(tenant=request.tenant_id, request=request)
    for clock in clocks.select_related("policy__calendar"):
        if clock.metric == Metric.RESPONSE:
            _set(clock, stopped_at=story.answered_at or story.solved_at, pauses=())
        else:
            _set(clock, stopped_at=story.solved_at, pauses=story.pauses)


def reclassify(request: CustomerRequest) -> None:
    """Other targets for clocks that run, from the same start. Source: R16."""
    clocks = ServiceClock.objects.filter(tenant=request.tenant_id, request=request, stopped_at__isnull=True)
    for clock in clocks.select_related("policy"):
        target = clock.policy.targets.get(urgency=request.urgency, metric=clock.metric)
        clock.target_minutes = minutes_of(target, clock.policy)
        clock.around_the_clock = target.unit == Unit.BUSINESS_DAY_HOURS
        clock.save(update_fields=["target_minutes", "around_the_clock"])
    follow_clocks(request)


def story_of(events: Sequence[RequestEvent]) -> Story:
    """A pause begins when the customer is asked, and ends with their reply or whatever the desk does next."""
    story = Story()
    for event in events:
        if event.kind in ANSWERS and story.answered_at is None:
            story.answered_at = event.at
        if event.kind in SOLVES and story.solved_at is None:
            story.solved_at = event.at
        paused = story.pauses[-1][0] if story.pauses and story.pauses[-1][1] is None else None
        if event.kind == Kind.ASKED and paused is None:
            story.pauses.append((event.at, None))
        elif paused is not None and event.kind in {Kind.REPLIED, Kind.TAKEN, *SOLVES}:
            story.pauses[-1] = (paused, event.at)
    return story


def _set(clock: ServiceClock, *, stopped_at: datetime | None, pauses: Sequence[Pause]) -> None:
    calendar = calendar_of(clock.policy.calendar, around_the_clock=clock.around_the_clock)
    target = timedelta(minutes=clock.target_minutes)
    clock.due_at = due(calendar, clock.started_at, target, pauses)
    open_pause = next((begin for begin, end in pauses if end is None), None)
    clock.paused_at = None if stopped_at or clock.due_at else open_pause
    clock.stopped_at = stopped_at
    clock.is_met = None if stopped_at is None else clock.due_at is None or stopped_at <= clock.due_at
    moment = stopped_at or clock.paused_at
    left = moment and left_of(calendar, clock.started_at, target, moment, pauses)
    clock.left_minutes = None if left is None else int(left / timedelta(minutes=1))
    clock.save(update_fields=["due_at", "paused_at", "stopped_at", "is_met", "left_minutes"])


def is_near(clock: ServiceClock, now: datetime) -> bool:
    """Whether no more than a quarter of the target is left, by the calendar."""
    if clock.due_at is None:
        return False
    calendar = calendar_of(clock.policy.calendar, around_the_clock=clock.around_the_clock)
    return elapsed(calendar, now, clock.due_at) <= timedelta(minutes=clock.target_minutes) * NEAR_LEFT


def note_deadlines() -> None:
    """Write down, once, which clocks came near their deadlines, and which went past. One that fails keeps no other."""
    now = timezone.now()
    with support_scope("which deadlines are near", routine=True):
        running = ServiceClock.objects.filter(stopped_at__isnull=True, due_at__lte=now + FURTHEST)
        clocks = list(running.select_related("policy__calendar"))
        facts = DeadlineFact.objects.filter(clock__in=running.values("pk"))
        noted = set(facts.values_list("clock_id", "kind"))
    for clock in clocks:
        is_over = clock.due_at is not None and clock.due_at <= now
        kind = DeadlineFact.Kind.BREACHED if is_over else DeadlineFact.Kind.NEAR
        if (clock.pk, kind) not in noted and (is_over or is_near(clock, now)):
            _note(clock, kind, now)


def _note(clock: ServiceClock, kind: DeadlineFact.Kind, now: datetime) -> None:
    fact = DeadlineFact(tenant_id=clock.tenant_id, clock=clock, kind=kind, due_at=clock.due_at, at=now)
    try:
        with tenant_scope(clock.tenant_id):
            DeadlineFact.objects.bulk_create([fact], ignore_conflicts=True)
    except DatabaseError:
        log.exception("deadline_not_noted", tenant_id=clock.tenant_id, clock_id=clock.pk)

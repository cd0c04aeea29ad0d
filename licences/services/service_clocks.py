"""The clocks of a request, worked out anew from its events whenever one is added. Sources: design §7, R14–R16, R19.

A clock that runs counts by its policy's calendar as that is now; one that has stopped keeps what it was stopped by.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

import structlog
from django.db import DatabaseError
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

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
from licences.service_hours import Calendar, Pause, due, elapsed, in_minutes, left_of
from licences.services.history import SYSTEM

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
RESUMES: Final = {Kind.REPLIED, Kind.TAKEN, *SOLVES}
"""What ends the wait for a customer who was asked."""
TELLING: Final = ANSWERS | SOLVES | RESUMES
"""All that means something to a clock."""


class NoPolicy(LookupError):
    """Nothing is promised yet: `load_catalogue` has not been run."""


@dataclass(slots=True)
class Story:
    """What a request's events mean to its clocks."""

    answered_at: datetime | None = None
    solved_at: datetime | None = None
    pauses: list[Pause] = field(default_factory=list)


def policy_for(day: date | datetime) -> ServicePolicy:
    """The one that is valid on this day, or at this moment by the desk's own date. Raises NoPolicy."""
    soon = (day.date() if isinstance(day, datetime) else day) + timedelta(days=1)
    known = ServicePolicy.objects.filter(code=DESK, valid_from_on__lte=soon).select_related("calendar")
    for policy in known.order_by("-valid_from_on", "-version"):
        today = day.astimezone(policy.calendar.zone).date() if isinstance(day, datetime) else day
        if policy.valid_from_on <= today:
            return policy
    raise NoPolicy


def calendar_of(calendar: BusinessCalendar, *, around_the_clock: bool = False) -> Calendar:
    """The stored calendar as the rules take it. One query, unless its days are there already."""
    days = {row.day: [tuple(each) for each in row.intervals] for row in calendar.days.all()}
    week = [[tuple(each) for each in hours] for hours in calendar.week]
    as_rules = Calendar(calendar.zone, week, days)
    return as_rules.around_the_clock() if around_the_clock else as_rules


def start_clocks(asked: CustomerRequest) -> None:
    """Begin with the promise that holds at the moment it comes in. In the transaction that writes the request."""
    policy = policy_for(asked.submitted_at)
    ServiceClock.objects.bulk_create(
        ServiceClock(
            tenant_id=asked.tenant_id,
            request=asked,
            metric=target.metric,
            policy=policy,
            calendar=policy.calendar,
            started_at=asked.submitted_at,
            **_promise(target, policy),
        )
        for target in policy.targets.filter(urgency=asked.urgency)
    )
    follow_clocks(asked)


def minutes_of(target: ServiceTarget, policy: ServicePolicy) -> int:
    """The target in minutes of the time that counts for it."""
    return in_minutes(target.amount, target.unit, day_minutes=policy.day_minutes)


def _promise(target: ServiceTarget, policy: ServicePolicy) -> dict[str, int | bool]:
    """What a clock takes over of its target."""
    return {
        "target_minutes": minutes_of(target, policy),
        "around_the_clock": target.unit == Unit.BUSINESS_DAY_HOURS,
    }


def follow_clocks(asked: CustomerRequest) -> None:
    """Set every clock of the request as its events say. In the transaction that adds an event, under the request's
    lock."""
    _follow(asked, _clocks_of(asked))


def _clocks_of(asked: CustomerRequest) -> list[ServiceClock]:
    clocks = ServiceClock.objects.filter(tenant=asked.tenant_id, request=asked)
    return list(clocks.select_related("policy").prefetch_related("calendar__days").order_by("pk"))


def _follow(asked: CustomerRequest, clocks: Iterable[ServiceClock]) -> None:
    events = RequestEvent.objects.filter(tenant=asked.tenant_id, request=asked, kind__in=TELLING)
    story = story_of(events.only("kind", "at").order_by("at", "pk"))
    for clock in clocks:
        if clock.metric == Metric.RESPONSE:
            _set(clock, stopped_at=story.answered_at or story.solved_at, pauses=())
        else:
            _set(clock, stopped_at=story.solved_at, pauses=story.pauses)


def reclassify(asked: CustomerRequest) -> None:
    """Other targets for clocks that run, from the same start. One that is past its deadline by that alone is noted as
    such. Source: R16."""
    clocks = [clock for clock in _clocks_of(asked) if clock.stopped_at is None]
    targets = ServiceTarget.objects.filter(policy__in={clock.policy_id for clock in clocks}, urgency=asked.urgency)
    promised = {(target.policy_id, target.metric): target for target in targets}
    now, due_before = timezone.now(), {clock.pk: clock.due_at for clock in clocks}
    for clock in clocks:
        for name, value in _promise(promised[clock.policy_id, clock.metric], clock.policy).items():
            setattr(clock, name, value)
    _follow(asked, clocks)
    DeadlineFact.objects.bulk_create(
        [
            _fact(clock, DeadlineFact.Kind.BREACHED, now, by_reclassifying=True)
            for clock in clocks
            if _is_over(clock.due_at, now) and not _is_over(due_before[clock.pk], now)
        ],
        ignore_conflicts=True,
    )


def _is_over(due_at: datetime | None, now: datetime) -> bool:
    return due_at is not None and due_at <= now


def story_of(events: Iterable[RequestEvent]) -> Story:
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
        elif event.kind in RESUMES and paused is not None:
            story.pauses[-1] = (paused, event.at)
    return story


def _set(clock: ServiceClock, *, stopped_at: datetime | None, pauses: Sequence[Pause]) -> None:
    calendar = calendar_of(clock.calendar, around_the_clock=clock.around_the_clock)
    target = timedelta(minutes=clock.target_minutes)
    clock.due_at = due(calendar, clock.started_at, target, pauses)
    open_pause = next((begin for begin, end in pauses if end is None), None)
    clock.paused_at = None if stopped_at or clock.due_at else open_pause
    clock.stopped_at = stopped_at
    clock.is_met = None if stopped_at is None else clock.due_at is None or stopped_at <= clock.due_at
    moment, clock.left_minutes = stopped_at or clock.paused_at, None
    if moment is not None:
        left = left_of(calendar, clock.started_at, target, moment, pauses)
        clock.left_minutes = left // timedelta(minutes=1)
    clock.save(
        update_fields=[
            *("target_minutes", "around_the_clock", "calendar"),
            *("due_at", "paused_at", "stopped_at", "is_met", "left_minutes"),
        ]
    )


def is_near(clock: ServiceClock, now: datetime) -> bool:
    """Whether no more than a quarter of the target is left, by the calendar."""
    if clock.due_at is None:
        return False
    calendar = calendar_of(clock.calendar, around_the_clock=clock.around_the_clock)
    return elapsed(calendar, now, clock.due_at) <= timedelta(minutes=clock.target_minutes) * NEAR_LEFT


def follow_calendars() -> None:
    """Hold open requests to the calendars of their policies as they are now; what has stopped stays. Source: R19."""
    outdated = ServiceClock.objects.filter(stopped_at__isnull=True).exclude(calendar=F("policy__calendar"))
    with support_scope("which clocks run by an earlier calendar", routine=True):
        requests = list(outdated.order_by("request").values_list("tenant", "request").distinct())
    for tenant_id, pk in requests:
        try:
            with tenant_scope(tenant_id):
                requests_of = CustomerRequest.objects.select_for_update(no_key=True)
                _follow_calendar(requests_of.get(tenant=tenant_id, pk=pk))
        except DatabaseError:
            log.exception("calendar_not_followed", tenant_id=tenant_id, request_id_of_customer=pk)


def _follow_calendar(asked: CustomerRequest) -> None:
    """Unless somebody has done so, or has stopped the clocks, meanwhile."""
    clocks = [
        clock
        for clock in _clocks_of(asked)
        if clock.stopped_at is None and clock.calendar_id != clock.policy.calendar_id
    ]
    if not clocks:
        return
    for clock in clocks:
        clock.calendar = clock.policy.calendar
    _follow(asked, clocks)
    calendars = sorted({str(clock.calendar) for clock in clocks})
    RequestEvent.objects.create(
        tenant_id=asked.tenant_id,
        request=asked,
        kind=Kind.NOTED,
        at=timezone.now(),
        by_name=SYSTEM,
        is_of_support=True,
        is_internal=True,
        text=_("The deadlines now count by another calendar: %(calendar)s.") % {"calendar": ", ".join(calendars)},
        data={"calendars": calendars},
    )


def note_deadlines() -> None:
    """Write down, once, which clocks came near their deadlines, and which went past. One that fails keeps no other."""
    now = timezone.now()
    facts = DeadlineFact.objects.filter(tenant=OuterRef("tenant"), clock=OuterRef("pk"))
    running = ServiceClock.objects.filter(stopped_at__isnull=True, due_at__lte=now + FURTHEST)
    with support_scope("which deadlines are near", routine=True):
        clocks = list(
            running.exclude(Exists(facts.filter(kind=DeadlineFact.Kind.BREACHED)))
            .annotate(near_noted=Exists(facts.filter(kind=DeadlineFact.Kind.NEAR)))
            .prefetch_related("calendar__days")
        )
    for clock in clocks:
        if _is_over(clock.due_at, now):
            _note(clock, DeadlineFact.Kind.BREACHED, now)
        elif not clock.near_noted and is_near(clock, now):
            _note(clock, DeadlineFact.Kind.NEAR, now)


def _note(clock: ServiceClock, kind: DeadlineFact.Kind, now: datetime) -> None:
    """Unless somebody has just stopped the clock, or given it another deadline."""
    as_seen = ServiceClock.objects.filter(pk=clock.pk, stopped_at__isnull=True, due_at=clock.due_at)
    try:
        with tenant_scope(clock.tenant_id):
            if as_seen.select_for_update(no_key=True).first():
                DeadlineFact.objects.bulk_create([_fact(clock, kind, now)], ignore_conflicts=True)
    except DatabaseError:
        log.exception("deadline_not_noted", tenant_id=clock.tenant_id, clock_id=clock.pk)


def _fact(
    clock: ServiceClock, kind: DeadlineFact.Kind, now: datetime, *, by_reclassifying: bool = False
) -> DeadlineFact:
    return DeadlineFact(
        tenant_id=clock.tenant_id,
        clock=clock,
        kind=kind,
        due_at=clock.due_at or now,
        at=now,
        by_reclassifying=by_reclassifying,
    )

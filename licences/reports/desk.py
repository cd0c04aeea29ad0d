"""What the support desk looks at: how much time is left of each promise, and one request with all that it takes to
answer it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, Case, Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from licences.models import (
    CustomerRequest,
    Licence,
    LicenceSet,
    LimitOverride,
    Metric,
    RequestEvent,
    RequestFile,
    ServiceClock,
    Tenant,
    User,
)
from licences.reports.requests import FACTS
from licences.reports.restriction_list import RestrictionRow, restrictions
from licences.reports.service_level import Attainment, SupportMonth, attainment, support_month
from licences.reports.user_licences import user_licences
from licences.service_hours import elapsed
from licences.services.service_clocks import NEAR_LEFT, calendar_of
from licences.services.support_time import minutes_worked

OTHERS: Final = 8
"""So many other requests of the tenant are named."""

Kind = RequestEvent.Kind
MAILED: Final = frozenset({Kind.SUBMITTED, Kind.ANSWERED, Kind.ASKED, Kind.APPROVED, Kind.DECLINED, Kind.FULFILLED})

type Requests = QuerySet[CustomerRequest]


class Standing(StrEnum):
    """How a promise stands; with each goes an icon, a colour and words."""

    PAST = "past"
    NEAR = "near"
    FINE = "fine"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Remaining:
    """One promise of a request. `left` is business time, negative once it is past; `due_at` None while it waits."""

    metric: Metric
    standing: Standing
    due_at: datetime | None
    left: timedelta
    desk_zone: ZoneInfo

    @property
    def words(self) -> str:
        """How much is left, in a few words."""
        span = span_words(abs(self.left))
        if self.standing == Standing.PAST:
            return _("%(span)s late") % {"span": span}
        if self.standing == Standing.PAUSED:
            return _("Waits for the customer, %(span)s left") % {"span": span}
        if self.standing in (Standing.MET, Standing.MISSED):
            return _("Kept") if self.standing == Standing.MET else _("Not kept")
        return _("%(span)s left") % {"span": span}


def span_words(span: timedelta) -> str:
    """Hours and minutes of business time, rounded down."""
    hours, minutes = divmod(int(span / timedelta(minutes=1)), 60)
    said = {"hours": hours, "minutes": minutes}
    if not hours:
        return ngettext("%(minutes)d min", "%(minutes)d min", minutes) % said
    return (_("%(hours)d h %(minutes)d min") if minutes else _("%(hours)d h")) % said


def remaining_of(clock: ServiceClock, now: datetime) -> Remaining:
    """How one promise stands now, by its own calendar."""
    calendar = calendar_of(clock.calendar, around_the_clock=clock.around_the_clock)
    left = timedelta(minutes=clock.left_minutes or 0)
    if clock.stopped_at is not None:
        standing = Standing.MET if clock.is_met else Standing.MISSED
    elif clock.due_at is None:
        standing = Standing.PAUSED
    elif clock.due_at <= now:
        standing, left = Standing.PAST, -elapsed(calendar, clock.due_at, now)
    else:
        left = elapsed(calendar, now, clock.due_at)
        is_near = left <= timedelta(minutes=clock.target_minutes) * NEAR_LEFT
        standing = Standing.NEAR if is_near else Standing.FINE
    return Remaining(Metric(clock.metric), standing, clock.due_at, left, calendar.zone)


def nearest(clocks: Iterable[ServiceClock], now: datetime) -> Remaining | None:
    """The promise that is due first; else one that waits; None when none is open any more."""
    open_ones = [clock for clock in clocks if clock.stopped_at is None]
    running = sorted((clock for clock in open_ones if clock.due_at), key=lambda clock: clock.due_at or now)
    first = next(iter([*running, *open_ones]), None)
    return remaining_of(first, now) if first else None


def with_clocks(requests: Requests) -> Requests:
    """With all that `nearest` reads, in as many statements for many requests as for one."""
    clocks = ServiceClock.objects.select_related("calendar").prefetch_related("calendar__days")
    return requests.prefetch_related(Prefetch("clocks", clocks))


def queue(requests: Requests) -> Requests:
    """Each with `next_due_at`, the nearest deadline of a clock that runs; with `last_kind`, what happened last that the
    customer knows of; and whether it goes first: what is open and about security."""
    running = ServiceClock.objects.filter(
        tenant=OuterRef("tenant"), request=OuterRef("pk"), stopped_at__isnull=True, due_at__isnull=False
    )
    known = RequestEvent.objects.filter(tenant=OuterRef("tenant"), request=OuterRef("pk"), is_internal=False)
    goes_first = When(Q(is_security=True, closed_at__isnull=True), then=Value(value=True))
    return requests.annotate(
        next_due_at=Subquery(running.order_by("due_at").values("due_at")[:1]),
        last_kind=Subquery(known.order_by("-at", "-pk").values("kind")[:1]),
        goes_first=Case(goes_first, default=Value(value=False), output_field=BooleanField()),
    )


@dataclass(frozen=True, slots=True)
class QueueHead:
    """How the desk stands: what is open, late and waiting, how its promise is kept this month, and the support time of
    the tenant that one looks at, if it is one."""

    open: int
    late: int
    waiting: int
    attainment: list[Attainment]
    tenant: Tenant | None
    month: SupportMonth | None


def queue_head(tenant: Tenant | None, now: datetime) -> QueueHead:
    """Of one tenant, or of all."""
    requests = CustomerRequest.objects.open()
    if tenant is not None:
        requests = requests.filter(tenant=tenant)
    late = ServiceClock.objects.filter(stopped_at__isnull=True, due_at__lte=now)
    counts = requests.aggregate(
        open=Count("pk"),
        late=Count("pk", filter=Q(pk__in=late.values("request"))),
        waiting=Count("pk", filter=Q(state=CustomerRequest.State.WAITING)),
    )
    month = support_month(tenant, tenant.today) if tenant else None
    return QueueHead(**counts, attainment=attainment(now.date(), tenant=tenant), tenant=tenant, month=month)


BY_DEADLINE: Final = (F("goes_first").desc(), F("next_due_at").asc(nulls_last=True), "-submitted_at")


def wish_of(asked: CustomerRequest) -> str:
    """What an upgrade asks for, in a line; nothing of a support request. Reads what it refers to."""
    wants = CustomerRequest.Wants
    said = {"number": asked.quantity}
    if asked.wants == wants.LIMIT and asked.restriction is not None:
        name = asked.restriction.type.name
        return _("%(name)s: %(number)d") % {"name": name, **said} if asked.quantity is not None else name
    if asked.wants == wants.PLAN and asked.suite_plan is not None:
        return _("Plan %(name)s") % {"name": asked.suite_plan.name}
    if asked.wants == wants.SEATS:
        more = ngettext("%(number)d seat more", "%(number)d seats more", asked.quantity or 0) % said
        return f"{more}: {asked.licence.name}" if asked.licence is not None else more
    if asked.wants == wants.ADD_ON and asked.add_on is not None:
        return _("Add-on %(name)s") % {"name": asked.add_on.name}
    return ""


@dataclass(frozen=True, slots=True)
class TenantsNumbers:
    """How the tenant stands now: limits, user licences with their seats, the owners' sets, and what else it asks."""

    limits: list[RestrictionRow]
    licences: list[Licence]
    sets: list[tuple[LicenceSet, LicenceSet.Standing]]
    waiting: list[LicenceSet]
    overrides: list[LimitOverride]
    others: list[CustomerRequest]


@dataclass(frozen=True, slots=True)
class ThenAndNow:
    """One number that the request brought along, and the same today; `now` is empty where there is none to compare."""

    name: str
    then: str
    now: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeskPage:
    """One request. `minutes` were worked on it, and `month` is what the tenant has of support in this one; times are
    told in the zone of the desk."""

    asked: CustomerRequest
    wish: str
    clocks: list[Remaining]
    thread: list[RequestEvent]
    files: list[RequestFile]
    numbers: TenantsNumbers
    minutes: int
    month: SupportMonth
    users: int

    @property
    def desk_zone(self) -> ZoneInfo:
        return self.clocks[0].desk_zone if self.clocks else self.asked.tenant.zone

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What the support form asked for, as far as it was filled in."""
        given = self.asked.facts
        return [(str(label), str(given[name])) for name, label in FACTS.items() if given.get(name)]

    @property
    def mailed(self) -> frozenset[str]:
        """The kinds of events of which the customer is told by mail."""
        return MAILED

    @property
    def evidence(self) -> list[ThenAndNow]:
        return list(_then_and_now(self.asked, self.numbers, self.users))


FOR_PAGE: Final = ("tenant__suite_plan", "restriction__type", "suite_plan", "licence", "add_on", "submitted_by")


def desk_page(asked: CustomerRequest, now: datetime) -> DeskPage:
    """All that the page shows, in as many statements however long the thread is. `asked` comes with FOR_PAGE."""
    of_request: Mapping[str, Any] = {"tenant": asked.tenant_id, "request": asked}
    clocks = ServiceClock.objects.filter(**of_request).select_related("calendar")
    return DeskPage(
        asked=asked,
        wish=wish_of(asked),
        clocks=_in_order(clocks.prefetch_related("calendar__days"), now),
        thread=list(RequestEvent.objects.filter(**of_request).order_by("at", "pk")),
        files=list(RequestFile.objects.filter(**of_request).defer("content").order_by("pk")),
        numbers=_numbers(asked, now),
        minutes=minutes_worked(asked),
        month=support_month(asked.tenant, asked.tenant.today),
        users=User.objects.of(asked.tenant).able_to_log_in().count(),
    )


def _in_order(clocks: Iterable[ServiceClock], now: datetime) -> list[Remaining]:
    """The first answer before the solution."""
    return [remaining_of(clock, now) for clock in sorted(clocks, key=lambda clock: clock.metric != Metric.RESPONSE)]


def _numbers(asked: CustomerRequest, now: datetime) -> TenantsNumbers:
    tenant = asked.tenant
    sets = LicenceSet.objects.filter(tenant=tenant, state__in=[LicenceSet.State.ACTIVE, LicenceSet.State.PENDING])
    known = list(sets.select_related("owner", "suite_plan").order_by("-owner__is_vendor", "owner__name"))
    overrides = LimitOverride.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), tenant=tenant)
    others = CustomerRequest.objects.filter(tenant=tenant).exclude(pk=asked.pk)
    return TenantsNumbers(
        limits=restrictions(tenant),
        licences=[licence for licence in user_licences(tenant).values() if not licence.unrestricted],
        sets=[(each, each.standing(tenant.today)) for each in known if each.state == LicenceSet.State.ACTIVE],
        waiting=[each for each in known if each.state == LicenceSet.State.PENDING],
        overrides=list(overrides.select_related("restriction__type")),
        others=list(others.order_by("-submitted_at", "-pk")[:OTHERS]),
    )


def _then_and_now(asked: CustomerRequest, numbers: TenantsNumbers, users: int) -> Iterator[ThenAndNow]:
    """By what licences/reports/request_evidence.py kept."""
    evidence, limits = asked.evidence, {row.code: row for row in numbers.limits}
    for then in evidence.get("limits", ()):
        row = limits.get(then["code"])
        now = _of_limit(row.used, row.limit) if row else ""
        since = parse_datetime(then.get("reached_since") or then.get("near_since") or "")
        yield ThenAndNow(then["name"], _of_limit(then["used"], then["limit"]), now, since)
    if evidence.get("plan"):
        plan = asked.tenant.suite_plan
        yield ThenAndNow(_("Plan"), evidence["plan"], plan.name if plan else "")
    seats = {licence.name: _of_limit(licence.in_use, licence.total) for licence in numbers.licences}
    for then in evidence.get("seats", ()):
        yield ThenAndNow(then["name"], _of_limit(then["in_use"], then["total"]), seats.get(then["name"], ""))
    if "users" in evidence:
        yield ThenAndNow(_("Users"), str(evidence["users"]), str(users))


def _of_limit(used: int, limit: int | None) -> str:
    said = {"used": used, "limit": limit}
    return (_("%(used)d, no limit") if limit is None else _("%(used)d of %(limit)d")) % said

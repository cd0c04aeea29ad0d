"""Mails about requests, limits and deadlines with made-up data, for support to look at."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from config.mails import Mail
from licences.models import (
    BusinessCalendar,
    CustomerRequest,
    DeadlineFact,
    LimitCrossing,
    Metric,
    RequestEvent,
    Restriction,
    RestrictionType,
    ServiceClock,
    Tenant,
    User,
)
from notifications.services.deadline_mails import deadline_mail
from notifications.services.limit_mails import limit_mail
from notifications.services.request_mails import desk_mail, news_mail, received_mail

LIMIT: Final = RestrictionType(
    name="Active projects",
    unit_singular="active project",
    unit_plural="active projects",
    free_capacity="Mark projects that have ended as completed.",
)
DESK: Final = BusinessCalendar(name="Support desk", time_zone="Europe/Oslo")
OF_SUPPORT: Final = "Signe Storlia"
SAID: Final = {
    "submitted": "The spring campaign starts in four weeks,\nand it alone brings thirty projects.",
    "asked": "How many of the thirty will be open at the same time?",
    "answered": "Thank you. We are looking at your plan, and come back to you today.",
    "replied": "Twenty at most; the others follow in May.",
    "approved": "You get fifty more until the end of June.",
    "declined": "Twelve of your projects have ended long ago: mark them as completed, and there is room enough.",
}
GRANTED: Final = {"gives": "limit", "name": LIMIT.name, "after": 150, "until": "2027-06-30T22:00:00+00:00"}


def _request(tenant: Tenant, contact: User) -> CustomerRequest:
    return CustomerRequest(
        pk=12,
        tenant=tenant,
        kind=CustomerRequest.Kind.UPGRADE,
        wants=CustomerRequest.Wants.LIMIT,
        restriction=Restriction(type=LIMIT, used=97, limit=100),
        quantity=150,
        title="Projects of the spring campaign",
        description=SAID["submitted"],
        contact_name=contact.full_name,
        contact_email=contact.email,
        affected_users=9,
        all_users=40,
        urgency=CustomerRequest.Urgency.MIDDLE,
        submitted_by=contact,
    )


def _event(tenant: Tenant, contact: User, kind: str) -> RequestEvent:
    is_of_support = kind in {"asked", "answered", "approved", "declined", "fulfilled"}
    return RequestEvent(
        request=_request(tenant, contact),
        kind=kind,
        by_name=OF_SUPPORT if is_of_support else contact.full_name,
        is_of_support=is_of_support,
        text=SAID.get(kind, ""),
    )


def _clock(metric: Metric, hours: int, **of: Any) -> ServiceClock:
    return ServiceClock(metric=metric, calendar=DESK, due_at=_in(hours), **of)


def _in(hours: int) -> datetime:
    return timezone.now() + timedelta(hours=hours)


def _clocks() -> list[ServiceClock]:
    return [_clock(Metric.RESPONSE, 20), _clock(Metric.SOLUTION, 70)]


def request_received(tenant: Tenant, contact: User) -> Mail:
    return received_mail(_event(tenant, contact, "submitted"), tenant, _clocks())


def request_news(tenant: Tenant, contact: User, kind: str) -> Mail:
    event = _event(tenant, contact, kind)
    event.request.granted = GRANTED
    return news_mail(event, tenant)


def request_to_desk(tenant: Tenant, contact: User, kind: str) -> Mail:
    return desk_mail(_event(tenant, contact, kind), tenant, _clocks() if kind == "submitted" else [])


def deadline_near(tenant: Tenant, contact: User, *, missed: bool = False) -> Mail:
    kind = DeadlineFact.Kind.BREACHED if missed else DeadlineFact.Kind.NEAR
    hours = -1 if missed else 2
    clock = _clock(Metric.RESPONSE, hours, request=_request(tenant, contact))
    return deadline_mail(DeadlineFact(clock=clock, kind=kind, due_at=_in(hours)), tenant=tenant, to=contact.email)


def limit_at(tenant: Tenant, administrator: User, threshold: int) -> Mail:
    used = {85: 86, 100: 100}[threshold]
    crossing = LimitCrossing(
        restriction=Restriction(type=LIMIT), threshold=threshold, used=used, limit=100, at=timezone.now()
    )
    return limit_mail(crossing, tenant=tenant, to=administrator)

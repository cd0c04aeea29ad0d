"""Requests as people work on them at given moments, and how their clocks stand, for tests."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from zoneinfo import ZoneInfo

import time_machine

from licences.models import CustomerRequest, DeadlineFact, Metric, ServiceClock, User
from tests.factories import scope_of
from tests.licences.requesting import send

OSLO = ZoneInfo("Europe/Oslo")
URGENCY = {"high": 100, "middle": 50, "low": 1}
"""Of 100 users so many are affected."""


def oslo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OSLO)


def at(text: str) -> AbstractContextManager[object]:
    return time_machine.travel(oslo(text), tick=False)


def ask_for_help(by: User, when: str, urgency: str = "middle") -> CustomerRequest:
    with at(when):
        return send(by, affected_users=URGENCY[urgency], all_users=100)


def does(
    request: CustomerRequest, when: str, change: Callable[..., CustomerRequest], **options: object
) -> CustomerRequest:
    with at(when), scope_of(request):
        return change(request, **options)


def clock_of(request: CustomerRequest, metric: Metric = Metric.SOLUTION) -> ServiceClock:
    with scope_of(request):
        return ServiceClock.objects.select_related("policy", "calendar").get(request=request, metric=metric)


def facts_of(request: CustomerRequest) -> set[tuple[str, str, bool]]:
    with scope_of(request):
        facts = DeadlineFact.objects.filter(clock__request=request)
        return set(facts.values_list("clock__metric", "kind", "by_reclassifying"))

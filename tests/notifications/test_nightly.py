"""Every night by the tenant's clock the counters are regenerated: once, however many schedulers look."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from licences.models import Tenant
from notifications.models import Job, Occurrence, SystemEvent
from notifications.services.nightly import start_nightly
from notifications.services.product_reports import Report, take_report
from notifications.services.tracker import Status, start_job, work
from tests.factories import TenantFactory, scope_of
from tests.notifications.jobs import Marking, start, take
from tests.threads import at_once

pytestmark = pytest.mark.django_db

OSLO, AUCKLAND = ZoneInfo("Europe/Oslo"), ZoneInfo("Pacific/Auckland")


def started(tenant: Tenant) -> int:
    with scope_of(tenant):
        return SystemEvent.objects.of(tenant).filter(key=Marking.key).count()


def finish_all(*tenants: Tenant) -> None:
    for tenant in tenants:
        with scope_of(tenant):
            jobs = list(Job.objects.filter(tenant=tenant, ended_at__isnull=True))
        for job in jobs:
            work(take(job), Marking())


def test_it_starts_at_two_by_the_tenants_own_clock() -> None:
    oslo, auckland = TenantFactory(time_zone=OSLO.key), TenantFactory(time_zone=AUCKLAND.key)
    counts = []

    for moment in (
        datetime(2026, 11, 26, 1, 59, tzinfo=OSLO),  # 13:59 in Auckland
        datetime(2026, 11, 26, 2, 0, tzinfo=OSLO),
        datetime(2026, 11, 27, 1, 59, tzinfo=AUCKLAND),  # 13:59 in Oslo, of the day before
        datetime(2026, 11, 27, 2, 0, tzinfo=AUCKLAND),
    ):
        with time_machine.travel(moment, tick=False):
            start_nightly(Marking())
            counts.append((started(oslo), started(auckland)))
            finish_all(oslo, auckland)

    assert counts == [(0, 1), (1, 1), (1, 1), (1, 2)]


def test_a_night_has_one_and_the_next_has_another() -> None:
    tenant = TenantFactory()
    night = datetime(2026, 11, 26, 2, 0, tzinfo=OSLO)

    for later in (timedelta(0), timedelta(minutes=5), timedelta(hours=20)):
        with time_machine.travel(night + later, tick=False):
            start_nightly(Marking())
    assert started(tenant) == 1
    finish_all(tenant)
    with time_machine.travel(night + timedelta(days=1), tick=False):
        start_nightly(Marking())

    assert started(tenant) == 2


def test_a_night_that_nobody_looked_in_is_made_up_for_in_the_day() -> None:
    tenant = TenantFactory()

    with time_machine.travel(datetime(2026, 11, 26, 11, 0, tzinfo=OSLO), tick=False):
        start_nightly(Marking())

    assert started(tenant) == 1


def test_what_was_started_by_hand_since_counts() -> None:
    tenant = TenantFactory()

    with time_machine.travel(datetime(2026, 11, 26, 3, 0, tzinfo=OSLO), tick=False):
        with scope_of(tenant):
            start_job(Marking(), tenant=tenant, by=None)
        start_nightly(Marking())

    assert started(tenant) == 1


def test_what_still_runs_is_left_to_it() -> None:
    tenant = TenantFactory()
    with time_machine.travel(datetime(2026, 11, 26, 1, 0, tzinfo=OSLO), tick=False):
        start(tenant)

    with time_machine.travel(datetime(2026, 11, 26, 2, 0, tzinfo=OSLO), tick=False):
        start_nightly(Marking())

    assert started(tenant) == 1


def test_what_a_product_reports_of_the_same_thing_is_no_nights_work() -> None:
    tenant = TenantFactory()
    with time_machine.travel(datetime(2026, 11, 26, 3, 0, tzinfo=OSLO), tick=False), scope_of(tenant):
        running, ended = (Report(run="1", status=status) for status in (Status.RUNNING, Status.SUCCEEDED))
        take_report(tenant, source="https://crm.example", key=Marking.key, report=running)
        start_nightly(Marking())
        assert started(tenant) == 1
        take_report(tenant, source="https://crm.example", key=Marking.key, report=ended)

        start_nightly(Marking())

    assert started(tenant) == 2


@pytest.mark.django_db(transaction=True)
def test_many_schedulers_at_once_start_one() -> None:
    tenants = [TenantFactory() for _ in range(3)]

    with time_machine.travel(datetime(2026, 11, 26, 3, 0, tzinfo=OSLO), tick=False):
        at_once([lambda: start_nightly(Marking())] * 4)

    assert [started(tenant) for tenant in tenants] == [1, 1, 1]
    for tenant in tenants:
        with scope_of(tenant):
            assert Occurrence.objects.count() == 1

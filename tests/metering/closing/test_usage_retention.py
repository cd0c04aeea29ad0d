"""Tables of events come a year ahead and go after 400 days, and the keys of their events with them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connections

from licences.models import Tenant
from metering.models import EventKey, MeteredService, UsageDay, UsageEvent, UsageMonth
from metering.partitions import create_month, name_of
from metering.periods import Month
from metering.services.retention import forget_keys, keep_partitions
from tests.factories import behind_the_policies, scope_of
from tests.metering.closing.months import OCTOBER, used

pytestmark = pytest.mark.django_db(transaction=True)


def tables() -> set[str]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'metering_usageevent'::regclass"
        )
        return {name for (name,) in cursor.fetchall()}


@pytest.fixture
def _as_it_was(transactional_db: None) -> Iterator[None]:
    """Whatever tables come and go, later tests have those of before."""
    before = tables()
    yield
    with connections["owner"].cursor() as cursor:
        for name in tables() - before:
            cursor.execute(f"DROP TABLE {name}")
        for name in before - tables():
            year, month = name.rsplit("_", 2)[1:]
            cursor.execute(create_month(datetime(int(year), int(month), 1, tzinfo=UTC).date()))


@pytest.mark.usefixtures("_as_it_was")
def test_each_month_of_the_year_to_come_has_a_table() -> None:
    for year in (2027, 2027, 2028):
        with time_machine.travel(datetime(year, 2, 10, tzinfo=UTC), tick=False):
            keep_partitions()

            wanted = {name_of(Month(datetime(year, 2, 1, tzinfo=UTC).date()).plus(n).first) for n in range(-2, 13)}
            assert wanted <= tables()
            assert keep_partitions() == []


@pytest.mark.usefixtures("_as_it_was")
def test_after_400_days_events_go_and_what_they_came_to_stays(metered: Tenant, emails: MeteredService) -> None:
    used(metered, ("a", 620))
    last = datetime(2026, 10, 31, tzinfo=UTC)

    with time_machine.travel(last + timedelta(days=400), tick=False):
        keep_partitions()
        assert forget_keys() == 0
    assert name_of(OCTOBER.first) in tables()
    with time_machine.travel(last + timedelta(days=401), tick=False):
        assert name_of(OCTOBER.first) in keep_partitions()
        assert forget_keys() == 1

    assert name_of(OCTOBER.first) not in tables()
    with scope_of(metered):
        assert not UsageEvent.objects.exists()
        assert not EventKey.objects.exists()
        assert UsageDay.objects.get().quantity == 620
    with behind_the_policies():  # by the database's own clock the events should be there
        UsageDay.objects.all().delete()
        UsageMonth.objects.all().delete()

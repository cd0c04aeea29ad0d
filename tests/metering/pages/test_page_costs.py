"""What the pages of metered services ask of the database does not grow with what was used."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from licences.models import User
from metering.models import MeteredService
from metering.reports.events.listed import events_of_day
from metering.reports.events.uncounted import UncountedQuery, uncounted
from tests.conftest import ClientOf
from tests.factories import (
    MeteredServiceFactory,
    ProducerTotalFactory,
    RepeatDayFactory,
    SeatFactory,
    TenantFactory,
    UncountedEventFactory,
    UsageAlertFactory,
    UsageDayFactory,
    UsageMonthFactory,
    UserFactory,
    behind_the_policies,
    scope_of,
)
from tests.metering.pages.conftest import NOW
from tests.metering.sending import event, send
from tests.test_query_counts import nodes

pytestmark = pytest.mark.django_db

MOST_STATEMENTS = 12
NOVEMBER = date(2026, 11, 1)

PAGES = {
    "dashboard": reverse("metering:dashboard"),
    "month before": reverse("metering:dashboard", query={"month": "2026-10"}),
    "service": reverse("metering:service", args=["emails"]),
    "day of a service": reverse("metering:service", args=["emails"], query={"day": "2026-11-20"}),
    "not counted": reverse("metering:uncounted", query={"service": "emails"}),
    "event": reverse("metering:events", query={"id": "n1"}),
}


def fill(boss: User, emails: MeteredService, *, count: int) -> None:
    """So many days, months, services and events of everything."""
    tenant = boss.tenant
    send(tenant, [event(f"n{n}", time=NOW, quantity=1) for n in range(count)])
    send(tenant, [event(f"n{n}", time=NOW, quantity=2) for n in range(count)])
    others = [emails, *(MeteredServiceFactory() for _ in range(count // 10))]
    for place in range(1, count):
        day = NOW.date() - timedelta(days=place)
        for n in range(1 + count // 10):
            UsageDayFactory(tenant=tenant, service=emails, day=day, source=f"https://{n}.example", quantity=Decimal(5))
        ProducerTotalFactory(tenant=tenant, service=emails, day=day, quantity=5)
        RepeatDayFactory(tenant=tenant, service=emails, day=day)
        UncountedEventFactory(tenant=tenant, service_code="emails", last_at=NOW)
    for back in range(1, 1 + count // 2):
        UsageMonthFactory(
            tenant=tenant,
            service=emails,
            month=(NOVEMBER.replace(day=1) - timedelta(days=31 * back)).replace(day=1),
            edition=1,
            has_late=True,
        )
    for service in others:
        UsageAlertFactory(tenant=tenant, service=service, month=NOVEMBER)


def statements(client: Client, address: str) -> int:
    client.get(address)  # the first request of a session writes when it began
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len([each for each in queries if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))]) - 1
    # without the way back to the scope of the test


def test_each_page_asks_as_often_of_much_as_of_little(boss: User, emails: MeteredService, client_of: ClientOf) -> None:
    other = SeatFactory(user=UserFactory(tenant=TenantFactory(), administrator=True), licence__type__plan=True).user
    fill(boss, emails, count=4)
    fill(other, emails, count=40)

    few, many = ({name: statements(client_of(who), page) for name, page in PAGES.items()} for who in (boss, other))

    assert few == many
    assert {name: number for name, number in many.items() if number > MOST_STATEMENTS} == {}


MANY = """
INSERT INTO metering_usageevent
    (tenant_id, service_id, day, time, key, source, event_id, subject, quantity, received_at, edition)
SELECT %(tenant)s, %(service)s, at::date, at, gen_random_uuid(), 'https://crm.example', n, '', 1, at, 0
FROM (SELECT n, timestamptz '2026-11-01 12:00Z' + n * interval '1 minute' AS at FROM generate_series(1, 10000) n) made
"""
REFUSED = """
INSERT INTO metering_uncountedevent
    (tenant_id, key, kind, reason, source, event_id, service_code, "time", quantity, first_at, last_at, times)
SELECT %(tenant)s, gen_random_uuid(), 'rejected', 'event-too-old', 'https://crm.example', n,
    CASE WHEN n %% 500 = 0 THEN 'emails' ELSE 'others' END, '', '', at, at, 1
FROM (SELECT n, timestamptz '2026-11-01 12:00Z' + n * interval '1 minute' AS at FROM generate_series(1, 10000) n) made
"""


def test_single_events_are_read_in_the_order_of_an_index(boss: User, emails: MeteredService) -> None:
    with scope_of(boss), connection.cursor() as cursor:
        cursor.execute(MANY, {"tenant": boss.tenant.pk, "service": emails.pk})
        cursor.execute(REFUSED, {"tenant": boss.tenant.pk})
    with behind_the_policies(), connection.cursor() as cursor:
        cursor.execute("ANALYZE metering_usageevent, metering_uncountedevent")

    with CaptureQueriesContext(connection) as queries, scope_of(boss):
        page = events_of_day(boss.tenant, emails, date(2026, 11, 5), before=None)
        found = uncounted(boss.tenant, UncountedQuery("2026-11", "emails"))

    assert len(page.rows) == 50
    assert len(found.refused) == 20
    for table in ("metering_usageevent", "metering_uncountedevent"):
        (asked,) = [query["sql"] for query in queries if f"FROM {table}" in query["sql"].replace('"', "")]
        with scope_of(boss), connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {asked}")
            ((plan,),) = cursor.fetchall()
        kinds = {node["Node Type"] for node in nodes(plan[0]["Plan"])}
        assert not kinds & {"Sort", "Seq Scan", "Incremental Sort"}, plan

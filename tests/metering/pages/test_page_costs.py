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
)
from tests.metering.pages.conftest import NOW
from tests.metering.sending import event, send

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

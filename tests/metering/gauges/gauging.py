"""A gauge's values over several months, and the invoices that are drawn meanwhile."""

from datetime import UTC, date, datetime
from decimal import Decimal

import time_machine

from licences.models import Tenant
from metering.models import MeteredService, RatedBy, UsageEvent, UsageMonth
from metering.periods import Month
from metering.services.closing import Closed, close
from metering.services.ingest import Status
from tests.factories import MeteredServiceFactory, TariffFactory, behind_the_policies, scope_of
from tests.metering.closing.months import after
from tests.metering.sending import event, send

OCTOBER, NOVEMBER, DECEMBER = (Month(date(2026, number, 1)) for number in (10, 11, 12))


def at(month: int, day: int, hour: int = 9) -> datetime:
    """A moment of 2026, by the clocks of UTC."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


def gauge(rated_by: str) -> MeteredService:
    """10 are included, then each started one costs 2.50. Its code is by what it is rated."""
    service = MeteredServiceFactory(code=rated_by, name=rated_by.title(), unit="GB", kind=MeteredService.Kind.GAUGE)
    TariffFactory(
        service=service,
        rated_by=RatedBy(rated_by),
        allowance_base=Decimal(10),
        allowance_per_user=Decimal(0),
        block_size=Decimal(1),
    )
    return service


def show(tenant: Tenant, name: str, time: datetime, value: object, *, service: str, on: datetime | None = None) -> None:
    """A value of this time is sent: then, or on another day."""
    with time_machine.travel(on or time, tick=False):
        (outcome,) = send(tenant, [event(name, service, time=time, quantity=value)])
    assert outcome.status in (Status.ACCEPTED, Status.DUPLICATE)


def drawn(tenant: Tenant, month: Month) -> Closed:
    """What its close comes to."""
    with time_machine.travel(after(month), tick=False), scope_of(tenant):
        return close([tenant], month)


def month_of(tenant: Tenant, month: Month) -> UsageMonth:
    """Of its only service."""
    with scope_of(tenant):
        return UsageMonth.objects.get(month=month.first)


def drop_events(*, before: Month) -> None:
    """As they go when they are old."""
    with behind_the_policies():
        UsageEvent.objects.filter(day__lt=before.first).delete()

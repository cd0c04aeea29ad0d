"""A tenant's months as they go by: events are sent when they happen, and invoices drawn when it is time."""

from datetime import UTC, date, datetime
from typing import Any

import time_machine

from licences.models import Tenant, User
from metering.models import Invoice
from metering.periods import Month
from metering.services.closing import close
from tests.factories import SeatFactory, UserFactory, scope_of
from tests.metering.sending import event, send

NOW = datetime(2026, 12, 10, 12, tzinfo=UTC)
OCTOBER, NOVEMBER, DECEMBER = Month(date(2026, 10, 1)), Month(date(2026, 11, 1)), Month(date(2026, 12, 1))


def at(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def put_user(tenant: Tenant) -> User:
    """An administrator, who holds a plan since 12 October, 9 o'clock UTC."""
    user: User = UserFactory(tenant=tenant, administrator=True)
    SeatFactory(licence__tenant=tenant, licence__type__plan=True, user=user, assigned_at=at(10, 12))
    return user


def count(tenant: Tenant, *events: tuple[str, datetime, Any], service: str = "emails") -> None:
    """Have these events counted, each when it happens."""
    for event_id, time, quantity in events:
        with time_machine.travel(time, tick=False):
            send(tenant, [event(event_id, service, time=time, quantity=quantity)])


def count_late(tenant: Tenant, *events: tuple[str, datetime, Any], on: datetime) -> None:
    """Have these e-mails counted long after they were sent."""
    with time_machine.travel(on, tick=False):
        send(tenant, [event(event_id, time=time, quantity=quantity) for event_id, time, quantity in events])


def draw(tenant: Tenant, month: Month) -> Invoice:
    """Draw the month's invoice in its first possible moment."""
    with time_machine.travel(month.closes(tenant.zone), tick=False), scope_of(tenant):
        (invoice,) = close([tenant], month).invoices
    return invoice


def draw_october(tenant: Tenant) -> Invoice:
    """One user, so 520 e-mails are included; 750 are sent, on two days: three started blocks."""
    count(tenant, ("a", at(10, 3), 150), ("b", at(10, 20), 500), ("c", at(10, 20, 10), 100))
    return draw(tenant, OCTOBER)


def draw_november(tenant: Tenant) -> Invoice:
    """Nothing to pay for itself; of October 100.5 more came late, which is one more block."""
    count_late(tenant, ("late", at(10, 20, 11), "100.5"), on=at(11, 5))
    count(tenant, ("d", at(11, 6), 20))
    return draw(tenant, NOVEMBER)

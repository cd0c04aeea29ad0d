"""Months that have been: what was sent when, closed as the sweep closes it."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import time_machine

from licences.models import Tenant
from metering.models import Invoice
from metering.periods import Month
from metering.services.allowances import open_months
from metering.services.closing import close
from notifications.jobs.month_close import MonthClose
from notifications.services.month_closes import Swept, close_due_months
from tests.factories import scope_of
from tests.metering.sending import event, send

SEPTEMBER, OCTOBER, NOVEMBER = (Month(date(2026, number, 1)) for number in (9, 10, 11))
IN_OCTOBER = datetime(2026, 10, 20, 12, tzinfo=UTC)


def after(month: Month) -> datetime:
    """When its invoice is due everywhere on earth."""
    return datetime.combine(month.plus(1).first, datetime.min.time(), tzinfo=UTC) + timedelta(days=4)


def used(tenant: Tenant, *events: tuple[str, object], at: datetime = IN_OCTOBER, service: str = "emails") -> None:
    """Events of this id and quantity came at this time, and tell of it."""
    with time_machine.travel(at, tick=False):
        send(tenant, [event(name, service, time=at, quantity=quantity) for name, quantity in events])


def begun(at: datetime = IN_OCTOBER) -> None:
    """Every service has its month, used or not."""
    with time_machine.travel(at, tick=False):
        open_months()


def closed(tenants: Iterable[Tenant], month: Month) -> list[Invoice]:
    """What is drawn in each tenant's own scope."""
    drawn = []
    with time_machine.travel(after(month), tick=False):
        for tenant in tenants:
            with scope_of(tenant):
                drawn += close([tenant], month).invoices
    return drawn


def swept(at: datetime | None = None) -> Swept:
    """What the sweep does then, or when October is due."""
    with time_machine.travel(at or after(OCTOBER), tick=False):
        return close_due_months(MonthClose)

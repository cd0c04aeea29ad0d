"""How much of their limits the demo tenants have used in the last 90 days: for development only, invented, the same
in every run. It is counted and reported day by day, as it would have been."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from random import Random
from typing import Final

from django.utils import timezone

from licences.models import LimitMovement, Restriction, Tenant
from licences.services.restriction_changes import GIVE_BACK, REPORT, TAKE, change

COUNTED_BY: Final = "https://crm.example"
DAYS: Final = 90
AT: Final = time(15, 30)
"""By then most of a day's work is done."""
BEGAN_WITH: Final = 0.62
"""So much of what is in use today was in use 90 days ago."""


def use_up(restriction: Restriction, tenant: Tenant, *, used: int) -> None:
    """Let so much be in use today, after 90 days of more and less. Nothing may have been used before."""
    now = timezone.now()
    in_use = 0
    for moment, wanted in _days(restriction, tenant, now, used):
        if restriction.authority == Restriction.Authority.PRODUCT:
            change(REPORT, tenant, restriction.type.code, at=moment, quantity=wanted)
        elif wanted != in_use:
            _move(restriction, tenant, wanted - in_use, moment)
        in_use = wanted


def _move(restriction: Restriction, tenant: Tenant, more: int, at: datetime) -> None:
    statement, kind = (TAKE, LimitMovement.Kind.CONSUMED) if more > 0 else (GIVE_BACK, LimitMovement.Kind.RELEASED)
    change(statement, tenant, restriction.type.code, at=at, quantity=abs(more), kind=kind, source=COUNTED_BY)


def _days(restriction: Restriction, tenant: Tenant, now: datetime, used: int) -> Iterator[tuple[datetime, int]]:
    """The end of each day with what was in use; the last one is now, with all of it. Nothing changes at weekends."""
    chance = Random(f"{tenant.serial_number} {restriction.type.code}")  # noqa: S311 - invented, not secret
    in_use = used * BEGAN_WITH
    for ago in range(DAYS, 0, -1):
        day = tenant.today - timedelta(days=ago)
        in_use += 0 if day.weekday() > 4 else (used - in_use) / (ago * 5 / 7) * chance.uniform(-0.4, 2.4)
        moment = datetime.combine(day, AT, tzinfo=tenant.zone)
        yield moment, min(max(round(in_use), 0), used)
    yield now, used

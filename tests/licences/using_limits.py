"""Using limits up and giving back, as a product does, and what there is to see afterwards."""

from datetime import UTC, datetime, timedelta
from typing import Any

from licences.models import (
    LimitCrossing,
    LimitMovement,
    Restriction,
)
from licences.services.restrictions import (
    Answer,
    consume,
    release,
)
from tests.factories import scope_of

SOURCE = "https://crm.example"
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def take(row: Restriction, quantity: int = 1, **more: Any) -> Answer:
    with scope_of(row):
        return consume(row.tenant, row.type.code, quantity=quantity, source=SOURCE, **more)


def give_back(row: Restriction, quantity: int = 1) -> Answer:
    with scope_of(row):
        return release(row.tenant, row.type.code, quantity=quantity, source=SOURCE)


def now_of(row: Restriction) -> Restriction:
    with scope_of(row):
        return Restriction.objects.get(pk=row.pk)


def movements(row: Restriction) -> list[tuple[str, int]]:
    with scope_of(row):
        return list(LimitMovement.objects.order_by("pk").values_list("kind", "quantity"))


def crossings(row: Restriction) -> list[tuple[int, int, int]]:
    with scope_of(row):
        return list(LimitCrossing.objects.order_by("pk").values_list("threshold", "used", "limit"))

"""An administrator of a metered tenant, on the 20th of November 2026."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from licences.models import Tenant, User
from tests.factories import SeatFactory, UserFactory

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _on_a_friday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def boss(metered: Tenant) -> User:
    """An administrator, and the only user with a plan."""
    return SeatFactory(user=UserFactory(tenant=metered, administrator=True), licence__type__plan=True).user

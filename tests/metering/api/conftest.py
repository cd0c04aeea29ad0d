"""Back ends of a metered tenant call the API here."""

from collections.abc import Iterator

import pytest
import time_machine

from licences.models import Tenant
from tests.licences.api.conftest import back_end, back_end_of
from tests.metering.billed import NOW

__all__ = ["back_end", "back_end_of"]


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def tenant(metered: Tenant) -> Tenant:
    return metered

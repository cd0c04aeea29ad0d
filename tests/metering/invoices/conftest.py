"""A tenant with a drawn invoice, with late usage in the next one, and with a month that is still open."""

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from licences.models import Tenant, User
from metering.models import Invoice, MeteredService
from tests.conftest import ClientOf
from tests.metering.billed import NOW, draw_november, draw_october, put_user


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def reader(metered: Tenant) -> User:
    """The administrator of the metered tenant, its one user."""
    return put_user(metered)


@pytest.fixture
def client(reader: User, client_of: ClientOf) -> Client:
    return client_of(reader)


@pytest.fixture
def october(metered: Tenant, reader: User, emails: MeteredService) -> Invoice:
    return draw_october(metered)


@pytest.fixture
def november(metered: Tenant, october: Invoice) -> Invoice:
    return draw_november(metered)

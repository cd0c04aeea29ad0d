"""A company with two plans: Service, of which four hold a seat, and Sales, which has free ones."""

import pytest
from django.test import Client

from licences.models import Licence, User
from tests.conftest import ClientOf
from tests.factories import (
    LicenceFactory,
    LicenceTypeFactory,
    SeatFactory,
    scope_of,
)
from tests.licences.superfluous.dialog import NAMES
from tests.licences.waiting import again


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


@pytest.fixture
def sales(administrator: User) -> Licence:
    """Another plan, with five free seats, on which the administrator's own seat is."""
    with scope_of(administrator):
        licence = Licence.objects.select_related("type__owner", "tenant").get(tenant=administrator.tenant)
        Licence.objects.filter(pk=licence.pk).update(name="Sales Premium", total=6)
    return again(licence)


@pytest.fixture
def people(sales: Licence) -> dict[str, User]:
    """Four who hold a seat of Service, by first name."""
    service = LicenceFactory(tenant=sales.tenant, type=LicenceTypeFactory(plan=True, code="service", name="Service"))
    seats = [SeatFactory(licence=service, user__full_name=name) for name in NAMES]
    return {seat.user.full_name.split()[0]: seat.user for seat in seats}


@pytest.fixture
def service(people: dict[str, User]) -> Licence:
    tenant = people["Astrid"].tenant
    with scope_of(tenant):
        return Licence.objects.select_related("type__owner", "tenant").get(tenant=tenant, type__code="service")

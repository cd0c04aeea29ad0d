"""A call asks the database as often for a large tenant as for a small one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from licences.models import Tenant
from tests.factories import LicenceFactory, SeatFactory, TenantFactory, UserFactory
from tests.licences.api.conftest import BackEnd, BackEndOf

pytestmark = pytest.mark.django_db

MOST = 14


def statements(back_end: BackEnd, address: str) -> int:
    """Those of a call that is not the first of its minute; without what marks its transactions."""
    back_end.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert back_end.get(address).status_code == 200
    return len([query for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))])


def tenant_with(licences: int, seats: int) -> Tenant:
    """Whose one user has a login ID that says how large the tenant is."""
    tenant = TenantFactory()
    user = UserFactory(tenant=tenant, login_id=f"of-{licences}")
    for number in range(licences):
        LicenceFactory(tenant=tenant, type__system=True)
        licence = LicenceFactory(tenant=tenant, type__plan=number % 5 == 0)
        for holder in [user, *(UserFactory(tenant=tenant) for _ in range(seats))]:
            SeatFactory(licence=licence, user=holder)
    return tenant


@pytest.mark.parametrize("address", ["/licences?limit=200", "/users/{}/entitlements"])
def test_statements_do_not_grow_with_the_tenant(address: str, back_end_of: BackEndOf) -> None:
    counts = [
        statements(back_end_of(tenant_with(licences, seats)), f"/api/v1{address.format(f'of-{licences}')}")
        for licences, seats in ((2, 1), (40, 3))
    ]

    assert counts[0] == counts[1] <= MOST

"""What the pages of invoices ask of the database does not depend on how much there is."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from licences.models import Tenant
from metering.models import Invoice, MeteredService
from tests.factories import InvoiceFactory, InvoiceLineFactory, SeatFactory, UserFactory
from tests.metering.billed import at, count, count_late
from tests.test_query_counts import MOST_STATEMENTS

pytestmark = pytest.mark.django_db

PAGES = [
    "",
    "2026-10/",
    "2026-11/",
    "2026-12/",
    "2026-10/emails/?day=2026-10-20",
    "2026-11/emails/?of=2026-10",
    "2026-12/emails/?day=2026-12-02",
    "2026-12/emails/?of=2026-11",
]


def statements(client: Client, page: str) -> int:
    """Those of a page, with the entry into its scopes and without what marks its transaction."""
    address = f"/metering/invoices/{page}"
    client.get(address)  # the first request of a session writes when it began
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len([query for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]) - 1


def test_a_page_asks_at_most_12_times_and_as_often_of_much_as_of_little(
    client: Client, metered: Tenant, november: Invoice, emails: MeteredService, storage: MeteredService
) -> None:
    count(metered, ("e", at(12, 2), 1))
    count_late(metered, ("g", at(11, 20), 1), on=at(12, 6))
    few = {page: statements(client, page) for page in PAGES}

    count(metered, *((f"f{number}", at(12, 2 + number % 3), 1) for number in range(9)))
    count(metered, ("s", at(12, 2), 30), service="storage")
    count_late(metered, ("h", at(11, 20), 500), on=at(12, 6))
    for _ in range(5):
        InvoiceFactory(tenant=metered)
        InvoiceLineFactory(invoice=november)
        user = UserFactory(tenant=metered)
        SeatFactory(user=user, licence__tenant=metered, licence__type__plan=True, assigned_at=at(12, 3))
    many = {page: statements(client, page) for page in PAGES}

    assert few == many
    assert max(few.values()) <= MOST_STATEMENTS, few

"""The counter regeneration puts wrong counters right and reports each difference."""

import pytest

from licences.models import Licence, Tenant
from notifications.jobs.counter_regeneration import REPORTED, CounterRegeneration
from notifications.models import SystemEvent
from notifications.services.tracker import work
from tests.factories import LicenceFactory, SeatFactory, TenantFactory, as_owner, scope_of
from tests.notifications.jobs import now, start, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory()


def regenerate(tenant: Tenant) -> SystemEvent:
    job = start(tenant, CounterRegeneration())
    work(take(job), CounterRegeneration())
    return now(job).event


def spoil(licence: Licence, *, stored: int) -> None:
    """As only the owner of the database can, behind everybody's back."""
    with as_owner():
        Licence.objects.filter(pk=licence.pk).update(in_use=stored)


def test_it_says_so_when_all_were_right(tenant: Tenant) -> None:
    SeatFactory(tenant=tenant)

    event = regenerate(tenant)

    assert (event.status, event.message) == ("succeeded", "Counters checked: 1. All were right.")


def test_a_wrong_counter_is_put_right_and_named(tenant: Tenant) -> None:
    licence = SeatFactory(tenant=tenant, licence__name="Sales Premium").licence
    LicenceFactory(tenant=tenant)
    spoil(licence, stored=7)

    event = regenerate(tenant)

    assert event.message == "Counters checked: 2. Wrong and put right: 1."
    assert "Sales Premium: 7 stored, 1 counted" in event.description
    with scope_of(tenant):
        assert Licence.objects.get(pk=licence.pk).in_use == 1


def test_it_reports_its_own_differences_and_no_earlier_ones(tenant: Tenant) -> None:
    spoil(LicenceFactory(tenant=tenant, name="Sales"), stored=1)
    regenerate(tenant)

    assert "Sales" not in regenerate(tenant).description


def test_a_long_report_ends_somewhere(tenant: Tenant) -> None:
    for licence in LicenceFactory.create_batch(REPORTED + 1, tenant=tenant):
        spoil(licence, stored=1)

    event = regenerate(tenant)

    assert event.message.endswith(f"Wrong and put right: {REPORTED + 1}.")
    assert event.description.count("stored") == REPORTED


def test_its_key_is_the_one_that_the_product_uses() -> None:
    assert CounterRegeneration.key == "ROURebuild"
    assert str(CounterRegeneration.name) == "SAINT: counters and status monitors"

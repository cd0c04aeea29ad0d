"""The counter regeneration puts wrong counters right and reports each difference."""

from typing import cast

import pytest
from django.urls import reverse

from licences.models import Licence, Tenant, User
from notifications.jobs.counter_regeneration import CounterRegeneration
from notifications.models import SystemEvent
from notifications.reports.event_detail import DIFFERENCES, differences
from notifications.services.tracker import work
from tests.conftest import ClientOf
from tests.factories import LicenceFactory, SeatFactory, TenantFactory, behind_the_policies, scope_of
from tests.notifications.jobs import now, start, take
from tests.pages import element, text

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
    with behind_the_policies():
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
    with scope_of(tenant):
        [found] = differences(event)
        assert (found.subject, found.stored, found.counted) == ("Sales Premium", 7, 1)
        assert Licence.objects.get(pk=licence.pk).in_use == 1


def test_it_reports_its_own_differences_and_no_earlier_ones(tenant: Tenant) -> None:
    spoil(LicenceFactory(tenant=tenant, name="Sales"), stored=1)
    regenerate(tenant)

    second = regenerate(tenant)

    with scope_of(tenant):
        assert list(differences(second)) == []


def test_administrators_read_which_counters_were_wrong_and_members_do_not(
    administrator: User, member: User, client_of: ClientOf
) -> None:
    tenant = cast("Tenant", administrator.tenant)
    spoil(SeatFactory(tenant=tenant, licence__name="Sales Premium").licence, stored=7)
    address = reverse("notifications:event", args=[regenerate(tenant).pk])

    seen = {user.role: text(element(client_of(user).get(address), "detail")) for user in (administrator, member)}

    assert "Sales Premium: 7 stored, 1 counted" in seen["administrator"]
    assert "stored" not in seen["member"]


def test_a_long_list_of_differences_ends_somewhere(administrator: User, client_of: ClientOf) -> None:
    tenant = cast("Tenant", administrator.tenant)
    for licence in LicenceFactory.create_batch(DIFFERENCES + 1, tenant=tenant):
        spoil(licence, stored=1)
    event = regenerate(tenant)

    page = client_of(administrator).get(reverse("notifications:event", args=[event.pk]))

    assert event.message.endswith(f"Wrong and put right: {DIFFERENCES + 1}.")
    assert text(element(page, "detail")).count("stored,") == DIFFERENCES


def test_its_key_is_the_one_that_the_product_uses() -> None:
    assert CounterRegeneration.key == "ROURebuild"
    assert str(CounterRegeneration.name) == "SAINT: counters and status monitors"

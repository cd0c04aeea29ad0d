"""A recount puts stored numbers right from the rows they were counted from, and says what was wrong."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from licences.models import CounterDifference, Licence, LimitCrossing, Restriction, RestrictionDay, Tenant
from licences.services.counters import counters, recount_all, recount_next
from tests.factories import (
    LicenceFactory,
    LimitMovementFactory,
    RestrictionFactory,
    SeatFactory,
    TenantFactory,
    scope_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory()


@pytest.fixture
def suite() -> Tenant:
    return TenantFactory(suite=True)


def with_seats(tenant: Tenant, *, active: int, stored: int, name: str = "Sales") -> Licence:
    """A licence with so many holders and, on it, another number."""
    licence = LicenceFactory(tenant=tenant, name=name)
    SeatFactory.create_batch(active, licence=licence)
    SeatFactory(licence=licence, released_at="2026-05-04T09:00Z")
    with scope_of(tenant):
        Licence.objects.filter(pk=licence.pk).update(in_use=stored)
    return licence


def recount(tenant: Tenant) -> None:
    with scope_of(tenant):
        list(recount_all(tenant, recount="test"))


def stored(licence: Licence) -> int:
    with scope_of(licence):
        return Licence.objects.get(pk=licence.pk).in_use


def differences(tenant: Tenant) -> list[tuple[str, int, int]]:
    with scope_of(tenant):
        return list(CounterDifference.objects.order_by("pk").values_list("subject", "stored", "counted"))


@pytest.mark.parametrize("wrong", [0, 1, 5, 10])
def test_a_wrong_counter_is_put_right_and_both_numbers_stay(tenant: Tenant, wrong: int) -> None:
    licence = with_seats(tenant, active=3, stored=wrong)

    recount(tenant)

    assert stored(licence) == 3
    assert differences(tenant) == [("Sales", wrong, 3)]


def test_a_right_counter_is_left_alone(tenant: Tenant) -> None:
    licence = with_seats(tenant, active=3, stored=3)

    recount(tenant)

    assert stored(licence) == 3
    assert differences(tenant) == []


def test_a_second_recount_finds_nothing(tenant: Tenant) -> None:
    with_seats(tenant, active=3, stored=1)
    recount(tenant)

    recount(tenant)

    assert len(differences(tenant)) == 1


def test_the_parts_of_a_recount_are_all_of_it_and_none_twice(tenant: Tenant) -> None:
    licences = LicenceFactory.create_batch(5, tenant=tenant)

    with scope_of(tenant):
        parts, after = [], 0
        while part := recount_next(tenant, after=after, at_most=2, recount="test"):
            parts.append((part.last, part.counters))
            after = part.last

    assert parts == [(licences[1].pk, 2), (licences[3].pk, 2), (licences[4].pk, 1)]


def test_there_are_as_many_counters_as_a_recount_goes_through(tenant: Tenant) -> None:
    LicenceFactory.create_batch(5, tenant=tenant)

    with scope_of(tenant):
        assert counters(tenant) == sum(part.counters for part in recount_all(tenant, recount="test")) == 5


def limit_with(tenant: Tenant, *moved: int, stored: int, limit: int | None = 10) -> Restriction:
    """A limit that is counted here, with these movements and, on it, another number."""
    row = RestrictionFactory(tenant=tenant, limit=limit, type__name="Active projects")
    for quantity in moved:
        kind = "consumed" if quantity > 0 else "released"
        LimitMovementFactory(tenant=tenant, restriction=row, kind=kind, quantity=quantity)
    with scope_of(tenant):
        Restriction.objects.filter(pk=row.pk).update(used=stored, carried=stored)
    return row


@pytest.mark.parametrize(("wrong", "limit"), [(0, 10), (3, 10), (9, 10), (9, 4), (9, 0), (9, None)])
def test_what_is_used_of_a_limit_is_the_sum_of_its_movements(suite: Tenant, wrong: int, limit: int | None) -> None:
    row = limit_with(suite, 3, 4, -2, stored=wrong, limit=limit)

    recount(suite)

    with scope_of(suite):
        assert Restriction.objects.get(pk=row.pk).used == 5
    assert differences(suite) == [("Active projects", wrong, 5)]


def test_more_that_was_given_back_than_used_is_nought_and_the_difference_says_it(suite: Tenant) -> None:
    limit_with(suite, 3, -4, stored=0)

    recount(suite)

    assert differences(suite) == [("Active projects", 0, -1)]


def test_a_number_that_was_put_right_crosses_its_lines_and_is_the_days(suite: Tenant) -> None:
    limit_with(suite, 10, stored=0)

    recount(suite)

    with scope_of(suite):
        assert list(LimitCrossing.objects.order_by("threshold").values_list("threshold", "used")) == [
            (85, 10),
            (100, 10),
        ]
        assert RestrictionDay.objects.get().used == 10


def test_what_the_product_counts_is_not_recounted(suite: Tenant) -> None:
    RestrictionFactory(tenant=suite, authority="product", used=7, limit=10)

    recount(suite)

    assert differences(suite) == []
    with scope_of(suite):
        assert counters(suite) == 0


def test_limits_follow_the_seats_in_parts_of_their_own(suite: Tenant) -> None:
    LicenceFactory.create_batch(3, tenant=suite)
    for _ in range(3):
        limit_with(suite, stored=0)

    with scope_of(suite):
        parts, after = [], 0
        while part := recount_next(suite, after=after, at_most=2, recount="test"):
            parts.append(part.counters)
            after = part.last
        assert counters(suite) == sum(parts) == 6

    assert parts == [2, 1, 2, 1]


def test_a_tenant_without_licences_has_nothing_to_recount(tenant: Tenant) -> None:
    with scope_of(tenant):
        assert list(recount_all(tenant, recount="test")) == []


def test_other_tenants_counters_stay_as_they_are(tenant: Tenant) -> None:
    others = with_seats(TenantFactory(), active=3, stored=1)

    recount(tenant)

    assert stored(others) == 1


def test_the_command_prints_what_was_wrong_with_each_tenant(tenant: Tenant) -> None:
    with_seats(tenant, active=3, stored=1)
    with_seats(tenant, active=2, stored=2, name="Service")
    other = TenantFactory()
    output = StringIO()

    call_command("recount", stdout=output)

    assert f"{tenant}: 2 counters, 1 wrong." in output.getvalue()
    assert f"{other}: 0 counters, 0 wrong." in output.getvalue()
    assert "Sales" in output.getvalue()


def test_the_command_can_be_told_one_tenant(tenant: Tenant) -> None:
    others = with_seats(TenantFactory(), active=3, stored=1)
    output = StringIO()

    call_command("recount", tenant=tenant.serial_number, stdout=output)

    assert output.getvalue() == f"{tenant}: 0 counters, 0 wrong.\n"
    assert stored(others) == 1


def test_the_command_names_a_serial_number_that_nobody_has() -> None:
    with pytest.raises(CommandError, match="2999999999"):
        call_command("recount", tenant="2999999999")

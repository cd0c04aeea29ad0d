"""Imports beside each other and beside administrators: real threads with a connection each."""

from collections.abc import Callable

import pytest

from licences.models import Tenant, User
from licences.services.seats import Report, assign_seats
from licences.services.user_import import Imported
from tests.factories import TenantFactory, UserFactory, scope_of
from tests.licences.seats import in_use, plan
from tests.licences.user_files import counts, take_in, users_of
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def importing(tenant: Tenant, *rows: dict[str, str]) -> Callable[[], Imported]:
    return lambda: take_in(tenant, *rows, duplicates="add")


def people(prefix: str, count: int, **cells: str) -> list[dict[str, str]]:
    return [{"user_id": f"{prefix}{n}", "full_name": f"{prefix} {n}", **cells} for n in range(count)]


def test_seats_that_run_out_while_another_administrator_assigns_them_are_given_once() -> None:
    tenant = TenantFactory()
    sales = plan(tenant, name="Sales", total=30)
    others = UserFactory.create_batch(8, tenant=tenant)

    def assign(user: User) -> Callable[[], Report]:
        def run() -> Report:
            with scope_of(tenant):
                return assign_seats(sales, users=[user], by=None)

        return run

    imports = [importing(tenant, *people(prefix, 15, plans="Sales")) for prefix in "abc"]
    *imported, _one, _two, _three, _four, _five, _six, _seven, _eight = at_once(
        [*imports, *(assign(user) for user in others)]
    )

    added = sum(each.counts["added"] for each in imported)
    assigned = in_use(sales) - added
    assert in_use(sales) == 30
    assert 0 <= assigned <= 8
    assert len([each for each in users_of(tenant, "login_id") if each[0][0] in "abc"]) == added


def test_two_tenants_that_add_the_same_user_ids_at_once_get_each_of_them_once() -> None:
    tenants = TenantFactory.create_batch(2)

    outcomes = at_once(
        [
            importing(tenant, *(rows[::-1] if n else rows))
            for n, tenant in enumerate(tenants)
            for rows in [people("u", 50)]
        ]
    )

    assert sum(each.counts["added"] for each in outcomes) == 50
    assert sum(each.counts["faulty"] for each in outcomes) == 50
    assert sorted(users_of(tenants[0], "login_id") + users_of(tenants[1], "login_id")) == sorted(
        (f"u{n}",) for n in range(50)
    )


def test_the_same_file_twice_at_once_adds_everybody_once() -> None:
    tenant = TenantFactory()
    rows = people("u", 40, group="Oslo")

    first, second = at_once([importing(tenant, *rows)] * 2)

    assert {frozenset(counts(first).items()), frozenset(counts(second).items())} == {
        frozenset({("added", 40)}),
        frozenset({("faulty", 40)}),
    }
    assert len(users_of(tenant, "pk")) == 40

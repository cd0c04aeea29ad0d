"""Seats that lie idle: whose they are, of which licence, for how long; on the screen and as a file."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.csv_export import BYTE_ORDER_MARK
from licences.models import DayOfUse, Licence, Seat, Tenant, User
from licences.reports.seat_use import PER_PAGE
from tests.conftest import ClientOf
from tests.factories import (
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceTypeFactory,
    SeatFactory,
    TenantFactory,
    UserFactory,
    behind_the_policies,
    scope_of,
)
from tests.pages import links, table, tree, walk
from tests.test_query_counts import Company, plan_of

pytestmark = pytest.mark.django_db

ADDRESS, FILE = "/licences/users/seat-use/", "/licences/users/seat-use.csv"
NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)  # 11 o'clock in Oslo
DAY = timedelta(days=1)
LONG_SINCE = NOW - 300 * DAY


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def plan() -> Licence:
    made: Licence = LicenceFactory(type=LicenceTypeFactory(plan=True, code="sales", name="Sales"), total=500)
    return made


@pytest.fixture
def administrator(plan: Licence) -> User:
    """Uses the product right now."""
    user: User = UserFactory(tenant=plan.tenant, administrator=True, full_name="Ada", last_used_at=NOW)
    SeatFactory(licence=plan, user=user, assigned_at=LONG_SINCE)
    return user


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


def holder(
    licence: Licence, name: str, *, last: datetime | None = None, since: datetime = LONG_SINCE, **seat: object
) -> User:
    user: User = UserFactory(tenant=licence.tenant, full_name=name, login_id=name.lower(), last_used_at=last)
    SeatFactory(licence=licence, user=user, assigned_at=since, **seat)
    return user


def idle(client: Client, **asked: str) -> list[list[str]]:
    response = client.get(ADDRESS, asked)
    assert response.status_code == 200
    return [row for row in table(response, "seat-use") if "day" in row[-1]]


def counts(client: Client) -> list[list[str]]:
    """The table above: per licence what is in use, and unused for 30, 60 and 90 days."""
    return [row for row in table(client.get(ADDRESS), "seat-use") if len(row) == 5 and "day" not in row[-1]]


def file(client: Client, **asked: str) -> list[list[str]]:
    text = client.get(FILE, asked).getvalue().decode().removeprefix(BYTE_ORDER_MARK)
    return list(csv.reader(io.StringIO(text, newline="")))


def test_an_idle_seat_is_told_with_its_holder_and_last_use(client: Client, plan: Licence) -> None:
    holder(plan, "Bo", last=NOW - 41 * DAY)

    assert idle(client) == [["Bo bo", "Sales", "30 Jan 2026", "16 Oct 2026", "41 days"]]


@pytest.mark.parametrize(
    ("last", "days", "is_idle"),
    [
        (datetime(2026, 10, 26, 22, 59, 59, tzinfo=UTC), "30", True),  # the last moment of 26 October in Oslo
        (datetime(2026, 10, 27, 22, 59, 59, tzinfo=UTC), "30", True),  # 30 days ago
        (datetime(2026, 10, 27, 23, 0, tzinfo=UTC), "30", False),  # 29 days ago
        (NOW - 60 * DAY, "60", True),
        (NOW - 59 * DAY, "60", False),
        (NOW - 90 * DAY, "90", True),
        (NOW - 89 * DAY, "90", False),
        (NOW, "30", False),
    ],
)
def test_days_are_those_of_the_tenants_calendar(
    last: datetime, days: str, is_idle: bool, client: Client, plan: Licence
) -> None:
    holder(plan, "Bo", last=last)

    assert [row[0] for row in idle(client, days=days)] == (["Bo bo"] if is_idle else [])


def test_who_never_used_it_counts_from_the_day_the_seat_was_given(client: Client, plan: Licence) -> None:
    holder(plan, "Bo", since=NOW - 30 * DAY)
    holder(plan, "Cy", since=NOW - 29 * DAY)

    assert idle(client) == [["Bo bo", "Sales", "27 Oct 2026", "Never", "30 days"]]


def test_a_seat_that_was_given_lately_is_not_idle_however_long_its_holder_was_away(
    client: Client, plan: Licence
) -> None:
    holder(plan, "Bo", last=NOW - 200 * DAY, since=NOW - 5 * DAY)
    holder(plan, "Cy", last=NOW - 200 * DAY, since=NOW - 35 * DAY)

    assert idle(client) == [["Cy cy", "Sales", "22 Oct 2026", "10 May 2026", "35 days"]]


def test_a_seat_that_was_given_back_is_nobodys(client: Client, plan: Licence) -> None:
    holder(plan, "Bo", released_at=NOW - DAY)

    assert idle(client) == []
    assert "No seat lies idle" in client.get(ADDRESS).content.decode()


def test_the_longest_idle_come_first_and_each_licence_is_counted(client: Client, plan: Licence) -> None:
    maps = LicenceFactory(
        tenant=plan.tenant,
        type=LicenceTypeFactory(owner=LicenceOwnerFactory(code="tindekart"), code="map", name="Map"),
    )
    LicenceFactory(tenant=plan.tenant, type=LicenceTypeFactory(name="Held by nobody"))
    for name, days in (("Bo", 35), ("Cy", 95), ("Di", 65)):
        holder(plan, name, last=NOW - days * DAY)
    holder(maps, "Ed", last=NOW - 70 * DAY)

    assert [row[0] for row in idle(client)] == ["Cy cy", "Ed ed", "Di di", "Bo bo"]
    assert counts(client) == [["Sales", "4", "3", "2", "1"], ["Map", "1", "1", "1", "0"]]
    assert [row[0] for row in idle(client, licence="tindekart.map")] == ["Ed ed"]
    assert [row[0] for row in idle(client, licence="sales", days="60")] == ["Cy cy", "Di di"]


@pytest.mark.parametrize("asked", [{"days": "31"}, {"days": "x"}, {"licence": "none"}, {"page": "99"}, {"page": "x"}])
def test_what_makes_no_sense_is_the_default(asked: dict[str, str], client: Client, plan: Licence) -> None:
    holder(plan, "Bo", last=NOW - 41 * DAY)

    assert [row[0] for row in idle(client, **asked)] == ["Bo bo"]


def test_what_is_licensed_no_more_is_not_listed(client: Client, plan: Licence) -> None:
    gone = LicenceFactory(tenant=plan.tenant, licence_set__state="superseded", type=LicenceTypeFactory(name="Gone"))
    SeatFactory(licence=gone, assigned_at=LONG_SINCE, released_at=NOW - DAY)

    assert [row[0] for row in counts(client)] == ["Sales"]


def test_from_the_list_one_goes_to_the_user_and_to_all_who_hold_the_licence(client: Client, plan: Licence) -> None:
    user = holder(plan, "Bo", last=NOW - 41 * DAY)

    found = links(client.get(ADDRESS, {"licence": "sales"}), "seat-use")

    assert found["Bo"] == reverse("licences:user", args=[user.pk])
    assert found["All who hold it"] == "/licences/users/?licence=sales&sort=last_use"
    assert client.get(found["All who hold it"]).status_code == 200


def test_a_long_list_comes_page_by_page(client: Client, plan: Licence) -> None:
    for number in range(PER_PAGE + 1):
        holder(plan, f"B{number}", last=NOW - (40 + number) * DAY)

    second = client.get(f"{ADDRESS}{links(client.get(ADDRESS), 'seat-use')['Next']}")

    assert [row[0] for row in table(second, "seat-use") if "days" in row[-1]] == ["B0 b0"]


def test_where_nobody_holds_a_seat_the_page_says_what_to_do(plan: Licence, client_of: ClientOf) -> None:
    tenant = TenantFactory(suite=True)
    administrator = UserFactory(tenant=tenant, administrator=True)
    LicenceFactory(tenant=tenant, type=tenant.suite_plan.seat_licence)
    with scope_of(tenant):
        Seat.objects.create(tenant=tenant, user=administrator, licence=Licence.objects.get(), assigned_at=NOW)

    response = client_of(administrator).get(ADDRESS)

    assert "Nobody holds a seat yet" in response.content.decode()


def test_the_file_has_all_that_is_asked_for(client: Client, plan: Licence) -> None:
    holder(plan, "Bo", last=NOW - 41 * DAY)
    never = holder(plan, "=1+1", since=NOW - 30 * DAY)
    holder(plan, "Cy", last=NOW - 31 * DAY)
    for number in range(PER_PAGE):
        holder(plan, f"B{number}", last=NOW - (90 + number) * DAY)

    header, *lines = file(client, licence="sales", page="2")

    assert header == ["Licence", "User ID", "Name", "Last use", "Holds it since", "Days unused"]
    assert len(lines) == PER_PAGE + 3
    assert lines[-3] == ["Sales", "bo", "Bo", "2026-10-16 12:00:00+02:00", "2026-01-30 11:00:00+01:00", "41"]
    assert lines[-1] == ["Sales", f"'{never.login_id}", "'=1+1", "", "2026-10-27 11:00:00+01:00", "30"]


def test_the_link_to_the_file_keeps_the_filters(client: Client, plan: Licence) -> None:
    holder(plan, "Bo", last=NOW - 95 * DAY)

    response = client.get(ADDRESS, {"licence": "sales", "days": "90", "page": "1"})

    addresses = [dict(link.attributes).get("href", "") for link in walk(tree(response)) if link.name == "a"]
    assert [address for address in addresses if ".csv" in address] == [f"{FILE}?licence=sales&days=90"]


def test_members_see_nothing_of_it(plan: Licence, client_of: ClientOf) -> None:
    client = client_of(holder(plan, "Bo"))

    assert [client.get(address).status_code for address in (ADDRESS, FILE)] == [403, 403]


def test_another_tenant_sees_nothing_of_it(plan: Licence, outsider: User, client_of: ClientOf) -> None:
    holder(plan, "Bo", last=NOW - 41 * DAY)
    client = client_of(outsider)

    for asked in ({}, {"licence": "sales"}):
        assert "Bo bo" not in [row[0] for row in idle(client, **asked)]
        assert "bo" not in [line[1] for line in file(client, **asked)]


def asked_by(client: Client) -> list[str]:
    client.get(ADDRESS)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(ADDRESS).status_code == 200
    return [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]


def fill(licence: Licence, users: int, days: int) -> None:
    """So many more hold it, each with a day of use less than the one before."""
    tenant = licence.tenant
    with behind_the_policies(), connection.cursor() as cursor:
        people = User.objects.bulk_create(
            User(tenant=tenant, login_id=f"many{n}.{tenant.pk}", full_name=f"Many {n}", last_used_at=NOW - n * DAY)
            for n in range(users)
        )
        Seat.objects.bulk_create(
            Seat(tenant=tenant, licence=licence, user=one, assigned_at=LONG_SINCE) for one in people
        )
        Licence.objects.filter(pk=licence.pk).update(in_use=users)
        DayOfUse.objects.bulk_create(
            DayOfUse(tenant=tenant, user=one, used_on=(NOW - n * DAY).date()) for one in people for n in range(days)
        )
        cursor.execute("ANALYZE licences_user, licences_seat, licences_dayofuse, licences_licence")


def test_the_page_asks_as_often_for_200_seats_as_for_2(client_of: ClientOf) -> None:
    asked = []
    for users in (2, 200):
        licence = LicenceFactory(type__plan=True, total=500)
        administrator = UserFactory(tenant=licence.tenant, administrator=True)
        SeatFactory(licence=licence, user=administrator)
        fill(licence, users, days=20)
        asked.append(len(asked_by(client_of(administrator))))

    assert asked[0] == asked[1] <= 12


def test_no_page_reads_through_the_rows_of_its_neighbours(client: Client, plan: Licence) -> None:
    fill(plan, 50, days=95)
    fill(LicenceFactory(total=5_000), 2_000, days=30)
    large = {model._meta.db_table for model in (Seat, DayOfUse)}

    plans = [
        node
        for sql in asked_by(client)
        for node in plan_of(Company(plan.tenant, {}, plan, None, None), sql)
        if node.get("Relation Name") in large
    ]

    assert {node["Relation Name"] for node in plans} == large
    assert [node for node in plans if node["Node Type"] == "Seq Scan"] == []


def test_support_on_a_visit_sees_what_administrators_see(plan: Licence, support_client: Client) -> None:
    holder(plan, "Bo", last=NOW - 41 * DAY)
    tenant: Tenant = plan.tenant
    support_client.post(reverse("admin:licences_tenant_visit", args=[tenant.pk]), {"reason": "They asked"})

    assert [row[0] for row in idle(support_client)] == ["Bo bo"]

"""What a page asks of the database does not depend on how large the tenant, or its neighbour, is."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.tenancy.scopes import tenant_scope
from licences.models import Licence, LicenceSet, LicenceType, Restriction, Seat, Tenant, User
from notifications.models import SystemEvent
from tests.conftest import ClientOf
from tests.factories import (
    CustomerRequestFactory,
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceSetFactory,
    LicenceTypeFactory,
    LimitCrossingFactory,
    LimitOverrideFactory,
    PlanInclusionFactory,
    RestrictionFactory,
    SeatFactory,
    SystemEventFactory,
    TenantFactory,
    UserFactory,
    behind_the_policies,
    scope_of,
)
from tests.licences.limit_days import give_days
from tests.pages import fetch_part
from tests.proof import PROOF

pytestmark = pytest.mark.django_db

MOST_STATEMENTS = 12
USERS, ROWS = (1_000, 200) if PROOF else (150, 60)
"""Of a large tenant: more than a page of each."""
MANY, NEIGHBOURS = (10_000, 20) if PROOF else (4_000, 12)
"""Rows of a neighbour, and neighbours with licences: so many that PostgreSQL looks for an index."""
AT = datetime(2026, 5, 4, 9, tzinfo=UTC)

LARGE_TABLES = {model._meta.db_table for model in (User, Seat, Licence, SystemEvent)}


@dataclass
class Company:
    """A tenant with two people who look at its pages, and things to look at."""

    tenant: Tenant
    people: dict[str, User]
    plan: Licence
    event: SystemEvent
    limited: Restriction | None

    def address(self, name: str) -> str:
        if name == "licences:superoffice_licence":
            return reverse(name, args=[self.plan.type.code])
        if name == "licences:limit":
            return reverse(name, args=[self.limited.type.code])
        if name == "notifications:search":
            return reverse(name, query={"q": "many"})
        return reverse(name, args=[self.event.pk] if name == "notifications:event" else [])


def company(*, suite: bool = False) -> Company:
    tenant = TenantFactory(suite=suite)
    kind = tenant.suite_plan.seat_licence if suite else LicenceTypeFactory(plan=True)
    PlanInclusionFactory(plan=kind)
    plan = LicenceFactory(tenant=tenant, type=kind, tier=1, total=100_000)
    people = {
        role: SeatFactory(licence=plan, user=UserFactory(tenant=tenant, role=role)).user
        for role in (User.Role.ADMINISTRATOR, User.Role.MEMBER)
    }
    LicenceSetFactory(tenant=tenant, owner=LicenceOwnerFactory())
    limited = RestrictionFactory(tenant=tenant, used=97, limit=100) if suite else None
    return Company(tenant, people, plan, SystemEventFactory(tenant=tenant, ended=True), limited)


def licence_types(count: int) -> list[LicenceType]:
    """Types of the vendor's, the same ones for whoever asks next."""
    owner = LicenceOwnerFactory(vendor=True)
    with behind_the_policies():
        LicenceType.objects.bulk_create(
            [
                LicenceType(
                    owner=owner,
                    code=f"many-{place}",
                    name=f"Many {place}",
                    kind=LicenceType.Kind.USER,
                    tooltip="One of many",
                    enables="It is one of many.",
                    sort_order=10_000 + place,
                )
                for place in range(count)
            ],
            ignore_conflicts=True,
        )
        return list(LicenceType.objects.filter(code__startswith="many-").order_by("sort_order")[:count])


def fill(made: Company, *, users: int, licences: int, events: int) -> None:
    """Let the company have so many more; every user holds the plan."""
    kinds = licence_types(licences)
    tenant = made.tenant
    with scope_of(tenant):
        people = User.objects.bulk_create(
            User(tenant=tenant, login_id=f"many{n}.{tenant.pk}", full_name=f"Many {n}", email="m@nordlys.example")
            for n in range(users)
        )
        Seat.objects.bulk_create(Seat(tenant=tenant, licence=made.plan, user=one, assigned_at=AT) for one in people)
        Licence.objects.filter(pk=made.plan.pk).update(in_use=users + len(made.people))
        vendor = LicenceSet.objects.get(tenant=tenant, owner__is_vendor=True)
        Licence.objects.bulk_create(
            Licence(tenant=tenant, licence_set=vendor, type=kind, name=kind.name, total=5) for kind in kinds
        )
        SystemEvent.objects.bulk_create(
            SystemEvent(
                tenant=tenant,
                key=f"Many{n}",
                name=f"Many {n}",
                status=SystemEvent.Status.SUCCEEDED,
                activated_at=AT + timedelta(minutes=n),
                activated_by=people[n % len(people)],
                finished_at=AT + timedelta(minutes=n + 1),
                heartbeat_at=AT,
            )
            for n in range(events)
        )


def limit(made: Company, *, days: int, limits: int) -> None:
    """Let the company have so many limits more, each with so many days, and a request, a crossing and an agreement for
    each fourth day."""
    for row in [made.limited, *(RestrictionFactory(tenant=made.tenant, used=97, limit=100) for _ in range(limits))]:
        give_days(row, [n * 97 // days for n in range(1, days + 1)])
        for n in range(0, days, 4):
            LimitCrossingFactory(restriction=row)
            LimitOverrideFactory(restriction=row, ends_at=AT + timedelta(days=n))
        by = made.people[User.Role.ADMINISTRATOR]
        CustomerRequestFactory(tenant=row.tenant, kind="upgrade", wants="limit", restriction=row, submitted_by=by)


def statements(made: Company, name: str, role: str, part: str, client_of: ClientOf) -> list[str]:
    """What the request asks, with the entry into its scopes. The transaction itself, and the way back to the scope of
    the test, are left out."""
    client, address = client_of(made.people[role]), made.address(name)
    client.get(address)  # the first request of a session writes when it began
    with CaptureQueriesContext(connection) as queries:
        response = fetch_part(client, address, part) if part else client.get(address)
    assert response.status_code == 200
    *asked, way_back = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert "current_setting" in way_back
    return asked


@pytest.mark.parametrize("role", [User.Role.ADMINISTRATOR, User.Role.MEMBER])
@pytest.mark.parametrize(
    ("name", "suite"),
    [
        ("licences:superoffice", False),
        ("licences:superoffice_licence", False),
        ("licences:status", False),
        ("licences:status", True),
        ("notifications:events", False),
        ("notifications:event", False),
        ("notifications:search", False),
    ],
)
def test_a_page_asks_at_most_12_times_and_as_often_of_a_large_tenant_as_of_a_small_one(
    name: str, suite: bool, role: str, client_of: ClientOf
) -> None:
    small, large = company(suite=suite), company(suite=suite)
    fill(small, users=8, licences=2, events=2)
    fill(large, users=USERS - 2, licences=ROWS, events=ROWS)

    for part in ("", "panel"):
        few, many = (statements(made, name, role, part, client_of) for made in (small, large))

        assert len(few) == len(many) <= MOST_STATEMENTS, part or "whole page"


@pytest.mark.parametrize("role", [User.Role.ADMINISTRATOR, User.Role.MEMBER])
@pytest.mark.parametrize("name", ["licences:status", "licences:plans", "licences:limit"])
def test_pages_about_limits_ask_as_often_whatever_the_number_of_limits_and_of_their_days(
    name: str, role: str, client_of: ClientOf
) -> None:
    small, large = company(suite=True), company(suite=True)
    limit(small, days=8, limits=1)
    limit(large, days=100, limits=6)

    few, many = (statements(made, name, role, "", client_of) for made in (small, large))

    assert len(few) == len(many) <= MOST_STATEMENTS


def test_no_page_reads_through_the_rows_of_its_neighbours(client_of: ClientOf) -> None:
    mine, large = company(), company()
    fill(mine, users=100, licences=50, events=500)
    fill(large, users=MANY, licences=200, events=MANY)
    # One tenant's licences fill three pages of the table at most: only many tenants make a large one.
    for _ in range(NEIGHBOURS):
        fill(company(), users=0, licences=200, events=0)
    with behind_the_policies(), connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(LARGE_TABLES)}")
    names = ["licences:superoffice", "licences:superoffice_licence", "licences:status", "notifications:events"]

    asked = [sql for name in names for sql in statements(mine, name, User.Role.ADMINISTRATOR, "", client_of)]

    plans = [plan for sql in asked for plan in plan_of(mine, sql) if plan.get("Relation Name") in LARGE_TABLES]
    assert {plan["Relation Name"] for plan in plans} == LARGE_TABLES
    assert [plan for plan in plans if plan["Node Type"] == "Seq Scan"] == []


def test_the_newest_events_are_read_in_the_order_of_their_index(client_of: ClientOf) -> None:
    mine = company()
    fill(mine, users=10, licences=0, events=5_000)
    with behind_the_policies(), connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {SystemEvent._meta.db_table}")

    asked = statements(mine, "notifications:events", User.Role.ADMINISTRATOR, "panel", client_of)

    (newest,) = [sql for sql in asked if "ends_at" in sql]
    assert "systemevent_newest" in {plan.get("Index Name") for plan in plan_of(mine, newest)}
    assert "Sort" not in {plan["Node Type"] for plan in plan_of(mine, newest)}


def plan_of(made: Company, sql: str) -> Iterator[dict[str, Any]]:
    """Every node of the plan by which PostgreSQL answers the tenant."""
    with tenant_scope(made.tenant.pk), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        ((found,),) = cursor.fetchall()
    (whole,) = json.loads(found) if isinstance(found, str) else found
    yield from nodes(whole["Plan"])


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)

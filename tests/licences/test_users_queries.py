"""What the Users screen asks of the database does not depend on how many users there are."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.tenancy.scopes import tenant_scope
from licences.models import HistoryEntry, Licence, User
from tests.conftest import ClientOf
from tests.factories import PlanInclusionFactory, behind_the_policies
from tests.test_query_counts import LARGE_TABLES, MANY, MOST_STATEMENTS, Company, company, fill, plan_of

pytestmark = pytest.mark.django_db


def asked(made: Company, address: str, client_of: ClientOf) -> list[str]:
    """What a page asks, without the savepoints that stand for the request's transaction."""
    client = client_of(made.people[User.Role.ADMINISTRATOR])
    client.get(address)  # the first request of a session writes when it began
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    *statements, _way_back = [
        query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))
    ]
    return statements


def address_of(made: Company, name: str) -> str:
    if name == "user":
        return reverse("licences:user", args=[made.people[User.Role.MEMBER].pk])
    addresses = {
        "users": "licences:users",
        "holders": f"licences:users?licence={made.plan.type.code}",
        "no plan": "licences:users?licence=no-plan",
        "search": "licences:users?q=many+0&sort=-last_use",
        "licences": "licences:users_licences",
        "change": "licences:users_change?do=assign&all=1",
        "report": "licences:users_report",
    }
    name, _, query = addresses[name].partition("?")
    return reverse(name) + (f"?{query}" if query else "")


@pytest.mark.parametrize("name", ["users", "holders", "no plan", "search", "licences", "change", "report", "user"])
def test_a_page_asks_as_often_with_200_users_as_with_2(name: str, client_of: ClientOf) -> None:
    small, large = company(), company()
    fill(small, users=2, licences=2, events=0)
    fill(large, users=200, licences=50, events=0)

    few, many = (asked(made, address_of(made, name), client_of) for made in (small, large))

    most = MOST_STATEMENTS + 4 if name == "user" else MOST_STATEMENTS  # a user's page answers for every feature
    assert len(few) == len(many) <= most


def test_the_filter_by_feature_asks_as_often_too(client_of: ClientOf) -> None:
    small, large = company(), company()
    counts = []
    for made, users in ((small, 2), (large, 200)):
        fill(made, users=users, licences=2, events=0)
        feature = PlanInclusionFactory(plan=made.plan.type, tier=1).feature
        counts.append(len(asked(made, f"{reverse('licences:users')}?feature={feature.code}", client_of)))

    assert counts[0] == counts[1] <= MOST_STATEMENTS + 2


def test_the_list_is_read_in_the_order_of_its_index_and_reads_no_neighbour(client_of: ClientOf) -> None:
    mine, neighbour = company(), company()
    fill(mine, users=MANY // 3, licences=2, events=300)
    fill(neighbour, users=MANY, licences=2, events=MANY // 3)
    with behind_the_policies(), connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(LARGE_TABLES | {HistoryEntry._meta.db_table})}")

    statements = asked(mine, reverse("licences:users"), client_of)

    with tenant_scope(mine.tenant.pk):
        (listed,) = [sql for sql in statements if "group_name" in sql]
    plans = list(plan_of(mine, listed))
    assert "user_by_name" in {plan.get("Index Name") for plan in plans}
    assert "Sort" not in {plan["Node Type"] for plan in plans}
    seen = {table for table in LARGE_TABLES if table != Licence._meta.db_table}  # a tenant's licences are a page or two
    read = [plan for sql in statements for plan in plan_of(mine, sql) if plan.get("Relation Name") in seen]
    assert [plan for plan in read if plan["Node Type"] == "Seq Scan"] == []

"""The history on the screen and as a file: who, when, what, before and after, why; filtered, page by page."""

import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.csv_export import BYTE_ORDER_MARK
from licences.models import HistoryEntry, Licence, LicenceSet, Tenant, User
from licences.reports.history import HIGHEST, PER_PAGE, HistoryQuery
from licences.reports.history_words import rows_of
from licences.services.history import By, Change, lock_history, record
from licences.services.licence_sets import Issue, LicenceLine, receive_set
from licences.services.logins import mark_former_employees
from licences.services.seats import assign_seats
from tests.conftest import ClientOf
from tests.factories import (
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceTypeFactory,
    SuitePlanFactory,
    TenantFactory,
    UserFactory,
    behind_the_policies,
    scope_of,
)
from tests.pages import links, table
from tests.test_query_counts import Company, plan_of

pytestmark = pytest.mark.django_db

Action = HistoryEntry.Action
ADDRESS, FILE = "/licences/history/", "/licences/history.csv"
FIRST_DAY = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


def write(tenant: Tenant, *changes: Change, by: By = None, why: str = "", at: datetime = FIRST_DAY) -> None:
    with scope_of(tenant), time_machine.travel(at, tick=False):
        record(lock_history(tenant), changes, by=by, why=why)


def left(user: User) -> Change:
    return Change(Action.LEFT, user.full_name, user=user)


def rows(client: Client, **asked: str) -> list[list[str]]:
    response = client.get(ADDRESS, asked)
    assert response.status_code == 200
    return table(response, "entries")


def subjects(client: Client, **asked: str) -> list[str]:
    return [row[2].split(" ", 4)[-1] for row in rows(client, **asked)]


def file(client: Client, **asked: str) -> list[list[str]]:
    response = client.get(FILE, asked)
    assert response.status_code == 200
    text = response.getvalue().decode()
    return list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


@pytest.fixture
def tenant(administrator: User) -> Tenant:
    made: Tenant = administrator.tenant
    return made


def test_a_change_of_a_seat_is_told_in_full(client: Client, tenant: Tenant, administrator: User) -> None:
    licence = LicenceFactory(tenant=tenant, name="Sales Premium")
    user = UserFactory(tenant=tenant, full_name="Ask Berg")
    with scope_of(tenant), time_machine.travel(FIRST_DAY):
        assign_seats(licence, users=[user], by=administrator, why="Starts on Monday")

    (row,) = rows(client)

    assert row == [
        "1",
        "4 May 2026 11:30",
        "Seat assigned Ask Berg · Sales Premium",
        "In use 0 → becomes 1",
        administrator.login_id,
        "Starts on Monday",
    ]


def test_whoever_it_is_about_is_one_click_away(client: Client, tenant: Tenant) -> None:
    user = UserFactory(tenant=tenant, full_name="Ask Berg")
    write(tenant, left(user))

    assert links(client.get(ADDRESS), "entries")["Ask Berg"] == reverse("licences:user", args=[user.pk])


def test_what_was_switched_is_said_in_words(client: Client, tenant: Tenant) -> None:
    user = UserFactory(tenant=tenant)
    with scope_of(tenant):
        mark_former_employees(tenant, users=[user], by=None)

    ((*_, change, _by, _why),) = rows(client)

    assert change == "Can log in yes → becomes no"


def test_a_new_set_is_told_by_the_names_of_its_licences_and_plans() -> None:
    tenant, growth = TenantFactory(suite=True), SuitePlanFactory(name="Growth")
    plan, owner = tenant.suite_plan, LicenceOwnerFactory(vendor=True)
    issues = [
        Issue(owner, n, [LicenceLine(p.seat_licence, 20, "Seat")], suite_plan=p) for n, p in ((1, plan), (2, growth))
    ]
    with scope_of(tenant):
        for issue in issues:
            receive_set(tenant, issue, by=None, origin=LicenceSet.Origin.FETCHED)

        activated, received = rows_of(list(HistoryEntry.objects.filter(tenant=tenant)[:2]))

    assert str(activated.differences[0]) == f"Plan {plan.name} → Growth"
    assert [str(each) for each in received.differences] == ["Issue – → 2", "Way in – → Fetched from the licence server"]


def test_many_changes_of_one_entry_are_folded(client: Client, tenant: Tenant) -> None:
    kinds = [LicenceTypeFactory() for _ in range(5)]
    write(tenant, Change(Action.SET_ACTIVATED, "SuperOffice, issue 2", after={kind.code: 7 for kind in kinds}))

    page = client.get(ADDRESS).content.decode()

    assert "<summary>5 changes</summary>" in page
    assert all(kind.name in page for kind in kinds)


@pytest.fixture
def written(tenant: Tenant, administrator: User) -> dict[str, Any]:
    """Four entries on three days, of two users and a licence."""
    ask, bo = (UserFactory(tenant=tenant, full_name=name, login_id=name.lower()) for name in ("Ask", "Bo"))
    licence = LicenceFactory(tenant=tenant, type=LicenceTypeFactory(code="sales"))
    assigned = Change(Action.SEAT_ASSIGNED, "Bo · Sales", bo, licence, {"in_use": 0}, {"in_use": 1})
    write(tenant, left(ask), by=administrator, at=datetime(2026, 5, 4, 21, 59, tzinfo=UTC))
    write(tenant, left(bo), at=datetime(2026, 5, 4, 22, 1, tzinfo=UTC))
    write(tenant, assigned, by=administrator, at=datetime(2026, 5, 6, 8, tzinfo=UTC))
    write(tenant, Change(Action.TOKEN_MADE, "https://crm.example"), at=datetime(2026, 5, 7, 8, tzinfo=UTC))
    return {"who": administrator.login_id}


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({}, [4, 3, 2, 1]),
        ({"action": "left"}, [2, 1]),
        ({"action": "no such action"}, [4, 3, 2, 1]),
        ({"user": "ask"}, [1]),
        ({"user": " ASK "}, [1]),
        ({"user": "as"}, []),
        ({"user": "nobody"}, []),
        ({"licence": "sales"}, [3]),
        ({"licence": "no-such-licence"}, []),
        ({"who": "the system"}, [4, 2]),
        ({"who": "SYST"}, [4, 2]),
        ({"who": "nobody"}, []),
        # A day is one of the tenant's calendar: Oslo is two hours ahead.
        ({"from": "2026-05-05"}, [4, 3, 2]),
        ({"to": "2026-05-04"}, [1]),
        ({"from": "2026-05-05", "to": "2026-05-06"}, [3, 2]),
        ({"from": "yesterday", "to": "9999-99-99"}, [4, 3, 2, 1]),
        ({"from": "0001-01-01", "to": "9999-12-31"}, [4, 3, 2, 1]),
        ({"action": "left", "user": "bo", "to": "2026-05-05"}, [2]),
        ({"user": "ask\x00"}, [1]),
        ({"before": "3"}, [2, 1]),
        ({"after": "3"}, [4]),
        ({"before": "0"}, []),
        ({"before": str(HIGHEST * 100), "after": "-1"}, [4, 3, 2, 1]),
        ({"before": "²"}, [4, 3, 2, 1]),
    ],
)
def test_the_history_can_be_filtered(
    asked: dict[str, str], numbers: list[int], client: Client, written: dict[str, Any]
) -> None:
    assert [int(row[0]) for row in rows(client, **asked)] == numbers


def test_it_can_be_filtered_by_who_it_was(client: Client, written: dict[str, Any]) -> None:
    assert [int(row[0]) for row in rows(client, who=written["who"])] == [3, 1]


def test_what_was_asked_stands_in_the_form_again(client: Client, written: dict[str, Any]) -> None:
    page = client.get(ADDRESS, {"user": "ask", "from": "2026-05-01", "action": "left"}).content.decode()

    assert 'value="ask"' in page
    assert 'value="2026-05-01"' in page
    assert '<option value="left" selected>' in page


def test_without_any_change_the_page_says_what_will_be_there(client: Client) -> None:
    assert "Nothing has been changed yet" in client.get(ADDRESS).content.decode()


def test_where_nothing_fits_the_way_back_is_shown(client: Client, written: dict[str, Any]) -> None:
    response = client.get(ADDRESS, {"user": "nobody"})

    assert "No entry fits" in response.content.decode()
    assert links(response, "entries")["Show the whole history"] == ADDRESS


def test_a_long_history_comes_page_by_page(client: Client, tenant: Tenant) -> None:
    write(tenant, *[Change(Action.LEFT, f"Ask {number}") for number in range(2 * PER_PAGE + 1)])

    first = client.get(ADDRESS, {"action": "left"})
    second = client.get(f"{ADDRESS}{links(first, 'entries')['Older']}")
    third = client.get(f"{ADDRESS}{links(second, 'entries')['Older']}")
    back = client.get(f"{ADDRESS}{links(third, 'entries')['Newer']}")

    assert [int(row[0]) for row in table(first, "entries")] == list(range(101, 51, -1))
    assert [int(row[0]) for row in table(second, "entries")] == list(range(51, 1, -1))
    assert [int(row[0]) for row in table(third, "entries")] == [1]
    assert table(back, "entries") == table(second, "entries")
    assert "Newer" not in links(first, "entries")
    assert "Older" not in links(third, "entries")


def test_members_read_no_history(member: User, client_of: ClientOf) -> None:
    client = client_of(member)

    assert [client.get(address).status_code for address in (ADDRESS, FILE)] == [403, 403]


def test_another_tenant_reads_none_of_it(outsider: User, client_of: ClientOf, written: dict[str, Any]) -> None:
    client = client_of(outsider)

    assert rows(client) == rows(client, user="ask") == []
    assert len(file(client)) == len(file(client, user="ask")) == 1


def test_the_file_says_all_that_fits_with_the_time_where_the_tenant_is(client: Client, written: dict[str, Any]) -> None:
    header, *lines = file(client, action="seat_assigned")

    with_hash = dict(zip(header, lines[0], strict=True))
    assert len(lines) == 1
    assert len(with_hash.pop("Hash")) == 64
    assert with_hash == {
        "Number": "3",
        "When": "2026-05-06 10:00:00+02:00",
        "Who": written["who"],
        "What": "Seat assigned",
        "Of": "Bo · Sales",
        "User ID": "bo",
        "Licence": "sales",
        "Change": "In use 0 → 1",
        "Why": "",
    }


def test_the_link_to_the_file_keeps_the_filters(client: Client, written: dict[str, Any]) -> None:
    address = links(client.get(ADDRESS, {"action": "left", "before": "4"}), "entries")["Download as CSV"]

    assert [line[0] for line in list(csv.reader(io.StringIO(client.get(address).getvalue().decode())))[1:]] == [
        "2",
        "1",
    ]


def test_no_browser_keeps_the_file(client: Client) -> None:
    assert "no-store" in client.get(FILE)["Cache-Control"]


def test_a_name_that_is_a_formula_is_text_in_the_file(client: Client, tenant: Tenant) -> None:
    user = UserFactory(tenant=tenant, full_name='=HYPERLINK("https://evil.example")')
    write(tenant, left(user), why="@SUM(A1)")

    ((_number, _at, _who, _what, of, *_more, why, _hash),) = file(client)[1:]

    assert (of, why) == ('\'=HYPERLINK("https://evil.example")', "'@SUM(A1)")


def test_the_file_is_read_in_batches_that_hold_no_transaction_while_rows_leave(
    client: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("licences.reports.history.BATCH", 10)
    write(tenant, *[Change(Action.LEFT, f"Ask {number}") for number in range(25)])
    response = client.get(FILE)

    with CaptureQueriesContext(connection) as queries:
        stream = iter(response.streaming_content)
        next(stream), next(stream)
        after_the_first = len(queries)
        rest = list(stream)

    assert len(rest) == 24
    assert len(queries) == 4 * after_the_first, "three batches and one that is empty"
    assert queries[after_the_first - 1]["sql"].startswith(("RELEASE", "SELECT current_setting")), "its scope is over"


def test_whoever_only_asks_for_the_head_of_the_file_reads_nothing(client: Client, tenant: Tenant) -> None:
    write(tenant, Change(Action.LEFT, "Ask"))

    response = client.head(FILE)

    assert response.status_code == 200
    assert response.getvalue() == b""


def fill(tenant: Tenant, count: int, *, user: User, licence: Licence) -> None:
    """Every 500th entry is about the user and the licence."""
    with behind_the_policies(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO licences_historyentry (tenant_id, number, at, by_name, action, user_id, licence_id, subject,"
            " before, after, why, hash) SELECT %s, n, %s, 'the system', 'seat_assigned',"
            " CASE WHEN n %% 500 = 0 THEN %s END, CASE WHEN n %% 500 = 0 THEN %s END, 'Ask ' || n,"
            " jsonb_build_object('in_use', n), jsonb_build_object('in_use', n + 1), '', repeat('0', 64)"
            " FROM generate_series(1, %s) n",
            [tenant.pk, FIRST_DAY, user.pk, licence.pk, count],
        )


def asked_by(client: Client, **asked: str) -> list[str]:
    client.get(ADDRESS, asked)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(ADDRESS, asked).status_code == 200
    return [query["sql"] for query in queries]


def test_the_page_asks_as_often_for_200_entries_as_for_2(client_of: ClientOf) -> None:
    asked = []
    for count in (2, 200):
        tenant = TenantFactory()
        administrator = UserFactory(tenant=tenant, administrator=True)
        licence = LicenceFactory(tenant=tenant, type__plan=True)
        with scope_of(tenant):
            assign_seats(licence, users=[administrator], by=None)
        write(tenant, *[left(UserFactory(tenant=tenant)) for _ in range(count)])
        asked.append(len(asked_by(client_of(administrator))))

    assert asked[0] == asked[1] <= 14


def test_among_100_000_entries_a_page_is_found_by_its_indexes(client: Client, tenant: Tenant, member: User) -> None:
    licence = LicenceFactory(tenant=tenant)
    neighbour = TenantFactory()
    fill(tenant, 100_000, user=member, licence=licence)
    fill(neighbour, 20_000, user=UserFactory(tenant=neighbour), licence=LicenceFactory(tenant=neighbour))
    with behind_the_policies(), connection.cursor() as cursor:
        cursor.execute("ANALYZE licences_historyentry, licences_user, licences_licence")

    for asked, index in (
        ({}, "historyentry_number_once"),
        ({"before": "50000"}, "historyentry_number_once"),
        ({"after": "50000", "action": "seat_assigned"}, "historyentry_number_once"),
        ({"user": member.login_id}, "historyentry_of_user"),
        ({"licence": licence.type.code}, "historyentry_of_licence"),
    ):
        (sql,) = [sql for sql in asked_by(client, **asked) if 'FROM "licences_historyentry"' in sql]
        plans = list(plan_of(Company(tenant, {}, licence, None, None), sql))
        read = {plan["Node Type"] for plan in plans if plan.get("Relation Name") == "licences_historyentry"}
        assert "Seq Scan" not in read, asked
        assert index in {plan.get("Index Name") for plan in plans}, (asked, plans)


def test_only_what_makes_sense_is_asked() -> None:
    query = HistoryQuery.from_address(
        {"from": "2026-05-04", "to": "x", "before": "7", "after": "7.5", "action": "left"}
    )

    assert query == HistoryQuery(action="left", from_on=date(2026, 5, 4), before=7)
    assert query.is_filtered
    assert not HistoryQuery(before=7).is_filtered

"""Users from a file: what each rule does, and what is refused, row by row."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from licences.models import HistoryEntry, Tenant, User, UserGroup
from licences.reports.history_words import rows_of
from licences.services.history import breaks
from tests.factories import HoldFactory, SeatFactory, TenantFactory, UserFactory, UserGroupFactory, scope_of
from tests.licences.seats import held, holder, in_use, plan, reread
from tests.licences.user_files import counts, take_in, texts, users_of

pytestmark = pytest.mark.django_db

KARI = {"user_id": "Kari", "full_name": " Kari  Lund ", "email": "kari@nordlys.example"}


@pytest.fixture
def tenant() -> Tenant:
    made: Tenant = TenantFactory()
    return made


def test_a_new_user_is_added_as_the_row_says(tenant: Tenant) -> None:
    sales = plan(tenant, name="Sales Premium")

    imported = take_in(tenant, {**KARI, "role": "admin", "group": "Oslo", "can_log_in": "ja", "plans": "sales premium"})

    assert counts(imported) == {"added": 1, "seats": 1}
    names = ("login_id", "full_name", "email", "role", "primary_group__name", "can_log_in")
    assert users_of(tenant, *names) == [
        ("kari", "Kari Lund", "kari@nordlys.example", "administrator", "Oslo", True),
    ]
    with scope_of(tenant):
        kari = User.objects.get()
    assert not kari.has_usable_password()
    assert held(kari) == {"Sales Premium"}
    assert in_use(sales) == 1


def test_the_history_tells_of_each_user_and_each_seat(tenant: Tenant, administrator: User) -> None:
    licence = plan(administrator.tenant, name="Sales Premium")

    take_in(administrator.tenant, {**KARI, "plans": "Sales Premium"}, by=administrator)

    with scope_of(licence):
        entries = HistoryEntry.objects.order_by("number").values_list("action", "by", "user__login_id", "after", "why")
        assert list(entries) == [
            (
                "user_added",
                administrator.pk,
                "kari",
                {"user_id": "kari", "email": "kari@nordlys.example", "role": "member", "can_log_in": True},
                "Import: users.csv",
            ),
            ("seat_assigned", administrator.pk, "kari", {"in_use": 1}, "Import: users.csv"),
        ]
        assert list(breaks(licence.tenant)) == []


def test_the_history_says_in_words_what_changed_about_a_user(tenant: Tenant) -> None:
    UserFactory(tenant=tenant, login_id="kari", full_name="Kari", email="old@nordlys.example")
    take_in(tenant, {**KARI, "role": "admin", "group": "Oslo"}, duplicates="replace")

    with scope_of(tenant):
        (row,) = rows_of(list(HistoryEntry.objects.all()))
    assert [str(difference) for difference in row.differences] == [
        "Full name Kari → Kari Lund",
        "E-mail old@nordlys.example → kari@nordlys.example",
        "Role User → System administrator",
        "Group – → Oslo",
    ]


def test_on_crm_suite_the_login_is_the_seat_and_nobody_gets_one_without_a_word() -> None:
    tenant = TenantFactory(suite=True)
    seats = plan(tenant, type=tenant.suite_plan.seat_licence, total=1)

    imported = take_in(tenant, {**KARI, "can_log_in": "yes"}, {"user_id": "odd", "full_name": "Odd"})

    assert counts(imported) == {"added": 2, "seats": 1}
    assert users_of(tenant, "login_id", "can_log_in") == [("kari", True), ("odd", False)]
    assert in_use(seats) == 1
    assert texts(take_in(tenant, {"user_id": "liv", "full_name": "Liv", "can_log_in": "yes"})) == [
        f"No seat left: {seats.name}."
    ]


def test_when_seats_run_out_the_rest_is_reported_and_nothing_is_half_done(tenant: Tenant) -> None:
    sales, service = plan(tenant, name="Sales", total=2), plan(tenant, name="Service", total=9)

    imported = take_in(
        tenant,
        *({"user_id": f"u{n}", "full_name": f"U {n}", "group": f"g{n}", "plans": "Service; Sales"} for n in range(4)),
    )

    assert counts(imported) == {"added": 2, "seats": 4, "faulty": 2}
    assert imported.faults == [(4, "No seat left: Sales."), (5, "No seat left: Sales.")]
    assert users_of(tenant, "login_id") == [("u0",), ("u1",)]
    assert (in_use(sales), in_use(service)) == (2, 2)
    with scope_of(tenant):
        assert set(UserGroup.objects.values_list("name", flat=True)) == {"g0", "g1"}


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ({"user_id": ""}, "The user ID is missing."),
        ({"full_name": ""}, "A new user needs a user ID and a full name."),
        ({"user_id": "a" * 101}, "User ID is longer than 100 characters."),
        ({"full_name": "a" * 201}, "Full name is longer than 200 characters."),
        ({"group": "a" * 101}, "Group is longer than 100 characters."),
        ({"full_name": "Kari\x00Lund"}, "Full name has a character that cannot be shown."),
        ({"full_name": "Kari\ud800"}, "Full name has a character that cannot be shown."),
        ({"user_id": "ka\u202eri"}, "User ID has a character that cannot be shown."),
        ({"user_id": "kari~7"}, "User ID “kari~7” has a “~”, which stands for imports that were undone."),
        ({"email": "kari@"}, "“kari@” is not an e-mail address."),
        ({"role": "support"}, "“support” is not a role: “Administrator” or “User”."),
        ({"can_log_in": "perhaps"}, "Can log in: “perhaps” is neither “Yes” nor “No”."),
        ({"plans": "Sales; Gold"}, "There is no plan “Gold” to give."),
        (
            {"email": "kari@", "role": "boss"},
            "“kari@” is not an e-mail address. “boss” is not a role: “Administrator” or “User”.",
        ),
    ],
)
def test_a_row_with_a_fault_is_reported_and_the_others_are_imported(
    tenant: Tenant, cells: dict[str, str], text: str
) -> None:
    plan(tenant, name="Sales")

    imported = take_in(tenant, {**KARI, **cells}, {"user_id": "odd", "full_name": "Odd Berg"})

    assert (counts(imported), imported.faults) == ({"added": 1, "faulty": 1}, [(2, text)])
    assert users_of(tenant, "login_id") == [("odd",)]


def test_a_user_id_of_another_tenant_is_reported(tenant: Tenant) -> None:
    UserFactory(login_id="kari")

    assert texts(take_in(tenant, KARI)) == ["The user ID “kari” cannot be had: choose another one."]
    assert texts(take_in(tenant, KARI, dry=True)) == ["The user ID “kari” cannot be had: choose another one."]


def test_an_empty_row_is_passed_over(tenant: Tenant) -> None:
    assert counts(take_in(tenant, {"user_id": "", "full_name": ""})) == {"skipped": 1}


def test_a_row_that_repeats_another_is_reported(tenant: Tenant) -> None:
    imported = take_in(tenant, KARI, KARI, repeated={3: 2})

    assert (counts(imported), imported.faults) == (
        {"added": 1, "faulty": 1},
        [(3, "The same user is on line 2 already.")],
    )


@pytest.mark.parametrize("dry", [True, False])
def test_who_is_there_is_reported_or_skipped(tenant: Tenant, dry: bool) -> None:
    UserFactory(tenant=tenant, login_id="kari", full_name="Kari Lund")

    reported = take_in(tenant, KARI, duplicates="add", dry=dry)
    skipped = take_in(tenant, KARI, duplicates="skip", dry=dry)

    assert (counts(reported), texts(reported)) == ({"faulty": 1}, ["Kari Lund is there already."])
    assert counts(skipped) == {"skipped": 1}


def test_merging_fills_in_what_is_empty_and_gives_what_is_missing(tenant: Tenant) -> None:
    sales, service = plan(tenant, name="Sales"), plan(tenant, name="Service")
    kari = holder(sales, login_id="kari", full_name="Kari", email="")
    row = {**KARI, "role": "admin", "can_log_in": "no", "group": "Oslo", "plans": "Service"}

    imported = take_in(tenant, row, duplicates="merge")

    assert counts(imported) == {"changed": 1, "seats": 1}
    now = reread(kari)
    assert (now.full_name, now.email, now.role, now.can_log_in) == ("Kari", KARI["email"], "member", True)
    assert held(kari) == {"Sales", "Service"}
    assert in_use(service) == 1
    assert counts(take_in(tenant, row, duplicates="merge")) == {"unchanged": 1}


def test_replacing_the_file_wins_and_plans_become_exactly_those(tenant: Tenant) -> None:
    sales, service = plan(tenant, name="Sales"), plan(tenant, name="Service")
    group = UserGroupFactory(tenant=tenant, name="oslo")
    kari = holder(sales, login_id="kari", full_name="Kari", email="old@nordlys.example")
    row = {**KARI, "role": "Administrator", "can_log_in": "no", "group": "Oslo", "plans": "Service"}

    imported = take_in(tenant, row, duplicates="replace")

    assert counts(imported) == {"changed": 1, "seats": 1}
    now = reread(kari)
    assert (now.full_name, now.email, now.role, now.can_log_in) == ("Kari Lund", KARI["email"], "administrator", False)
    assert now.primary_group_id == group.pk
    assert held(kari) == {"Service"}
    assert (in_use(sales), in_use(service)) == (0, 1)
    assert counts(take_in(tenant, row, duplicates="replace")) == {"unchanged": 1}


def test_replacing_leaves_alone_what_has_no_column(tenant: Tenant) -> None:
    kari = holder(plan(tenant, name="Sales"), login_id="kari", email="old@nordlys.example")

    take_in(tenant, {"user_id": "kari", "full_name": "New"}, duplicates="replace")

    assert (reread(kari).full_name, reread(kari).email, held(kari)) == ("New", "old@nordlys.example", {"Sales"})


def test_users_are_recognised_by_e_mail_and_keep_their_user_id(tenant: Tenant) -> None:
    kari = UserFactory(tenant=tenant, login_id="kari", email="Kari@nordlys.example", full_name="Kari")
    row = {"email": "kari@nordlys.example", "full_name": "Kari Lund"}

    assert counts(take_in(tenant, row, duplicates="replace", match_by="email")) == {"changed": 1}
    assert reread(kari).full_name == "Kari Lund"
    refused = take_in(
        tenant,
        {**row, "user_id": "other"},
        {"user_id": "kari", "email": "new@nordlys.example", "full_name": "New"},
        {"email": "", "full_name": "Nobody"},
        duplicates="replace",
        match_by="email",
    )
    assert texts(refused) == [
        "This user has the user ID “kari”: an import changes no user ID.",
        "The user ID “kari” belongs to somebody with another e-mail.",
        "The e-mail address is missing.",
    ]


def test_two_users_with_the_address_of_a_row_are_no_match(tenant: Tenant) -> None:
    UserFactory.create_batch(2, tenant=tenant, email="post@nordlys.example")

    imported = take_in(tenant, {"email": "post@nordlys.example"}, duplicates="replace", match_by="email")

    assert texts(imported) == ["More than one user has the e-mail address “post@nordlys.example”."]


@pytest.mark.parametrize("duplicates", ["add", "merge", "replace"])
def test_former_employees_are_refused(tenant: Tenant, duplicates: str) -> None:
    UserFactory(tenant=tenant, login_id="kari", full_name="Kari Lund", can_log_in=False, left_at="2026-01-05T09:00Z")

    assert texts(take_in(tenant, KARI, duplicates=duplicates)) == ["Kari Lund is a former employee."]


@pytest.mark.parametrize("cells", [{"role": "user"}, {"can_log_in": "no"}, {"plans": ""}])
def test_the_last_administrator_who_can_log_in_stays(administrator: User, cells: dict[str, str]) -> None:
    row = {"user_id": administrator.login_id, **cells}

    imported = take_in(administrator.tenant, row, duplicates="replace")

    assert texts(imported) == ["Is the last administrator who can log in."]


def test_the_last_administrator_may_go_once_the_file_has_brought_another(administrator: User) -> None:
    tenant = administrator.tenant
    with scope_of(tenant):
        sales = administrator.seats.select_related("licence").get().licence
    rows = (
        {**KARI, "role": "admin", "plans": sales.name},
        {"user_id": administrator.login_id, "full_name": "Ask", "role": "user", "plans": sales.name},
    )

    assert counts(take_in(tenant, *rows, duplicates="replace")) == {"added": 1, "changed": 1, "seats": 1}
    assert reread(administrator).role == "member"


def test_open_work_keeps_a_plan_and_with_it_the_row_as_it_was(tenant: Tenant) -> None:
    kari = holder(plan(tenant, name="Sales"), login_id="kari", full_name="Kari")
    HoldFactory(user=kari, reason="3 open requests")

    imported = take_in(tenant, {**KARI, "plans": ""}, duplicates="replace")

    assert texts(imported) == ["Has open work: 3 open requests."]
    assert (reread(kari).full_name, held(kari)) == ("Kari", {"Sales"})


def test_statements_do_not_grow_with_rows(tenant: Tenant) -> None:
    sales = plan(tenant, name="Sales", total=500)
    SeatFactory(licence=sales)
    taken = []
    for count in (1, 2, 100):
        rows = [
            {"user_id": f"s{count}u{n}", "full_name": f"U {n}", "group": f"{count} {n}", "plans": "Sales"}
            for n in range(count)
        ]
        with CaptureQueriesContext(connection) as queries:
            take_in(tenant, *rows)
        changed = [{**row, "full_name": "Other", "plans": ""} for row in rows]
        with CaptureQueriesContext(connection) as more:
            take_in(tenant, *changed, duplicates="replace")
        taken.append((len(queries), len(more)))

    assert taken[1] == taken[2], "the first has to find out what licences grant"

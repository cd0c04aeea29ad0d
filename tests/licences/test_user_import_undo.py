"""An import of users is undone as far as nobody has changed anything since; what stays is told, with the reason."""

import pytest

from licences.models import HistoryEntry, Tenant, User
from licences.services.history import breaks
from licences.services.seats import assign_seats, release_seats
from licences.services.user_import_undo import resting_id
from tests.factories import HoldFactory, TenantFactory, UserFactory, UserGroupFactory, scope_of
from tests.licences.seats import held, holder, in_use, plan, reread
from tests.licences.user_files import counts, take_back, take_in, texts, users_of

pytestmark = pytest.mark.django_db

KARI = {"user_id": "kari", "full_name": "Kari Lund", "email": "kari@nordlys.example"}


@pytest.fixture
def tenant() -> Tenant:
    made: Tenant = TenantFactory()
    return made


def user(tenant: Tenant, login_id: str = "kari") -> User:
    with scope_of(tenant):
        return User.objects.get(login_id=login_id)


def test_who_was_added_is_gone_and_the_user_id_can_be_had_again(tenant: Tenant) -> None:
    sales = plan(tenant, name="Sales")
    imported = take_in(tenant, {**KARI, "plans": "Sales"})
    kari = user(tenant)

    undone = take_back(tenant, imported)

    assert (counts(undone), undone.faults) == ({"removed": 1}, [])
    gone = reread(kari)
    assert (gone.login_id, gone.email, gone.can_log_in) == (f"kari~{kari.pk}", "", False)
    assert gone.is_former_employee
    assert (held(kari), in_use(sales)) == (set(), 0)
    assert counts(take_in(tenant, {**KARI, "plans": "Sales"}, duplicates="add")) == {"added": 1, "seats": 1}
    with scope_of(tenant):
        actions = list(HistoryEntry.objects.filter(user=kari).order_by("number").values_list("action", flat=True))
        assert list(breaks(tenant)) == []
    assert actions == ["user_added", "seat_assigned", "seat_released", "left", "user_removed"]


def test_on_crm_suite_the_seat_comes_back_too() -> None:
    tenant = TenantFactory(suite=True)
    seats = plan(tenant, type=tenant.suite_plan.seat_licence)

    take_back(tenant, take_in(tenant, {**KARI, "can_log_in": "yes"}))

    assert in_use(seats) == 0


def test_who_was_changed_has_what_was_there_before(tenant: Tenant) -> None:
    sales, service = plan(tenant, name="Sales", total=1), plan(tenant, name="Service")
    oslo = UserGroupFactory(tenant=tenant, name="Oslo")
    kari = holder(sales, login_id="kari", full_name="Kari", email="old@nordlys.example", primary_group=oslo)
    row = {**KARI, "role": "admin", "group": "Bergen", "can_log_in": "no", "plans": "Service"}
    odd = {"user_id": "odd", "full_name": "Odd", "plans": "Sales"}

    undone = take_back(tenant, take_in(tenant, row, odd, duplicates="replace"))

    assert (counts(undone), undone.faults) == ({"removed": 1, "restored": 1}, [])
    now = reread(kari)
    assert (now.full_name, now.email, now.role, now.can_log_in) == ("Kari", "old@nordlys.example", "member", True)
    assert now.primary_group_id == oslo.pk
    assert (held(kari), in_use(sales), in_use(service)) == ({"Sales"}, 1, 0), "the seat that odd had is free again"
    with scope_of(tenant):
        last = HistoryEntry.objects.filter(action="user_changed").first()
        assert last is not None
        assert last.after == {
            "full_name": "Kari",
            "email": "old@nordlys.example",
            "role": "member",
            "group": "Oslo",
        }


def use(kari: User) -> None:
    User.objects.filter(pk=kari.pk).update(last_used_at="2026-11-26T09:00Z")


def log_in(kari: User) -> None:
    User.objects.filter(pk=kari.pk).update(last_login="2026-11-26T09:00Z")


def rename(kari: User) -> None:
    User.objects.filter(pk=kari.pk).update(full_name="Kari Berg")


def give_and_take(kari: User) -> None:
    licence = plan(kari.tenant, name="Service")
    assign_seats(licence, users=[kari], by=None)
    release_seats(licence, users=[kari], by=None)


@pytest.mark.parametrize(
    ("since", "text"),
    [
        (use, "Kari Lund has used the product since."),
        (log_in, "Kari Lund has used the product since."),
        (lambda kari: HoldFactory(user=kari), "Kari Lund has used the product since."),
        (rename, "Kari Berg was changed since."),
        (give_and_take, "Kari Lund was changed since."),
    ],
    ids=["used", "logged in", "at work", "renamed", "seats moved"],
)
def test_who_was_changed_or_used_since_stays(tenant: Tenant, since: object, text: str) -> None:
    imported = take_in(tenant, KARI, {"user_id": "odd", "full_name": "Odd"})
    with scope_of(tenant):
        since(user(tenant))  # type: ignore[operator]

    undone = take_back(tenant, imported)

    assert (counts(undone), undone.faults) == ({"removed": 1, "stayed": 1}, [(2, text)])
    assert user(tenant).can_log_in


def test_of_a_user_who_was_changed_since_only_what_the_import_wrote_is_restored(tenant: Tenant) -> None:
    kari = UserFactory(tenant=tenant, login_id="kari", full_name="Kari", email="old@nordlys.example")
    imported = take_in(tenant, KARI, duplicates="replace")
    with scope_of(tenant):
        rename(kari)

    undone = take_back(tenant, imported)

    assert texts(undone) == ["Kari Berg was changed since: only the rest was restored."]
    assert (reread(kari).full_name, reread(kari).email) == ("Kari Berg", "old@nordlys.example")


def test_a_plan_that_was_taken_and_is_gone_by_now_is_told(tenant: Tenant) -> None:
    sales = plan(tenant, name="Sales", total=1)
    kari = holder(sales, login_id="kari", full_name="Kari")
    imported = take_in(tenant, {**KARI, "plans": ""}, duplicates="replace")
    with scope_of(tenant):
        assign_seats(sales, users=[UserFactory(tenant=tenant)], by=None)

    undone = take_back(tenant, imported)

    assert (counts(undone), texts(undone)) == ({"stayed": 1}, ["No seat left: Sales."])
    assert reread(kari).full_name == "Kari Lund", "a row is undone wholly or not at all"


def test_former_employees_stay_as_they_are(tenant: Tenant) -> None:
    kari = UserFactory(tenant=tenant, login_id="kari", full_name="Kari")
    imported = take_in(tenant, KARI, duplicates="replace")
    with scope_of(tenant):
        User.objects.filter(pk=kari.pk).update(can_log_in=False, left_at="2026-11-26T09:00Z")

    assert texts(take_back(tenant, imported)) == ["Kari Lund is a former employee by now."]


def test_the_administrator_whom_the_import_made_stays_if_there_is_no_other(administrator: User) -> None:
    tenant = administrator.tenant
    with scope_of(tenant):
        sales = administrator.seats.select_related("licence__tenant").get().licence
    imported = take_in(tenant, {**KARI, "role": "admin", "plans": sales.name})
    with scope_of(tenant):
        release_seats(sales, users=[administrator], by=None)

    assert texts(take_back(tenant, imported)) == ["Is the last administrator who can log in."]


def test_a_long_user_id_is_cut_to_make_room(tenant: Tenant) -> None:
    long = UserFactory(tenant=tenant, login_id="a" * 100)

    assert resting_id(long) == "a" * (99 - len(str(long.pk))) + f"~{long.pk}"


def test_everything_is_as_before_when_a_file_is_undone_at_once(tenant: Tenant) -> None:
    sales, service = plan(tenant, name="Sales", total=3), plan(tenant, name="Service", total=3)
    for n in range(3):
        holder(sales, login_id=f"u{n}", full_name=f"U {n}")
    before = users_of(tenant, "login_id", "full_name", "email", "role", "can_log_in")
    rows = [{"user_id": f"u{n}", "full_name": f"Other {n}", "plans": "Service"} for n in range(3)]
    rows += [{"user_id": f"new{n}", "full_name": f"New {n}", "plans": "Sales"} for n in range(3)]

    undone = take_back(tenant, take_in(tenant, *rows, duplicates="replace"))

    assert counts(undone) == {"removed": 3, "restored": 3}
    after = users_of(tenant, "login_id", "full_name", "email", "role", "can_log_in")
    assert [each for each in after if "~" not in each[0]] == before
    assert (in_use(sales), in_use(service)) == (3, 0)

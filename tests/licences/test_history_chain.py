"""The history is append-only, and whatever is changed behind its back is found. Source: reliability R-24."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import ApiToken, HistoryEntry, HistoryHead, Tenant, User
from licences.services.history import SYSTEM, Change, breaks, hash_of, lock_history, name_of, record
from licences.services.seats import assign_seats
from tests.factories import (
    ApiTokenFactory,
    LicenceFactory,
    TenantFactory,
    UserFactory,
    behind_the_policies,
    scope_of,
)
from tests.proof import PROOF
from tests.threads import at_once

Action = HistoryEntry.Action
THREADS, EACH = 8, 5


def write(tenant: Tenant, count: int, *, by: User | ApiToken | None = None, why: str = "") -> None:
    with scope_of(tenant):
        changes = [
            Change(
                Action.SEAT_ASSIGNED, f"Ask Berg · {number}", before={"in_use": number}, after={"in_use": number + 1}
            )
            for number in range(count)
        ]
        record(lock_history(tenant), changes, by=by, why=why)


def found(tenant: Tenant) -> list[tuple[int, str]]:
    with scope_of(tenant):
        return [(each.number, each.what) for each in breaks(tenant)]


@pytest.fixture
def tenant(db: None) -> Tenant:
    """With a history of five entries."""
    made: Tenant = TenantFactory()
    write(made, 5, why="A new contract")
    return made


def test_what_was_written_has_no_break(tenant: Tenant) -> None:
    write(tenant, 3)

    assert found(tenant) == []
    with scope_of(tenant):
        assert list(HistoryEntry.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 9))


@pytest.mark.django_db
def test_a_tenant_whose_licences_never_changed_has_no_break() -> None:
    assert found(TenantFactory()) == []


@pytest.mark.parametrize("scope", ["tenant", "support"])
@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_what_was_written(tenant: Tenant, scope: str, change: str) -> None:
    entered = scope_of(tenant) if scope == "tenant" else support_scope("a test tries")
    entries = HistoryEntry.objects.filter(tenant=tenant, number=2)

    with pytest.raises(DatabaseError, match="permission denied"), entered:
        entries.update(subject="Somebody else") if change == "update" else entries.delete()
    assert found(tenant) == []


@pytest.mark.parametrize("scope", ["tenant", "support"])
def test_the_database_refuses_to_forget_where_a_history_ends(tenant: Tenant, scope: str) -> None:
    entered = scope_of(tenant) if scope == "tenant" else support_scope("a test tries")

    with pytest.raises(DatabaseError, match="permission denied"), entered:
        HistoryHead.objects.filter(tenant=tenant).delete()


def entries_of(tenant: Tenant) -> Any:
    return HistoryEntry.objects.filter(tenant=tenant)


def one_byte_is_changed(tenant: Tenant) -> None:
    entries_of(tenant).filter(number=3).update(subject="Ask Berh · 2")


def an_entry_is_removed(tenant: Tenant) -> None:
    entries_of(tenant).get(number=3).delete()


def an_entry_is_removed_and_the_others_close_up(tenant: Tenant) -> None:
    entries_of(tenant).get(number=3).delete()
    for number in (4, 5):
        entries_of(tenant).filter(number=number).update(number=F("number") - 1)
    HistoryHead.objects.filter(tenant=tenant).update(length=4)


def an_entry_is_put_between(tenant: Tenant) -> None:
    for number in (5, 4, 3):
        entries_of(tenant).filter(number=number).update(number=F("number") + 1)
    false = entries_of(tenant).get(number=2)
    false.pk, false.number = None, 3
    false.hash = hash_of(false, entries_of(tenant).get(number=2).hash)
    false.save(force_insert=True)
    HistoryHead.objects.filter(tenant=tenant).update(length=6)


def an_entry_is_put_at_the_end(tenant: Tenant) -> None:
    false = entries_of(tenant).get(number=5)
    false.pk, false.number = None, 6
    false.hash = hash_of(false, entries_of(tenant).get(number=5).hash)
    false.save(force_insert=True)


def the_end_is_cut_off(tenant: Tenant) -> None:
    entries_of(tenant).get(number=5).delete()


def all_of_it_is_cut_off(tenant: Tenant) -> None:
    entries_of(tenant).all()._raw_delete(using="default")


def two_entries_change_places(tenant: Tenant) -> None:
    for number, place in ((2, 100), (3, 2), (100, 3)):
        entries_of(tenant).filter(number=number).update(number=place)


def the_end_is_forgotten(tenant: Tenant) -> None:
    HistoryHead.objects.filter(tenant=tenant).delete()


def an_entry_goes_over_to_another_tenant(tenant: Tenant) -> None:
    entries_of(tenant).filter(number=5).update(tenant=other_tenant())


def other_tenant() -> Tenant:
    other: Tenant = TenantFactory()
    return other


TAMPERED: dict[Callable[[Tenant], None], list[tuple[int, str]]] = {
    one_byte_is_changed: [(3, "is not what was written")],
    an_entry_is_removed: [(3, "is missing")],
    an_entry_is_removed_and_the_others_close_up: [(3, "is not what was written"), (4, "is not what was written")],
    an_entry_is_put_between: [
        (4, "is not what was written"),
        (5, "is not what was written"),
        (6, "is not what was written"),
    ],
    an_entry_is_put_at_the_end: [(7, "is missing: the history had 5 entries")],
    the_end_is_cut_off: [(5, "is missing: the history had 5 entries")],
    all_of_it_is_cut_off: [(1, "is missing: the history had 5 entries")],
    two_entries_change_places: [(number, "is not what was written") for number in (2, 3, 4)],
    the_end_is_forgotten: [(6, "is missing: the history had 0 entries")],
    an_entry_goes_over_to_another_tenant: [(5, "is missing: the history had 5 entries")],
}


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda tamper: tamper.__name__)
def test_what_the_owner_of_the_database_does_to_it_is_found(tamper: Callable[[Tenant], None], tenant: Tenant) -> None:
    with behind_the_policies():
        tamper(tenant)

    assert found(tenant) == TAMPERED[tamper]


class Undo(Exception):
    pass


@contextlib.contextmanager
def tampered() -> Iterator[None]:
    """One transaction of the owner's, taken back at the end."""
    with contextlib.suppress(Undo), behind_the_policies():
        yield
        raise Undo


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=50)
said = st.dictionaries(texts, st.one_of(st.integers(0, 2**40), st.booleans(), texts), max_size=3)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "number": st.integers(6, 2**40),
    "at": st.integers(-(10**12), 10**12).map(lambda microseconds: F("at") + timedelta(microseconds=microseconds or 1)),
    "by_name": texts,
    "action": st.sampled_from(Action.values),
    "subject": texts,
    "before": said,
    "after": said,
    "why": texts,
    "hash": st.text("0123456789abcdef", min_size=64, max_size=64),
}
edits = st.sampled_from(sorted(FIELDS)).flatmap(lambda name: st.tuples(st.just(name), FIELDS[name]))


@settings(max_examples=60 if PROOF else 25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(1, 5), edit=edits)
def test_any_change_of_any_field_is_found(tenant: Tenant, number: int, edit: tuple[str, Any]) -> None:
    name, value = edit
    with tampered():
        entry = entries_of(tenant).get(number=number)
        is_same = value == getattr(entry, name)
        entries_of(tenant).filter(number=number).update(**{name: value})
        broken = [each.number for each in breaks(tenant)]

    assert bool(broken) != is_same


@pytest.mark.parametrize("field", ["by", "user", "licence"])
def test_whom_an_entry_names_cannot_be_changed_either(field: str, tenant: Tenant) -> None:
    other = LicenceFactory(tenant=tenant) if field == "licence" else UserFactory(tenant=tenant)

    with behind_the_policies():
        entries_of(tenant).filter(number=4).update(**{field: other})

    assert found(tenant) == [(4, "is not what was written")]


def test_every_field_of_an_entry_is_in_its_hash() -> None:
    hashed = {*FIELDS, "by", "user", "licence", "tenant"}

    assert {field.name for field in HistoryEntry._meta.concrete_fields} - hashed == {"id"}


def test_whoever_changes_something_is_named(tenant: Tenant) -> None:
    administrator, support = UserFactory(tenant=tenant, login_id="admin9"), UserFactory(support=True)
    token = ApiTokenFactory(tenant=tenant, source="https://crm.nordlys.example")

    for by in (administrator, support, token, None):
        write(tenant, 1, by=by)

    with scope_of(tenant):
        newest = HistoryEntry.objects.order_by("-number")[:4]
        names = [(entry.by, entry.by_name) for entry in reversed(newest)]
    assert names == [
        (administrator, "admin9"),
        (None, support.login_id),
        (None, "https://crm.nordlys.example"),
        (None, SYSTEM),
    ]
    assert name_of(None) == SYSTEM


def verify(*arguments: str) -> tuple[str, str]:
    """What the command printed, and how it failed if it did."""
    out = StringIO()
    try:
        call_command("verify_history", *arguments, stdout=out, no_color=True)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""


def test_the_command_says_of_each_tenant_that_its_history_is_whole(tenant: Tenant) -> None:
    other: Tenant = TenantFactory()

    printed, failed = verify()

    with scope_of(tenant):
        head = HistoryHead.objects.get()
    assert printed.splitlines() == [
        f"{tenant}: 5 entries, OK, ends in {head.hash[:12]}",
        f"{other}: 0 entries, OK",
    ]
    assert failed == ""


def test_the_command_fails_and_names_each_break(tenant: Tenant) -> None:
    TenantFactory()
    with behind_the_policies():
        one_byte_is_changed(tenant)
        the_end_is_cut_off(tenant)

    printed, failed = verify()

    assert printed.splitlines()[:3] == [
        f"{tenant}: broken",
        "  entry 3 is not what was written",
        "  entry 5 is missing: the history had 5 entries",
    ]
    assert failed == "The history of 1 of 2 tenants is broken."


def test_the_command_looks_at_one_tenant(tenant: Tenant) -> None:
    other: Tenant = TenantFactory()
    with behind_the_policies():
        one_byte_is_changed(tenant)

    assert verify("--tenant", other.serial_number) == (f"{other}: 0 entries, OK\n", "")
    assert verify("--tenant", "0000000000") == ("", "There is no tenant 0000000000.")


def test_the_longest_names_fit(tenant: Tenant) -> None:
    licence = LicenceFactory(tenant=tenant, name="L" * 200, total=1)
    user = UserFactory(tenant=tenant, full_name="U" * 200)

    with scope_of(tenant):
        report = assign_seats(licence, users=[user], by=None)

    assert report.done == [user]
    assert found(tenant) == []


@pytest.mark.django_db(transaction=True)
def test_who_writes_at_once_leaves_one_unbroken_chain() -> None:
    tenant: Tenant = TenantFactory()

    def change() -> None:
        for _ in range(EACH):
            with tenant_scope(tenant.pk):
                record(lock_history(tenant), [Change(Action.LEFT, "Ask Berg")] * 2, by=None)

    assert at_once([change] * THREADS) == [None] * THREADS

    assert found(tenant) == []
    with scope_of(tenant):
        assert HistoryEntry.objects.count() == HistoryHead.objects.get().length == THREADS * EACH * 2


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_back_leaves_nothing_in_the_chain() -> None:
    licence = LicenceFactory()
    user = UserFactory(tenant=licence.tenant)

    with contextlib.suppress(Undo), scope_of(licence):
        assign_seats(licence, users=[user], by=None)
        raise Undo

    with scope_of(licence):
        assert HistoryEntry.objects.count() == 0
    assert found(licence.tenant) == []

"""Whatever writes a row keeps current what is found of it, in one transaction; what says nothing new costs nothing."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from config.tenancy.scopes import identity_scope, support_scope
from licences.models import CustomerRequest, Licence, LicenceSet, Tenant, User
from licences.services.licence_sets import activate_set, remove_licences
from notifications.models import SearchDocument, SystemEvent
from notifications.reports.search_kinds import KINDS
from tests.factories import (
    CustomerRequestFactory,
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceSetFactory,
    LicenceTypeFactory,
    SeatFactory,
    SystemEventFactory,
    TenantFactory,
    UserFactory,
    scope_of,
)
from tests.licences.waiting import receive
from tests.notifications.finding import index_of, rebuild, titles

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory()


def test_many_users_at_once(tenant: Tenant) -> None:
    with scope_of(tenant):
        User.objects.bulk_create(
            User(tenant=tenant, login_id=f"ola{number}", full_name=f"Ola {number}", email="ola@nordlys.example")
            for number in range(3)
        )

    assert titles(tenant, "ola") == ["Ola 0", "Ola 1", "Ola 2"]


def test_a_user_is_renamed(tenant: Tenant) -> None:
    user = UserFactory(tenant=tenant, full_name="Gro Bjerkli")

    with scope_of(tenant):
        User.objects.filter(pk=user.pk).update(full_name="Gro Solheim")

    assert titles(tenant, "bjerkli") == []
    assert titles(tenant, "solheim") == ["Gro Solheim"]


def test_a_user_is_removed(tenant: Tenant) -> None:
    UserFactory(tenant=tenant, full_name="Gro Bjerkli")

    with scope_of(tenant):
        User.objects.of(tenant)._raw_delete("default")

    assert titles(tenant, "bjerkli") == []
    assert index_of(tenant) == (set(), set())


def test_a_user_who_leaves_is_still_found(tenant: Tenant) -> None:
    user = UserFactory(tenant=tenant, full_name="Gro Bjerkli")

    with scope_of(tenant):
        User.objects.filter(pk=user.pk).update(left_at=timezone.now(), can_log_in=False)

    assert titles(tenant, "bjerkli") == ["Gro Bjerkli"]


def test_support_staff_are_nobodys_users(tenant: Tenant) -> None:
    UserFactory(support=True, full_name="Gro Bjerkli")

    with support_scope("a test looks for what is indexed"):
        assert SearchDocument.objects.count() == 0


def test_what_is_taken_back_is_not_found(tenant: Tenant) -> None:
    with scope_of(tenant):
        point = transaction.savepoint_create()
        User.objects.create(tenant=tenant, login_id="gro", full_name="Gro Bjerkli", email="gro@nordlys.example")
        transaction.savepoint_rollback(point)

    assert titles(tenant, "bjerkli") == []


def test_a_request_is_found_once_it_is_sent_and_by_its_words_of_now(tenant: Tenant) -> None:
    request = CustomerRequestFactory(tenant=tenant, title="Board stays blinking")
    assert titles(tenant, "blinking") == ["Board stays blinking"]

    with scope_of(tenant):
        CustomerRequest.objects.filter(pk=request.pk).update(title="Board is slow")

    assert titles(tenant, "blinking") == []
    assert titles(tenant, "slow") == ["Board is slow"]


def test_what_becomes_of_a_request_costs_the_index_nothing(tenant: Tenant) -> None:
    request = CustomerRequestFactory(tenant=tenant)
    before = versions(tenant)

    with scope_of(tenant):
        CustomerRequest.objects.filter(pk=request.pk).update(state="in_progress", taken_by_name="support")

    assert versions(tenant) == before


def test_an_event_says_something_else(tenant: Tenant) -> None:
    event = SystemEventFactory(tenant=tenant, name="Recount")

    with scope_of(tenant):
        SystemEvent.objects.filter(pk=event.pk).update(message="Twelve seats were wrong.")

    assert titles(tenant, "twelve seat") == ["Recount"]


def test_an_event_of_many_words_is_found_by_its_first(tenant: Tenant) -> None:
    SystemEventFactory(tenant=tenant, name="Recount", description="needle " + "hay " * 400_000)

    assert titles(tenant, "needle") == ["Recount"]


def test_a_licence_is_found_while_it_is_listed_and_in_force(tenant: Tenant) -> None:
    LicenceFactory(tenant=tenant, name="Bjerkli hidden", type__hidden=True)
    LicenceFactory(tenant=tenant, name="Bjerkli shown")
    waiting = LicenceSetFactory(tenant=tenant, state=LicenceSet.State.PENDING, activated_at=None)
    LicenceFactory(tenant=tenant, licence_set=waiting, name="Bjerkli coming")

    assert titles(tenant, "bjerkli") == ["Bjerkli shown"]


def test_activating_a_set_brings_its_licences_and_takes_those_that_it_has_not(tenant: Tenant) -> None:
    kept, gone, new = (LicenceTypeFactory(name=f"Bjerkli {name}") for name in ("kept", "gone", "new"))
    held = LicenceFactory(tenant=tenant, type=kept, name="Bjerkli kept", total=2)
    LicenceFactory(tenant=tenant, type=gone, name="Bjerkli gone")
    for _ in range(2):
        SeatFactory(licence=held)
    waiting = receive(tenant, {kept: 1, new: 3})
    assert titles(tenant, "bjerkli", kind="licence") == ["Bjerkli gone", "Bjerkli kept"]

    with scope_of(tenant):
        seat = held.seats.active().first()
        held.seats.filter(pk=seat.pk).update(released_at=timezone.now())
        Licence.objects.filter(pk=held.pk).update(in_use=F("in_use") - 1)
        activate_set(waiting, by=None)

    assert titles(tenant, "bjerkli", kind="licence") == ["Bjerkli kept", "Bjerkli new"]
    before = index_of(tenant)
    rebuild(tenant)
    assert index_of(tenant) == before


def test_removing_a_third_partys_licences_takes_them_out(tenant: Tenant) -> None:
    licence = LicenceFactory(tenant=tenant, name="Bjerkli", type__owner=LicenceOwnerFactory(code="tindekart"))
    administrator = UserFactory(tenant=tenant, administrator=True)
    assert titles(tenant, "tindekart") == ["Bjerkli"]

    with scope_of(tenant):
        remove_licences(LicenceSet.objects.get(pk=licence.licence_set_id), by=administrator)

    assert titles(tenant, "bjerkli") == []


def log_in(user: User, event: SystemEvent) -> None:
    with identity_scope():
        User.objects.filter(pk=user.pk).update(last_login=timezone.now(), password="!")


def use(user: User, event: SystemEvent) -> None:
    User.objects.filter(pk=user.pk).update(last_used_at=timezone.now(), can_log_in=False)


def progress(user: User, event: SystemEvent) -> None:
    SystemEvent.objects.filter(pk=event.pk).update(percent=50, done=100, total=200, heartbeat_at=timezone.now())


def end(user: User, event: SystemEvent) -> None:
    """With the message that it had."""
    event.status, event.finished_at = SystemEvent.Status.SUCCEEDED, timezone.now()
    event.save(update_fields=["status", "finished_at", "message", "description"])


def count_seats(user: User, event: SystemEvent) -> None:
    Licence.objects.filter(tenant=user.tenant).update(in_use=3)


@pytest.mark.parametrize("write", [log_in, use, progress, end, count_seats], ids=lambda write: write.__name__)
def test_what_says_nothing_new_writes_no_document(tenant: Tenant, write: Callable[[User, SystemEvent], None]) -> None:
    user, event = UserFactory(tenant=tenant), SystemEventFactory(tenant=tenant, message="Half of it")
    LicenceFactory(tenant=tenant)
    before = versions(tenant)

    with scope_of(tenant):
        write(user, event)

    assert versions(tenant) == before


def versions(tenant: Tenant) -> list[tuple[int, int]]:
    """Every document with the number of the transaction that wrote it, which changes with each write."""
    with scope_of(tenant), connection.cursor() as cursor:
        cursor.execute("SELECT id, ctid::text FROM notifications_searchdocument ORDER BY id")
        return list(cursor.fetchall())


def test_nothing_runs_with_other_rights_than_the_writers() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname, prosecdef FROM pg_proc WHERE proname LIKE 'search\\_%%'", [])
        functions = dict(cursor.fetchall())

    assert {f"search_index_{kind}" for kind in KINDS} <= functions.keys()
    assert not any(functions.values())

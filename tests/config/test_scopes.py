"""A scope lasts for its transaction, gives back what was there before, and trusts no connection blindly."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from config.tenancy.roles import IDENTITY_ROLE, SUPPORT_ROLE, TENANT_ROLE
from config.tenancy.scopes import PoisonedConnection, current_tenant_id, identity_scope, support_scope, tenant_scope
from licences.models import Seat, Tenant
from tests.config.conftest import Log
from tests.factories import SeatFactory, TenantFactory, scope_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _connection_goes_back_clean() -> Iterator[None]:
    yield
    connection.close()


def in_database() -> tuple[str, str]:
    """The role and the tenant that the database would decide by now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, coalesce(current_setting('app.tenant_id', true), '')")
        return cursor.fetchone()


def session_pid() -> int:
    return connection.connection.info.backend_pid


def test_outside_every_scope_there_is_no_tenant() -> None:
    assert in_database() == (TENANT_ROLE, "")
    assert current_tenant_id() is None


def test_a_scope_ends_with_its_transaction() -> None:
    with tenant_scope(7):
        assert in_database() == (TENANT_ROLE, "7")
        assert current_tenant_id() == 7

    assert in_database() == (TENANT_ROLE, "")
    assert current_tenant_id() is None


def test_a_scope_that_ends_in_an_error_leaves_nothing() -> None:
    with pytest.raises(ZeroDivisionError), tenant_scope(7):
        _ = 1 / 0

    assert in_database() == (TENANT_ROLE, "")
    assert current_tenant_id() is None


def test_a_scope_inside_another_gives_the_outer_one_back() -> None:
    with tenant_scope(7):
        with support_scope("a test looks around"):
            assert in_database() == (SUPPORT_ROLE, "")
            with identity_scope():
                assert in_database() == (IDENTITY_ROLE, "")
            assert in_database() == (SUPPORT_ROLE, "")
        with tenant_scope(8):
            assert in_database() == (TENANT_ROLE, "8")

        assert in_database() == (TENANT_ROLE, "7")
        assert current_tenant_id() == 7


def test_an_error_in_an_inner_scope_gives_the_outer_one_back() -> None:
    with tenant_scope(7):
        with pytest.raises(ZeroDivisionError), support_scope("a test looks around"):
            _ = 1 / 0

        assert in_database() == (TENANT_ROLE, "7")
        assert current_tenant_id() == 7


def test_a_scope_inside_a_transaction_ends_before_it() -> None:
    with transaction.atomic():
        with tenant_scope(7):
            pass

        assert in_database() == (TENANT_ROLE, "")


def test_what_an_inner_scope_wrote_is_rolled_back_with_it() -> None:
    tenant = TenantFactory()

    def rename_and_fail() -> None:
        with support_scope("a test fails"):
            Tenant.objects.filter(pk=tenant.pk).update(company_name="Written and taken back")
            raise ZeroDivisionError

    with scope_of(tenant):
        with pytest.raises(ZeroDivisionError):
            rename_and_fail()

        assert Tenant.objects.get().company_name == tenant.company_name


def test_a_tenant_left_on_a_session_is_noticed_and_the_connection_thrown_away() -> None:
    seat = SeatFactory()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant_id', %s, false)", [str(seat.tenant_id)])
    poisoned = session_pid()

    with pytest.raises(PoisonedConnection), tenant_scope(seat.tenant_id + 1):
        pass

    with scope_of(TenantFactory()):
        assert session_pid() != poisoned
        assert Seat.objects.count() == 0


@pytest.mark.parametrize("stray", ["SET app.tenant_id = '7'", "SET ROLE licences_support", "SET ROLE NONE"])
def test_the_pool_cleans_a_connection_before_it_lends_it_again(stray: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(stray)
    strayed = session_pid()
    connection.close()

    lent = set()
    for _ in range(20):
        assert in_database() == (TENANT_ROLE, "")
        lent.add(session_pid())
        connection.close()

    assert strayed in lent


@pytest.mark.parametrize(("routine", "level"), [(False, "info"), (True, "debug")])
def test_entering_supports_scope_is_logged_with_its_reason(log: Log, routine: bool, level: str) -> None:
    with support_scope("count the seats of all tenants", routine=routine):
        pass

    [line] = log.events("support_scope_entered")
    assert (line["reason"], line["level"]) == ("count the seats of all tenants", level)

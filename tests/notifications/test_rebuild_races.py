"""The index is rebuilt while others write: what they commit meanwhile is never overwritten with what was before."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection

from config.tenancy.scopes import tenant_scope
from licences.models import Tenant, User
from notifications.services.indexing import index_next
from tests.factories import TenantFactory, UserFactory
from tests.notifications.finding import forget_index, titles

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("is_indexed", [True, False], ids=["indexed before", "not yet indexed"])
def test_a_rename_that_is_committed_while_the_rebuild_waits_for_it_is_what_is_found(is_indexed: bool) -> None:
    tenant = TenantFactory()
    user = UserFactory(tenant=tenant, full_name="Gro Bjerkli")
    if not is_indexed:
        forget_index()
    renamed, waited_for = Event(), Event()

    def rename() -> None:
        try:
            with tenant_scope(tenant.pk):
                User.objects.filter(pk=user.pk).update(full_name="Gro Solheim")
                renamed.set()
                assert waited_for.wait(timeout=30)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        renaming = threads.submit(rename)
        assert renamed.wait(timeout=30)
        rebuilding = threads.submit(rebuild_users, tenant)
        wait_until_someone_waits_for_a_lock()
        waited_for.set()
        renaming.result(timeout=30)
        assert rebuilding.result(timeout=30) == 1

    assert titles(tenant, "solheim") == ["Gro Solheim"]
    assert titles(tenant, "bjerkli") == []


def rebuild_users(tenant: Tenant) -> int:
    try:
        with tenant_scope(tenant.pk):
            return index_next(tenant, "user", after=0, at_most=10).rows
    finally:
        connection.close()


def wait_until_someone_waits_for_a_lock() -> None:
    with connection.cursor() as cursor:
        for _ in range(10_000):
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")

"""Pages by cursor, over whatever a list is ordered by."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import signing

from config.api.paging import PageQuery, RowPage, page_of
from config.api.problems import Problem
from licences.models import Tenant
from notifications.models import SystemEvent
from tests.factories import SystemEventFactory, TenantFactory, scope_of

pytestmark = pytest.mark.django_db

AT = datetime(2026, 5, 4, 9, 0, 0, 123456, tzinfo=UTC)
NEWEST = ("-activated_at", "pk")


@pytest.fixture
def tenant() -> Tenant:
    """Has seven events, of which always two began in the same moment."""
    tenant = TenantFactory()
    for number in range(7):
        SystemEventFactory(tenant=tenant, activated_at=AT + timedelta(microseconds=number // 2), ended=True)
    return tenant


def page(tenant: Tenant, cursor: str | None, *, keys: tuple[str, ...] = NEWEST, limit: int = 3) -> RowPage[SystemEvent]:
    query = PageQuery(cursor=cursor, limit=limit)
    return page_of(SystemEvent.objects.of(tenant), query, keys=keys, list_of="events")


def test_descending_and_ascending_keys_meet_every_row_once(tenant: Tenant) -> None:
    found: list[SystemEvent] = []
    cursor, pages = None, 0

    with scope_of(tenant):
        while pages == 0 or cursor:
            got = page(tenant, cursor)
            found, cursor, pages = found + got.rows, got.next, pages + 1

        assert found == list(SystemEvent.objects.of(tenant).order_by(*NEWEST))
    assert pages == 3


def test_what_is_added_meanwhile_is_neither_shown_twice_nor_in_the_way(tenant: Tenant) -> None:
    with scope_of(tenant):
        first = page(tenant, None)
    SystemEventFactory(tenant=tenant, activated_at=AT + timedelta(days=1), ended=True)

    with scope_of(tenant):
        second = page(tenant, first.next)

    assert len({*first.rows, *second.rows}) == 6


def test_a_page_that_is_just_full_is_the_last(tenant: Tenant) -> None:
    with scope_of(tenant):
        assert page(tenant, None, limit=7).next is None


def test_a_cursor_is_good_for_one_list_in_one_order(tenant: Tenant) -> None:
    with scope_of(tenant):
        cursor = page(tenant, None).next

        with pytest.raises(Problem, match="invalid"):
            page(tenant, cursor, keys=("activated_at", "pk"))
        with pytest.raises(Problem, match="invalid"):
            page(tenant, signing.dumps([AT.isoformat(), 1], salt="events"))

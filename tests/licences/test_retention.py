"""Days are forgotten after 400 days, of every tenant and nobody's last use with them; files, 400 days after their
request was closed."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import ProgrammingError

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import CustomerRequest, DayOfUse, RequestEvent, RequestFile, RestrictionDay, User
from licences.services.retention import drop_old_days, drop_old_files
from notifications.tasks import drop_old_use
from tests.factories import (
    CustomerRequestFactory,
    DayOfUseFactory,
    RequestEventFactory,
    RequestFileFactory,
    RestrictionDayFactory,
    RestrictionFactory,
    UserFactory,
    scope_of,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 26)
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def kept(user: User) -> list[date]:
    with scope_of(user):
        return list(DayOfUse.objects.order_by("used_on").values_list("used_on", flat=True))


@pytest.mark.parametrize("drop", [drop_old_days, drop_old_use])
def test_what_is_older_than_400_days_is_forgotten_and_the_rest_kept(drop: Callable[[], None]) -> None:
    last = datetime(2025, 1, 1, tzinfo=UTC)
    users = [UserFactory(last_used_at=last), UserFactory()]
    for user in users:
        for days in (0, 399, 400, 401, 900):
            DayOfUseFactory(user=user, used_on=TODAY - timedelta(days=days))

    with time_machine.travel(NOON, tick=False):
        drop()
        drop()

    expected = [TODAY - timedelta(days=days) for days in (400, 399, 0)]
    assert [kept(user) for user in users] == [expected, expected]
    with scope_of(users[0]):
        assert User.objects.get(pk=users[0].pk).last_used_at == last


@pytest.mark.parametrize("drop", [drop_old_days, drop_old_use])
def test_days_of_limits_older_than_400_days_are_forgotten(drop: Callable[[], None]) -> None:
    limits = [RestrictionFactory(), RestrictionFactory()]
    for limit in limits:
        for days in (0, 400, 401):
            RestrictionDayFactory(tenant=limit.tenant, restriction=limit, day=TODAY - timedelta(days=days))

    with time_machine.travel(NOON, tick=False):
        drop()

    for limit in limits:
        with scope_of(limit):
            days = set(RestrictionDay.objects.values_list("day", flat=True))
        assert days == {TODAY, TODAY - timedelta(days=400)}


def closed(ago: timedelta | None) -> CustomerRequest:
    """A request with a file, closed so long ago, or open."""
    ended = {"state": "fulfilled", "closed_at": NOON - ago} if ago is not None else {}
    asked: CustomerRequest = CustomerRequestFactory(**ended)
    RequestFileFactory(event=RequestEventFactory(request=asked, kind="replied"))
    return asked


@pytest.mark.parametrize("drop", [drop_old_files, drop_old_use])
def test_files_of_requests_that_were_closed_more_than_400_days_ago_are_forgotten(drop: Callable[[], None]) -> None:
    day, moment = timedelta(days=400), timedelta(seconds=1)
    old = [closed(day + moment), closed(2 * day)]
    kept = [closed(day), closed(timedelta()), closed(None)]

    with time_machine.travel(NOON, tick=False):
        drop()
        drop()

    with support_scope("a test looks"):
        assert set(RequestFile.objects.values_list("request", flat=True)) == {asked.pk for asked in kept}
        said = RequestEvent.objects.filter(request__in=old, kind="replied")
        assert said.count() == len(old)


def test_a_tenant_forgets_no_file() -> None:
    asked = closed(None)

    with pytest.raises(ProgrammingError, match="permission denied"), tenant_scope(asked.tenant_id):
        RequestFile.objects.all().delete()

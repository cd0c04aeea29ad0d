"""Days of use are forgotten after 400 days, of every tenant and nobody's last use with them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from licences.models import DayOfUse, User
from licences.services.retention import drop_old_days_of_use
from notifications.tasks import drop_old_use
from tests.factories import DayOfUseFactory, UserFactory, scope_of

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 26)


def kept(user: User) -> list[date]:
    with scope_of(user):
        return list(DayOfUse.objects.order_by("used_on").values_list("used_on", flat=True))


@pytest.mark.parametrize("drop", [drop_old_days_of_use, drop_old_use])
def test_what_is_older_than_400_days_is_forgotten_and_the_rest_kept(drop: Callable[[], None]) -> None:
    last = datetime(2025, 1, 1, tzinfo=UTC)
    users = [UserFactory(last_used_at=last), UserFactory()]
    for user in users:
        for days in (0, 399, 400, 401, 900):
            DayOfUseFactory(user=user, used_on=TODAY - timedelta(days=days))

    with time_machine.travel(datetime(2026, 11, 26, 12, tzinfo=UTC), tick=False):
        drop()
        drop()

    expected = [TODAY - timedelta(days=days) for days in (400, 399, 0)]
    assert [kept(user) for user in users] == [expected, expected]
    with scope_of(users[0]):
        assert User.objects.get(pk=users[0].pk).last_used_at == last

"""The allowance grows with the most users at once in the month, and never shrinks in it. Source: metering rules R21."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine

from licences.models import Licence, LicenceType, Tenant, User
from metering.models import MeteredService, UsageAlert, UsageMonth
from metering.reports.users import peak_users
from metering.services.allowances import settle_all
from tests.factories import LicenceFactory, LicenceOwnerFactory, LicenceTypeFactory, SeatFactory, UserFactory, scope_of
from tests.metering.closing.months import IN_OCTOBER, NOVEMBER, OCTOBER, closed, used
from tests.metering.sending import event, send

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
BEGINS = datetime(2026, 9, 30, 22, tzinfo=UTC)  # midnight in Oslo
ENDS = datetime(2026, 10, 31, 23, tzinfo=UTC)


@pytest.fixture
def plan(metered: Tenant) -> Licence:
    return LicenceFactory(tenant=metered, type=LicenceTypeFactory(plan=True), total=50)


def held(plan: Licence, begun: datetime, ended: datetime | None = None, user: User | None = None) -> User:
    seat = SeatFactory(licence=plan, user=user or UserFactory(tenant=plan.tenant), assigned_at=begun, released_at=ended)
    return seat.user


def most(tenant: Tenant) -> int:
    with scope_of(tenant):
        return peak_users([(tenant, OCTOBER)]).get((tenant.pk, OCTOBER.first), 0)


def test_who_is_there_at_the_same_time_counts(metered: Tenant, plan: Licence) -> None:
    for day in (3, 3, 3):
        held(plan, BEGINS + timedelta(days=day), BEGINS + timedelta(days=day + 2))
    held(plan, BEGINS + timedelta(days=9))

    assert most(metered) == 3


def test_one_after_the_other_is_one(metered: Tenant, plan: Licence) -> None:
    moments = [BEGINS + timedelta(days=day) for day in range(0, 30, 5)]

    for begun, ended in pairwise(moments):
        held(plan, begun, ended)

    assert most(metered) == 1


def test_several_plans_of_a_user_are_one_user_and_so_is_a_swap(metered: Tenant, plan: Licence) -> None:
    other = LicenceFactory(tenant=metered, licence_set=plan.licence_set, type=LicenceTypeFactory(plan=True), total=9)
    user = held(plan, IN_OCTOBER, IN_OCTOBER + HOUR)
    held(other, IN_OCTOBER + HOUR, user=user)
    both = held(plan, IN_OCTOBER)
    held(other, IN_OCTOBER, user=both)

    assert most(metered) == 2


@pytest.mark.parametrize(
    ("begun", "ended", "counts"),
    [
        (BEGINS - HOUR, BEGINS, 0),
        (BEGINS - HOUR, BEGINS + timedelta(microseconds=1), 1),
        (BEGINS, None, 1),
        (ENDS - timedelta(microseconds=1), None, 1),
        (ENDS, None, 0),
        (BEGINS - 1000 * HOUR, None, 1),
    ],
    ids=["until it began", "just into it", "from the first moment", "from the last", "from its end", "all along"],
)
def test_the_month_is_half_open(
    metered: Tenant, plan: Licence, begun: datetime, ended: datetime | None, counts: int
) -> None:
    held(plan, begun, ended)

    assert most(metered) == counts


@pytest.mark.parametrize(
    "other",
    [
        lambda: LicenceTypeFactory(plan=True, owner=LicenceOwnerFactory()),
        lambda: LicenceTypeFactory(),
        lambda: LicenceTypeFactory(plan=True, unrestricted=True),
    ],
    ids=["a third party's", "a feature", "what stands for no plan"],
)
def test_what_is_no_plan_of_the_vendors_does_not_count(metered: Tenant, other: Callable[[], LicenceType]) -> None:
    held(LicenceFactory(tenant=metered, type=other(), total=9), IN_OCTOBER)

    assert most(metered) == 0


def test_taking_seats_back_never_makes_overage(metered: Tenant, plan: Licence, emails: MeteredService) -> None:
    with time_machine.travel(IN_OCTOBER, tick=False):
        for _ in range(5):
            held(plan, IN_OCTOBER, IN_OCTOBER + HOUR)
        send(metered, [event("a", time=IN_OCTOBER, quantity=600)])
    with time_machine.travel(IN_OCTOBER + 2 * HOUR, tick=False):
        settle_all()

    (invoice,) = closed([metered], OCTOBER)

    assert invoice.total_minor == 0
    with scope_of(metered):
        assert UsageMonth.objects.get().users == 5


def test_the_next_month_begins_with_who_is_left(metered: Tenant, plan: Licence, emails: MeteredService) -> None:
    held(plan, IN_OCTOBER)
    held(plan, IN_OCTOBER, IN_OCTOBER + HOUR)
    used(metered, ("a", 1))
    used(metered, ("b", 1), at=IN_OCTOBER + timedelta(days=20))

    with scope_of(metered):
        users = dict(UsageMonth.objects.values_list("month", "users"))
    assert users == {OCTOBER.first: 2, NOVEMBER.first: 1}


def test_when_users_come_the_allowance_grows_and_is_held_against_the_use_again(
    metered: Tenant, plan: Licence, emails: MeteredService
) -> None:
    used(metered, ("a", 430))
    with scope_of(metered):
        before = set(UsageAlert.objects.values_list("threshold", flat=True))
    held(plan, IN_OCTOBER + HOUR)

    with time_machine.travel(IN_OCTOBER + 2 * HOUR, tick=False):
        settle_all()
        send(metered, [event("b", time=IN_OCTOBER + HOUR, quantity=80)])

    with scope_of(metered):
        month = UsageMonth.objects.get()
        after = set(UsageAlert.objects.values_list("threshold", flat=True))
    assert (month.users, month.allowance) == (1, 520)
    assert (before, after) == ({50, 85}, {50, 85})  # 510 of 520; of 500 it would have been all

"""Support's decisions at one moment: real threads, with a connection each."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import CustomerRequest, LimitOverride, Restriction, User
from licences.services.customer_requests import Contact, MovedOn, Wish, decline, submit_request, withdraw
from licences.services.granting import Gift, Gives, approve_with
from licences.services.limits import override_limit
from tests.factories import PlanLimitFactory, RestrictionFactory, TenantFactory, UserFactory, scope_of
from tests.factories.service_level import desk_policy
from tests.proof import PROOF
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 24 if PROOF else 6
ROUNDS = 50 if PROOF else 2


@pytest.fixture
def asked() -> CustomerRequest:
    """More of a limit, of which 97 of 100 are used."""
    desk_policy()
    tenant = TenantFactory(suite=True)
    limited = RestrictionFactory(tenant=tenant, used=97)
    PlanLimitFactory(suite_plan=tenant.suite_plan, restriction=limited.type)
    by = UserFactory(tenant=tenant, administrator=True, can_log_in=False)
    with scope_of(tenant):
        return submit_request(
            tenant,
            title="More",
            description="We grow.",
            contact=Contact(by.full_name, by.email),
            affected_users=1,
            all_users=2,
            by=by,
            wish=Wish(Gives.LIMIT, restriction=Restriction.objects.get(pk=limited.pk), quantity=150),
        )


def as_support(do: Callable[..., object], *args: Any, **more: Any) -> Callable[[], object]:
    """As a request in Django admin makes it: one transaction."""

    def run() -> object:
        with support_scope("a test at the desk"):
            return do(*args, **more)

    return run


def approving(asked: CustomerRequest, by: User) -> Callable[[], object]:
    gift = Gift(Gives.LIMIT, restriction=asked.restriction, limit=150, looked_at=100)
    return as_support(approve_with, asked, gift, text="", by=by)


def told(outcomes: list[object]) -> Counter[str]:
    return Counter(each.state if isinstance(each, CustomerRequest | MovedOn) else repr(each) for each in outcomes)


def overrides(asked: CustomerRequest) -> int:
    with scope_of(asked):
        return LimitOverride.objects.filter(tenant=asked.tenant_id).count()


def kinds(asked: CustomerRequest) -> Counter[str]:
    with scope_of(asked):
        return Counter(asked.events.values_list("kind", flat=True))


def test_of_many_who_approve_at_once_one_gives(asked: CustomerRequest, support: User) -> None:
    outcomes = at_once([approving(asked, support) for _ in range(THREADS)])

    assert Counter(type(each) for each in outcomes) == {CustomerRequest: 1, MovedOn: THREADS - 1}
    assert told(outcomes) == {"fulfilled": THREADS}
    assert overrides(asked) == 1
    assert kinds(asked) == {"submitted": 1, "approved": 1, "fulfilled": 1}


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_what_is_withdrawn_or_declined_meanwhile_is_not_given(
    _round: int, asked: CustomerRequest, support: User
) -> None:
    def withdrawing() -> object:
        with tenant_scope(asked.tenant_id):
            return withdraw(asked, by=asked.submitted_by)

    outcomes = at_once([approving(asked, support), withdrawing, as_support(decline, asked, text="No.", by=support)])

    done = [each for each in outcomes if isinstance(each, CustomerRequest)]
    assert len(done) == 1
    assert sum(isinstance(each, MovedOn) for each in outcomes) == 2
    assert overrides(asked) == (done[0].state == "fulfilled")


def test_an_approval_and_another_change_of_the_limit_never_wait_in_a_circle(
    asked: CustomerRequest, support: User
) -> None:
    """Whoever comes second measures against what the first made of it."""
    changing = as_support(override_limit, asked.restriction, limit=120, reason="Agreed by phone", by=support)

    outcomes = at_once([approving(asked, support), changing])

    with scope_of(asked):
        limit = Restriction.objects.get(pk=asked.restriction_id).limit
    refused = [repr(each) for each in outcomes if isinstance(each, Exception)]
    assert (len(refused), limit) in {(0, 120), (1, 120)}
    assert all(each.startswith("LimitMovedOn") for each in refused)

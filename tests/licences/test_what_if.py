"""What another licence set would do: the same code as the real thing, and nothing of it remains."""

from datetime import UTC, datetime

import pytest

from licences.indicator import Indicator
from licences.models import Hold, Licence, LicenceSet, Tenant, User
from licences.services.imagined_sets import imagined_issues
from licences.services.licence_sets import NotPending, StillShort, activate_set
from licences.services.what_if import SHOWN, Outcome, what_if
from tests.factories import (
    HoldFactory,
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceTypeFactory,
    PlanInclusionFactory,
    PlanLimitFactory,
    RestrictionFactory,
    SeatFactory,
    SuitePlanFactory,
    TenantFactory,
    UserFactory,
    behind_the_policies,
    scope_of,
)
from tests.licences.waiting import receive
from tests.routes import rows_of

pytestmark = pytest.mark.django_db

YESTERDAY, LAST_YEAR = datetime(2026, 5, 3, tzinfo=UTC), datetime(2025, 5, 4, tzinfo=UTC)


def plan_with_holders(*last_used: datetime | None, total: int = 10) -> tuple[Licence, list[User]]:
    """A plan that brings quotes, and one holder for each last use; one more is the administrator, who used it today."""
    licence = LicenceFactory(type__plan=True, tier=1, total=total)
    PlanInclusionFactory(plan=licence.type, feature__name="Quotes")
    holders = [UserFactory(tenant=licence.tenant, last_used_at=at) for at in last_used]
    boss = UserFactory(tenant=licence.tenant, administrator=True, last_used_at=datetime(2026, 5, 4, tzinfo=UTC))
    for user in (*holders, boss):
        SeatFactory(licence=licence, user=user)
    return licence, holders


def ask(tenant: Tenant, totals: dict[Licence, int], **more: object) -> Outcome:
    with scope_of(tenant):
        return what_if(tenant, imagined_issues(tenant, totals, **more))


def test_a_row_that_is_short_says_by_how_many() -> None:
    licence, _holders = plan_with_holders(YESTERDAY, LAST_YEAR)

    outcome = ask(licence.tenant, {licence: 1})

    (of_owner,) = outcome.owners
    (row,) = of_owner.rows
    assert (row.is_short, row.in_use, row.total, row.new_total, row.to_remove) == (True, 3, 10, 1, 2)
    assert (of_owner.by_itself, of_owner.is_activated) == (False, True)


def test_the_longest_unused_give_their_seats_back_and_who_never_used_it_first() -> None:
    licence, (recent, old, never) = plan_with_holders(YESTERDAY, LAST_YEAR, None)

    outcome = ask(licence.tenant, {licence: 2})

    assert [person.user for person in outcome.freed] == [never, old]
    assert [person.licences for person in outcome.freed] == [[licence.name]] * 2
    assert recent not in {person.user for person in outcome.freed}


def test_it_says_which_features_each_would_lose() -> None:
    licence, _holders = plan_with_holders(YESTERDAY)
    other = LicenceFactory(tenant=licence.tenant, type__plan=True, tier=1)
    PlanInclusionFactory(plan=other.type, feature__name="Requests")
    both = UserFactory(tenant=licence.tenant)
    for plan in (licence, other):
        SeatFactory(licence=plan, user=both)

    outcome = ask(licence.tenant, {licence: 1})

    freed = {person.user: person for person in outcome.freed}
    assert (freed[both].loses, freed[both].loses_everything) == (["Quotes"], False)
    assert sum(person.loses_everything for person in outcome.freed) == 1
    assert (outcome.lost, outcome.lose_everything) == ([("Quotes", 1)], 1)


def test_who_has_open_work_is_passed_over_with_the_reason() -> None:
    licence, (busy, other) = plan_with_holders(None, YESTERDAY)
    HoldFactory(user=busy, reason="12 open requests")

    outcome = ask(licence.tenant, {licence: 2})

    assert [person.user for person in outcome.freed] == [other]
    (stuck,) = outcome.stuck
    assert (stuck.refused.user, stuck.refused.reason, stuck.refused.detail) == (busy, "open_work", "12 open requests")


def test_the_last_administrator_keeps_the_plan_and_so_it_cannot_be_activated() -> None:
    licence, _holders = plan_with_holders(YESTERDAY)
    other = LicenceFactory(tenant=licence.tenant)

    outcome = ask(licence.tenant, {licence: 0, other: 10})

    assert not outcome.owners[0].is_activated
    assert [stuck.refused.reason for stuck in outcome.stuck] == ["last_administrator"]
    assert outcome.freed_count == 1


def test_more_than_enough_is_activated_by_itself() -> None:
    licence, _holders = plan_with_holders(YESTERDAY)

    outcome = ask(licence.tenant, {licence: 20})

    assert outcome.owners[0].by_itself
    assert (outcome.freed_count, outcome.stuck_count, outcome.lost) == (0, 0, [])


def test_the_present_numbers_are_no_question() -> None:
    licence, _holders = plan_with_holders(YESTERDAY)

    assert ask(licence.tenant, {licence: 10}).owners == []


def test_a_licence_that_needs_the_other_is_given_back_first() -> None:
    licence, (user,) = plan_with_holders(None)
    owner = LicenceOwnerFactory()
    editor = LicenceFactory(tenant=licence.tenant, type=LicenceTypeFactory(owner=owner))
    planner = LicenceFactory(tenant=licence.tenant, type=LicenceTypeFactory(owner=owner, prerequisite=editor.type))
    for loose in (editor, planner):
        SeatFactory(licence=loose, user=user)
    maps = LicenceFactory(tenant=licence.tenant, type=LicenceTypeFactory(owner=owner, system=True))

    outcome = ask(licence.tenant, {editor: 0, planner: 0})

    assert maps.pk
    assert [person.licences for person in outcome.freed] == [[planner.name, editor.name]]
    assert outcome.stuck == []


def test_a_set_that_waits_is_asked_about_as_it_is() -> None:
    licence, _holders = plan_with_holders(YESTERDAY, LAST_YEAR)
    waiting = receive(licence.tenant, {licence.type: 1})

    with scope_of(licence):
        outcome = what_if(licence.tenant, [waiting])
        with pytest.raises(StillShort):
            activate_set(waiting, by=None)

    assert outcome.freed_count == 2
    assert outcome.owners[0].is_activated


def test_a_set_that_waits_no_more_is_refused() -> None:
    licence, _holders = plan_with_holders(YESTERDAY)
    waiting = receive(licence.tenant, {licence.type: 1})
    receive(licence.tenant, {licence.type: 5})

    with scope_of(licence), pytest.raises(NotPending):
        what_if(licence.tenant, [waiting])


class Suite:
    """A tenant on a plan with 100 projects, 97 used; the lower plan has 50, the higher no limit."""

    def __init__(self) -> None:
        self.low, self.own, self.high = (SuitePlanFactory() for _ in range(3))
        self.tenant = TenantFactory(suite=True, suite_plan=self.own)
        self.licence = LicenceFactory(tenant=self.tenant, type=self.own.seat_licence, total=5)
        LicenceFactory(tenant=self.tenant, type=self.own.system_licence, total=1)
        self.flows = LicenceTypeFactory(name="Flows", hidden=True)
        with behind_the_policies():
            self.own.brings.add(self.flows)
            self.high.brings.add(self.flows)
        boss = UserFactory(tenant=self.tenant, administrator=True, last_used_at=YESTERDAY)
        for user in (boss, *UserFactory.create_batch(2, tenant=self.tenant)):
            SeatFactory(licence=self.licence, user=user)
        projects = RestrictionFactory(tenant=self.tenant, used=97)
        for plan, limit in ((self.low, 50), (self.own, 100), (self.high, None)):
            PlanLimitFactory(suite_plan=plan, restriction=projects.type, limit=limit)


def test_another_suite_plan_changes_limits_and_features_for_everybody() -> None:
    suite = Suite()

    outcome = ask(suite.tenant, {}, suite_plan=suite.low)

    (limit,) = outcome.restrictions
    assert limit.before is not None
    assert (limit.before.limit, limit.before.state) == (100, Indicator.YELLOW)
    assert (limit.after.limit, limit.after.state) == (50, Indicator.RED)
    assert outcome.lost == [("Flows", 3)]
    assert outcome.freed_count == 0


def test_a_higher_suite_plan_takes_nothing() -> None:
    suite = Suite()

    outcome = ask(suite.tenant, {}, suite_plan=suite.high)

    assert outcome.owners[0].by_itself
    assert [limit.after.state for limit in outcome.restrictions] == [Indicator.BLACK]
    assert outcome.lost == []


def test_fewer_suite_seats_switch_logins_off() -> None:
    suite = Suite()

    outcome = ask(suite.tenant, {suite.licence: 1})

    assert outcome.freed_count == 2
    assert all(person.loses_everything for person in outcome.freed)


def test_limits_are_those_of_the_new_plan_also_when_somebody_stands_in_its_way() -> None:
    suite = Suite()
    for seat_holder in people(suite.tenant):
        HoldFactory(user=seat_holder)

    outcome = ask(suite.tenant, {suite.licence: 1}, suite_plan=suite.low)

    assert not outcome.owners[0].is_activated
    assert [limit.after.state for limit in outcome.restrictions] == [Indicator.RED]


def people(tenant: Tenant) -> list[User]:
    with scope_of(tenant):
        return list(User.objects.of(tenant).select_related("tenant"))


def test_nothing_of_it_remains() -> None:
    suite = Suite()
    licence, (busy, *_others) = plan_with_holders(None, YESTERDAY)
    HoldFactory(user=busy)
    receive(licence.tenant, {licence.type: 1})
    before = rows_of(suite.tenant), rows_of(licence.tenant)

    ask(suite.tenant, {suite.licence: 1}, suite_plan=suite.low)
    ask(licence.tenant, {licence: 1})

    assert (rows_of(suite.tenant), rows_of(licence.tenant)) == before
    assert suite.tenant.suite_plan == suite.own


def open_work(user: User) -> Hold:
    return Hold(tenant=user.tenant, user=user, source="s", key="k", reason="Work", set_at=YESTERDAY)


def test_of_many_the_first_are_named_and_all_are_counted() -> None:
    licence, holders = plan_with_holders(*[None] * (SHOWN + 25), total=SHOWN + 30)
    with scope_of(licence):
        holds = [open_work(user) for user in holders[:5]]
        Hold.objects.bulk_create(holds)

    outcome = ask(licence.tenant, {licence: 6})

    assert (len(outcome.freed), outcome.freed_count) == (SHOWN, SHOWN + 20)
    assert outcome.stuck_count == 5
    assert outcome.owners[0].is_activated


def test_it_goes_on_asking_until_enough_can_give_back() -> None:
    """Everybody who is asked at first has open work."""
    licence, holders = plan_with_holders(*[None] * 103, YESTERDAY, total=110)
    with scope_of(licence):
        Hold.objects.bulk_create(open_work(user) for user in holders[:103])

    outcome = ask(licence.tenant, {licence: 104})

    assert [person.user for person in outcome.freed] == [holders[-1]]
    assert (len(outcome.stuck), outcome.stuck_count) == (SHOWN, 103)


def test_another_tenants_sets_are_not_asked_about() -> None:
    licence, _holders = plan_with_holders(YESTERDAY)
    waiting = receive(licence.tenant, {licence.type: 1})
    other, _holders = plan_with_holders(YESTERDAY)

    with scope_of(other), pytest.raises(NotPending):
        what_if(other.tenant, [waiting])
    with scope_of(licence):
        assert LicenceSet.objects.pending().filter(pk=waiting.pk).exists()

"""Whatever is done to seats, in whatever order: counters, limits and history agree with each other after every step."""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from config.tenancy.scopes import tenant_scope
from licences.models import HistoryEntry, Licence, LicenceSet, Seat, Tenant, User
from licences.services.history import breaks
from licences.services.holds import clear_hold, set_hold
from licences.services.licence_sets import Issue, LicenceLine, StillShort, activate_set, receive_set
from licences.services.logins import mark_former_employees, switch_login, welcome_back
from licences.services.seats import Report, assign_seats, reassign_seats, release_plans, release_seats
from tests.factories import LicenceOwnerFactory, LicenceTypeFactory, TenantFactory, UserFactory
from tests.proof import PROOF

EXAMPLES, STEPS = (100, 40) if PROOF else (5, 20)

USERS = 5
PEOPLE = st.lists(st.integers(0, USERS - 1), unique=True, min_size=1, max_size=USERS)
WHICH = st.integers(0, 3)
TOTALS = st.lists(st.integers(0, 4), min_size=4, max_size=4)
SWITCH = st.booleans()

Held = dict[int, set[int]]


@dataclass
class Replay:
    """What the history alone says: who holds what, whose login was switched and how, who left, and the totals."""

    held: Held = field(default_factory=lambda: defaultdict(set))
    logins: dict[int, bool] = field(default_factory=dict)
    left: set[int] = field(default_factory=set)
    totals: dict[str, int] = field(default_factory=dict)

    def seat_assigned(self, entry: HistoryEntry) -> None:
        self.held[entry.licence_id].add(entry.user_id)

    def seat_released(self, entry: HistoryEntry) -> None:
        self.held[entry.licence_id].remove(entry.user_id)

    def left_(self, entry: HistoryEntry) -> None:
        self.left.add(entry.user_id)

    def returned(self, entry: HistoryEntry) -> None:
        self.left.remove(entry.user_id)

    def set_activated(self, entry: HistoryEntry) -> None:
        gone = entry.before.keys() - entry.after.keys()
        totals = {code: total for code, total in self.totals.items() if code not in gone} | entry.after
        self.totals = {code: total for code, total in totals.items() if total}


def replay(tenant: Tenant) -> Replay:
    """Go through the tenant's history from its beginning."""
    told = Replay()
    steps = {
        "seat_assigned": told.seat_assigned,
        "seat_released": told.seat_released,
        "left": told.left_,
        "returned": told.returned,
        "set_activated": told.set_activated,
    }
    for entry in HistoryEntry.objects.filter(tenant=tenant).order_by("number"):
        if step := steps.get(entry.action):
            step(entry)
        if "can_log_in" in entry.after:
            told.logins[entry.user_id] = entry.after["can_log_in"]
    return told


class Seats(RuleBasedStateMachine):
    """Two plans, a loose licence, and one that needs it; five users, of whom the first is an administrator."""

    suite = False

    @initialize(totals=st.lists(st.integers(1, 4), min_size=4, max_size=4))
    def begin(self, totals: list[int]) -> None:
        self.tenant = TenantFactory(suite=self.suite)
        self.owner = LicenceOwnerFactory(vendor=True)
        first = self.tenant.suite_plan.seat_licence if self.suite else LicenceTypeFactory(plan=True)
        loose = LicenceTypeFactory()
        self.types = [first, LicenceTypeFactory(plan=not self.suite), loose, LicenceTypeFactory(prerequisite=loose)]
        self.users = [
            UserFactory(tenant=self.tenant, administrator=number == 0, can_log_in=not self.suite)
            for number in range(USERS)
        ]
        self.issued = 0
        self.receive(totals=totals)

    def people(self, places: list[int]) -> list[User]:
        return [self.users[place] for place in places]

    def licence(self, which: int) -> Licence | None:
        """The licence in force of this type; a set may lack it."""
        found = Licence.objects.in_force().select_related("tenant", "type")
        return found.filter(tenant=self.tenant, type=self.types[which]).first()

    def run(self, service: Any, *args: Any, **options: Any) -> Any:
        with tenant_scope(self.tenant.pk):
            asked = options.get("users", [])
            outcome = service(*args, **options, by=None)
            if isinstance(outcome, Report):
                told = [*outcome.done, *(refused.user for refused in outcome.refused)]
                assert sorted(user.pk for user in told) == sorted(user.pk for user in asked)
        self.tenant = self.users[0].tenant = self.reread()
        return outcome

    def reread(self) -> Tenant:
        with tenant_scope(self.tenant.pk):
            return Tenant.objects.select_related("suite_plan").get(pk=self.tenant.pk)

    @rule(which=WHICH, places=PEOPLE)
    def assign(self, which: int, places: list[int]) -> None:
        with tenant_scope(self.tenant.pk):
            licence = self.licence(which)
        if licence is not None:
            self.run(assign_seats, licence, users=self.people(places))

    @rule(which=WHICH, places=PEOPLE)
    def release(self, which: int, places: list[int]) -> None:
        with tenant_scope(self.tenant.pk):
            licence = self.licence(which)
        if licence is not None:
            self.run(release_seats, licence, users=self.people(places))

    @rule(pair=st.permutations(range(4)), places=PEOPLE)
    def reassign(self, pair: list[int], places: list[int]) -> None:
        with tenant_scope(self.tenant.pk):
            here, there = self.licence(pair[0]), self.licence(pair[1])
        if here is not None and there is not None:
            self.run(reassign_seats, here, to=there, users=self.people(places))

    @rule(places=PEOPLE)
    def no_selection(self, places: list[int]) -> None:
        self.run(release_plans, self.tenant, users=self.people(places))

    @rule(places=PEOPLE, on=SWITCH)
    def switch(self, places: list[int], on: bool) -> None:
        self.run(switch_login, self.tenant, users=self.people(places), can_log_in=on)

    @rule(places=PEOPLE)
    def send_away(self, places: list[int]) -> None:
        self.run(mark_former_employees, self.tenant, users=self.people(places))

    @rule(places=PEOPLE)
    def take_back(self, places: list[int]) -> None:
        self.run(welcome_back, self.tenant, users=self.people(places))

    @rule(place=st.integers(0, USERS - 1), on=SWITCH)
    def open_work(self, place: int, on: bool) -> None:
        with tenant_scope(self.tenant.pk):
            if on:
                set_hold(self.users[place], source="service", key="requests", reason="Open requests")
            else:
                clear_hold(self.users[place], source="service", key="requests")

    @rule(totals=TOTALS)
    def receive(self, totals: list[int]) -> None:
        lines = [
            LicenceLine(kind, total, kind.name) for kind, total in zip(self.types, totals, strict=True) if total > 0
        ]
        if lines:
            self.issued += 1
            self.run(receive_set, self.tenant, Issue(self.owner, self.issued, lines))

    @precondition(lambda self: self.waiting() is not None)
    @rule()
    def activate(self) -> None:
        with suppress(StillShort):
            self.run(activate_set, self.waiting())
            assert self.waiting() is None

    def waiting(self) -> LicenceSet | None:
        with tenant_scope(self.tenant.pk):
            return LicenceSet.objects.pending().filter(tenant=self.tenant).select_related("tenant").first()

    @invariant()
    def in_use_is_the_number_of_seats_and_never_more_than_there_are(self) -> None:
        with tenant_scope(self.tenant.pk):
            for licence in Licence.objects.filter(tenant=self.tenant):
                assert licence.in_use == licence.seats.active().count() <= licence.total

    @invariant()
    def the_history_is_whole_and_replaying_it_gives_what_is(self) -> None:
        with tenant_scope(self.tenant.pk):
            told = replay(self.tenant)
            seats: Held = defaultdict(set)
            for licence_id, user_id in Seat.objects.active().values_list("licence_id", "user_id"):
                seats[licence_id].add(user_id)
            users = {user.pk: user for user in User.objects.of(self.tenant)}
            in_force = Licence.objects.in_force().filter(tenant=self.tenant)

            assert {pk: holders for pk, holders in told.held.items() if holders} == dict(seats)
            assert told.totals == dict(in_force.values_list("type__code", "total"))
            assert {pk: users[pk].can_log_in for pk in told.logins} == told.logins
            assert {pk for pk, user in users.items() if user.is_former_employee} == told.left
            assert list(breaks(self.tenant)) == []

    @invariant()
    def who_left_holds_nothing(self) -> None:
        with tenant_scope(self.tenant.pk):
            assert not Seat.objects.active().filter(user__left_at__isnull=False).exists()

    @invariant()
    def on_suite_who_can_log_in_has_a_seat(self) -> None:
        with tenant_scope(self.tenant.pk):
            if self.suite:
                seats = Seat.objects.active().filter(licence__type=self.types[0])
                able = User.objects.of(self.tenant).able_to_log_in()
                assert set(seats.values_list("user", flat=True)) == set(able.values_list("pk", flat=True))


class SuiteSeats(Seats):
    """The same on CRM Suite, where the seat on the plan is *can log in*."""

    suite = True


@pytest.mark.django_db
@pytest.mark.parametrize("machine", [Seats, SuiteSeats])
def test_counters_limits_and_history_agree_after_every_step(machine: type[Seats]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

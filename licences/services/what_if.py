"""What would another licence set do? It is taken in, freed for and activated by the same services as a real one, and
then all of it is rolled back: nothing of it remains, and nobody else ever sees it.

While it runs it holds the locks that a real change holds; rolling back lets go of them at once.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import F

from licences.models import Licence, LicenceSet, Seat, SuitePlan, Tenant, User
from licences.reports.grants import Grants, grants_of
from licences.reports.licence_changes import LicenceChange, licence_changes
from licences.reports.restriction_list import RestrictionRow, restrictions
from licences.services.licence_sets import Issue, NotPending, StillShort, activate_set, change_plan, receive_set
from licences.services.seating import Move, Refused
from licences.services.seats import change_seats

SHOWN: Final = 50
"""So many people are named; of the others it says how many."""
AT_FIRST: Final = 100
"""So many holders more than needed are asked at first, because some cannot give their seat back."""


@dataclass(frozen=True, slots=True)
class Freed:
    """Somebody who would have to give licences back, and the features that they would lose by all of it."""

    user: User
    licences: list[str]
    loses: list[str]
    loses_everything: bool

    @property
    def more(self) -> int:
        """Features beside the first two."""
        return len(self.loses) - 2


@dataclass(frozen=True, slots=True)
class Stuck:
    """Somebody who cannot give a licence back, and why not."""

    licence: str
    refused: Refused


@dataclass(frozen=True, slots=True)
class OwnersOutcome:
    """One owner's set: its altered rows, the short ones first, and whether it could be activated: by itself, or once
    seats are given back; None of the two when too many cannot be."""

    licence_set: LicenceSet
    rows: list[LicenceChange]
    by_itself: bool
    is_activated: bool

    @property
    def shown_rows(self) -> list[LicenceChange]:
        """Those that a person sees, on this page as on that of the activation."""
        return [each for each in self.rows if each.is_worth_showing]


@dataclass(frozen=True, slots=True)
class RestrictionChange:
    """A limit that is another one, or stands otherwise to what is used."""

    before: RestrictionRow | None
    after: RestrictionRow


@dataclass(slots=True)
class Outcome:
    """What it would do. `freed` and `stuck` are bounded, their counts are not. So many would `lose_everything`, because
    no plan is left to them; `lost` says of each feature how many others would lose it, most first."""

    owners: list[OwnersOutcome] = field(default_factory=list)
    freed: list[Freed] = field(default_factory=list)
    freed_count: int = 0
    stuck: list[Stuck] = field(default_factory=list)
    stuck_count: int = 0
    lost: list[tuple[str, int]] = field(default_factory=list)
    lose_everything: int = 0
    restrictions: list[RestrictionChange] = field(default_factory=list)


def what_if(tenant: Tenant, sets: Sequence[Issue | LicenceSet]) -> Outcome:
    """What these sets would do, imagined ones or ones that wait; raises SetRefused for one that would not be taken in,
    and NotPending for one that does not wait any more.

    The longest unused give seats back first: who never used the product, then by last use, then who has had the seat
    for longest.
    """
    with _undone():
        return _Trial(Tenant.objects.get(pk=tenant.pk)).run(sets)


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class _Standing:
    """What everybody may use, and how close the limits are, at one moment."""

    def __init__(self, tenant: Tenant) -> None:
        self.grants = grants_of(tenant)
        self.restrictions = {row.code: row for row in restrictions(tenant)}
        seats = Seat.objects.active().filter(tenant=tenant, licence__in=self.grants.licences, user__can_log_in=True)
        self.held = {
            pk: frozenset(ids) for pk, ids in seats.values_list("user_id").annotate(held=ArrayAgg("licence_id"))
        }
        self._known: dict[frozenset[int], frozenset[int]] = {}

    def lets_in(self, user_id: int) -> bool:
        """Whether the user holds a plan, without which nothing can be used."""
        return not self.grants.lets_in.isdisjoint(self.held.get(user_id, frozenset()))

    def features_of(self, user_id: int) -> frozenset[int]:
        """Ids of what the user may use; users who hold the same have the same."""
        held = self.held.get(user_id, frozenset())
        if held not in self._known:
            self._known[held] = _features(self.grants, held)
        return self._known[held]


def _features(grants: Grants, held: frozenset[int]) -> frozenset[int]:
    if grants.lets_in.isdisjoint(held):
        return frozenset()
    return frozenset(pk for pk in grants.features_of(held) if grants.kinds[pk].is_feature)


class _Trial:
    """One run, inside a transaction that is rolled back."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant, self.outcome = tenant, Outcome()
        self.freed: dict[User, list[str]] = {}
        self.plan: SuitePlan | None = None

    def run(self, sets: Sequence[Issue | LicenceSet]) -> Outcome:
        before = _Standing(self.tenant)
        for each in sets:
            self._put_in_force(each)
        self.tenant.refresh_from_db()
        after = _Standing(self.tenant)
        self._compare_people(before, after)
        self._compare_limits(before, after)
        return self.outcome

    def _put_in_force(self, wanted: Issue | LicenceSet) -> None:
        active = LicenceSet.objects.active().filter(tenant=self.tenant).select_related("suite_plan")
        old = active.filter(owner=wanted.owner).first()
        new = receive_set(self.tenant, wanted, by=None) if isinstance(wanted, Issue) else self._waiting(wanted)
        by_itself = new.state == LicenceSet.State.ACTIVE
        changes = licence_changes(old, new)
        for change in sorted(changes, key=_needs_others_first):
            if change.is_short and change.current is not None:
                self._free(change.current, change.to_remove)
        rows = sorted((each for each in changes if each.is_altered), key=lambda change: not change.is_short)
        activated = by_itself or self._activate(new)
        if not activated and new.suite_plan is not None:
            self.plan = new.suite_plan
        self.outcome.owners.append(OwnersOutcome(new, rows, by_itself, activated))

    def _waiting(self, wanted: LicenceSet) -> LicenceSet:
        """The set anew, with nothing on it that anybody else holds; raises NotPending when it waits no more."""
        sets = LicenceSet.objects.pending().select_related("owner", "suite_plan")
        found = sets.filter(tenant=self.tenant, pk=wanted.pk).first()
        if found is None:
            raise NotPending
        found.tenant = self.tenant
        return found

    def _activate(self, waiting: LicenceSet) -> bool:
        try:
            activate_set(waiting, by=None)
        except StillShort:
            return False
        return True

    def _free(self, licence: Licence, needed: int) -> None:
        """Let so many give it back, the longest unused first, and note who cannot."""
        seats = Seat.objects.active().filter(tenant=self.tenant, licence=licence).select_related("user")
        order = (F("user__last_used_at").asc(nulls_first=True), "assigned_at", "pk")
        asked, more = 0, needed + AT_FIRST
        while needed and (holders := [seat.user for seat in seats.order_by(*order)[asked : asked + more]]):
            moves = [Move(user, take=frozenset({licence})) for user in holders]
            report = change_seats(self.tenant, moves=moves, by=None, enough=needed)
            needed -= len(report.done)
            # Who gave it back is not among the holders any more: only those who could not are passed over.
            asked, more = asked + len(report.refused), more * 2
            for user in report.done:
                self.freed.setdefault(user, []).append(licence.name)
            self.outcome.stuck += [Stuck(licence.name, refused) for refused in report.refused]

    def _compare_people(self, before: _Standing, after: _Standing) -> None:
        outcome = self.outcome
        names_of_plans = set(SuitePlan.objects.values_list("system_licence_id", flat=True))
        kinds = {pk: kind for pk, kind in before.grants.kinds.items() if pk not in names_of_plans}
        lost = Counter[int]()
        for user_id in before.held:
            if before.lets_in(user_id) and not after.lets_in(user_id):
                outcome.lose_everything += 1
            else:
                lost.update((before.features_of(user_id) - after.features_of(user_id)) & kinds.keys())
        outcome.lost = sorted(((kinds[pk].name, count) for pk, count in lost.items()), key=lambda each: -each[1])
        for user, licences in list(self.freed.items())[:SHOWN]:
            gone = before.features_of(user.pk) - after.features_of(user.pk)
            loses = [kind.name for pk, kind in kinds.items() if pk in gone]
            loses_everything = before.lets_in(user.pk) and not after.lets_in(user.pk)
            outcome.freed.append(Freed(user, licences, loses, loses_everything))
        outcome.freed_count, outcome.stuck_count = len(self.freed), len(outcome.stuck)
        outcome.stuck = outcome.stuck[:SHOWN]

    def _compare_limits(self, before: _Standing, after: _Standing) -> None:
        """By the limits that the sets bring, also where somebody stands in the way of one."""
        rows = after.restrictions
        if self.plan is not None:
            change_plan(self.tenant, self.plan)
            rows = {row.code: row for row in restrictions(self.tenant)}
        for code, row in rows.items():
            then = before.restrictions.get(code)
            if then is None or (then.limit, then.state) != (row.limit, row.state):
                self.outcome.restrictions.append(RestrictionChange(then, row))


def _needs_others_first(change: LicenceChange) -> tuple[bool, int]:
    """A licence that needs another is given back before that one, which would be refused otherwise."""
    return change.shown.type.prerequisite_id is None, -change.shown.type.sort_order

"""The seats of a tenant as they are, locked, and as they become move by move; written down once at the end."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from django.db import connection
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from licences.models import HistoryEntry, Hold, Licence, LicenceType, Seat, Tenant, User
from licences.reports.grants import Grants, grants_of
from licences.services.accounts import administrators_who_can_log_in
from licences.services.history import Change

GIVE: Final = """
INSERT INTO licences_seat (tenant_id, assigned_at, licence_id, user_id)
SELECT %s, %s, given.* FROM unnest(%s::bigint[], %s::bigint[]) AS given
"""


class Refusal(TextChoices):
    """Why a move was not made. The codes are stable; `Refused.detail` names the licence or the work in question."""

    UNCHANGED = "unchanged", _("is so already")
    ALREADY_HOLDS = "already_holds", _("holds it already")
    NOT_HELD = "not_held", _("does not hold it")
    NO_SEAT_LEFT = "no_seat_left", _("no seat left")
    NEEDS = "needs_prerequisite", _("needs another licence first")
    NEEDED = "needed_by_another", _("is needed for another licence")
    OPEN_WORK = "open_work", _("has open work")
    FORMER_EMPLOYEE = "former_employee", _("is a former employee")
    CANNOT_BE_ASSIGNED = "cannot_be_assigned", _("is not given to users")
    LAST_ADMINISTRATOR = "last_administrator", _("is the last administrator who can log in")


@dataclass(frozen=True, slots=True)
class Move:
    """One user gives the licences `take` back and gets `give`; `can_log_in` None leaves the switch as it is, and
    `leaves` marks a former employee. On CRM Suite the seat on the plan is the switch, so one moves the other.

    `role` is what the user becomes; whoever asks writes it. A user who is not written yet has a negative id of its own,
    and the real one before the moves are written.
    """

    user: User
    take: frozenset[Licence] = frozenset()
    give: frozenset[Licence] = frozenset()
    can_log_in: bool | None = None
    leaves: bool = False
    role: User.Role | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """`detail` names the licence, or the open work, that stands in the way; it may be empty."""

    user: User
    reason: Refusal
    detail: str = ""


@dataclass(slots=True)
class _Person:
    """A user with the seats that they hold (licence id → seat id), and the open work that keeps their plans."""

    user: User
    held: dict[int, int] = field(default_factory=dict)
    open_work: str = ""


class _Difference(NamedTuple):
    """What the history remembers of a change, by name."""

    before: dict[str, bool | int] = {}
    after: dict[str, bool | int] = {}


NO_DIFFERENCE = _Difference()


class Seating:
    """Ask `refusal_of` a move, then `make` it; `write` writes all that was made and tells what to remember.

    Its maker holds the history's lock. Licences and users are locked here, in the order of their ids.
    """

    def __init__(self, tenant: Tenant, moves: Collection[Move]) -> None:
        self.tenant = tenant
        asked_for = {licence.pk for move in moves for licence in move.take | move.give}
        self.licences = {
            licence.pk: licence
            for licence in Licence.objects.select_for_update(no_key=True, of=("self",))
            .in_force()
            .select_related("type__prerequisite")
            .filter(tenant=tenant, pk__in=asked_for)
            .order_by("pk")
        }
        self.in_use = {pk: licence.in_use for pk, licence in self.licences.items()}
        self.people = self._people({move.user.pk for move in moves if not is_new(move.user)})
        self.people |= {move.user.pk: _Person(move.user) for move in moves if is_new(move.user)}
        self.changes: list[Change] = []
        self.given: list[tuple[User, int]] = []
        self.released: list[int] = []
        self.switched_on: list[int] = []
        self.switched_off: list[int] = []
        self.left: list[int] = []
        self.now = timezone.now()

    @cached_property
    def grants(self) -> Grants:
        return grants_of(self.tenant)

    @cached_property
    def administrators(self) -> set[int]:
        """Ids of those who can log in; each move that is made keeps it up to date."""
        return set(administrators_who_can_log_in(self.tenant).values_list("pk", flat=True))

    @cached_property
    def prerequisites(self) -> dict[int, int]:
        """For each licence in force that is of no use alone, the feature that must be there too."""
        needs = self.grants.needs
        return {pk: needs[each.type_id] for pk, each in self.grants.licences.items() if each.type_id in needs}

    def _people(self, ids: Collection[int]) -> dict[int, _Person]:
        users = User.objects.select_for_update(no_key=True).filter(tenant=self.tenant, pk__in=ids).order_by("pk")
        people = {user.pk: _Person(user) for user in users}
        if not people:
            return people
        seats = Seat.objects.active().filter(tenant=self.tenant, user__in=people, licence__in=self.grants.licences)
        for user_id, licence_id, seat_id in seats.values_list("user_id", "licence_id", "pk"):
            people[user_id].held[licence_id] = seat_id
        holds = Hold.objects.filter(tenant=self.tenant, user__in=people).order_by("user_id", "set_at", "id")
        for user_id, reason in holds.distinct("user_id").values_list("user_id", "reason"):
            people[user_id].open_work = reason
        return people

    def refusal_of(self, move: Move) -> Refused | None:
        """Why this move cannot be made after those that were; None when it can."""
        person = self.people[move.user.pk]
        for reason, detail in (
            *self._refused_takes(move, person),
            *self._refused_gives(move, person),
            *self._missing_prerequisites(move, person),
            *self._nobody_left(move, person),
        ):
            return Refused(move.user, reason, detail)
        return None

    def _refused_takes(self, move: Move, person: _Person) -> Iterator[tuple[Refusal, str]]:
        for licence in _in_order(move.take):
            if licence.pk not in person.held:
                yield Refusal.NOT_HELD, licence.name
            elif licence.is_plan and person.open_work:
                yield Refusal.OPEN_WORK, person.open_work

    def _refused_gives(self, move: Move, person: _Person) -> Iterator[tuple[Refusal, str]]:
        if person.user.is_former_employee and (move.give or move.can_log_in or move.leaves):
            yield Refusal.FORMER_EMPLOYEE, ""
        for asked in _in_order(move.give):
            licence = self.licences.get(asked.pk)
            if licence is None or licence.type.kind != LicenceType.Kind.USER or licence.type.hidden:
                yield Refusal.CANNOT_BE_ASSIGNED, asked.name
            elif licence.pk in person.held:
                yield Refusal.ALREADY_HOLDS, licence.name
            elif not licence.unrestricted and self.in_use[licence.pk] >= licence.total:
                yield Refusal.NO_SEAT_LEFT, licence.name

    def _missing_prerequisites(self, move: Move, person: _Person) -> Iterator[tuple[Refusal, str]]:
        before, after = set(person.held), self._held_after(move, person)
        asking = self.prerequisites.keys() & after
        if not asking:
            return
        had, has = self.grants.features_of(before), self.grants.features_of(after)
        for licence_id in sorted(asking):
            needs = self.prerequisites[licence_id]
            if needs in has:
                continue
            if licence_id not in before:
                yield Refusal.NEEDS, self.grants.kinds[needs].name
            elif needs in had:
                yield Refusal.NEEDED, self.grants.licences[licence_id].name

    def _nobody_left(self, move: Move, person: _Person) -> Iterator[tuple[Refusal, str]]:
        if self.administrators == {person.user.pk} and not self._is_administrator_after(move, person):
            yield Refusal.LAST_ADMINISTRATOR, ""

    def _held_after(self, move: Move, person: _Person) -> set[int]:
        return (person.held.keys() - {each.pk for each in move.take}) | {each.pk for each in move.give}

    def _can_log_in_after(self, move: Move, person: _Person) -> bool:
        if move.leaves:
            return False
        if self.tenant.suite_plan is not None:
            moved = [each for each in move.take | move.give if self._is_suite_seat(each)]
            return moved[0] in move.give if moved else person.user.can_log_in
        return person.user.can_log_in if move.can_log_in is None else move.can_log_in

    def _can_enter_after(self, move: Move, person: _Person) -> bool:
        """Whether *can log in* and a user licence will both be there."""
        return self._can_log_in_after(move, person) and not self.grants.lets_in.isdisjoint(
            self._held_after(move, person)
        )

    def _is_administrator_after(self, move: Move, person: _Person) -> bool:
        """Whether they will be one who can log in."""
        role = person.user.role if move.role is None else move.role
        return role == User.Role.ADMINISTRATOR and self._can_enter_after(move, person)

    def _is_suite_seat(self, licence: Licence) -> bool:
        plan = self.tenant.suite_plan
        return plan is not None and licence.type_id == plan.seat_licence_id

    def make(self, move: Move) -> None:
        """Make a move that is not refused. One move per user: what is new is not taken back again."""
        person = self.people[move.user.pk]
        user, can_log_in = person.user, self._can_log_in_after(move, person)
        switched = NO_DIFFERENCE
        if is_new(user):
            user.can_log_in = can_log_in
        elif can_log_in != user.can_log_in:
            switched = _Difference({"can_log_in": user.can_log_in}, {"can_log_in": can_log_in})
            (self.switched_on if can_log_in else self.switched_off).append(user.pk)
        stays = self._is_administrator_after(move, person)
        (self.administrators.add if stays else self.administrators.discard)(user.pk)
        for licence in _in_order(move.take):
            self.released.append(person.held[licence.pk])
            self._count(HistoryEntry.Action.SEAT_RELEASED, user, licence, -1, switched)
        for licence in _in_order(move.give):
            self.given.append((user, licence.pk))
            self._count(HistoryEntry.Action.SEAT_ASSIGNED, user, licence, +1, switched)
        if move.leaves:
            self.left.append(user.pk)
            self._note(HistoryEntry.Action.LEFT, user, switched)
        elif switched.after and self.tenant.suite_plan is None:
            self._note(HistoryEntry.Action.LOGIN_SWITCHED, user, switched)

    def note(self, change: Change) -> None:
        """Remember something else about a user, between the moves before and after it."""
        self.changes.append(change)

    def _count(
        self, action: HistoryEntry.Action, user: User, licence: Licence, step: int, switched: _Difference
    ) -> None:
        before, after = self.in_use[licence.pk], self.in_use[licence.pk] + step
        self.in_use[licence.pk] = after
        also = switched if self._is_suite_seat(licence) else NO_DIFFERENCE
        difference = _Difference(also.before | {"in_use": before}, also.after | {"in_use": after})
        self._note(action, user, difference, licence)

    def _note(
        self, action: HistoryEntry.Action, user: User, difference: _Difference, licence: Licence | None = None
    ) -> None:
        subject = f"{user.full_name} · {licence.name}" if licence else user.full_name
        change = Change(action, subject, user, licence, before=difference.before, after=difference.after)
        self.changes.append(change)

    def write(self) -> list[Change]:
        """Write every move that was made; returns the changes for the history."""
        Seat.objects.filter(tenant=self.tenant, pk__in=self.released).update(released_at=self.now)
        if self.given:
            with connection.cursor() as cursor:
                of, to = [pk for _user, pk in self.given], [user.pk for user, _pk in self.given]
                cursor.execute(GIVE, [self.tenant.pk, self.now, of, to])
        for pk, licence in self.licences.items():
            if self.in_use[pk] != licence.in_use:
                Licence.objects.filter(pk=pk).update(in_use=self.in_use[pk])
        users = User.objects.of(self.tenant)
        users.filter(pk__in=self.switched_on).update(can_log_in=True)
        users.filter(pk__in=self.switched_off).update(can_log_in=False)
        users.filter(pk__in=self.left).update(left_at=self.now)
        return self.changes


def is_new(user: User) -> bool:
    """Whether the user is about to be written, and is known by a negative id until then."""
    return user.pk < 0


def _in_order(licences: Iterable[Licence]) -> list[Licence]:
    return sorted(licences, key=lambda licence: licence.pk)

"""Seats are exact: who gets one and who gives one back is decided under locks, and the database refuses one too many.

Every change of seats is a list of moves: a user gives some licences back and gets others. Each move happens wholly or
not at all; what cannot be is reported with its reason and leaves the others alone. All of it is one transaction.
Sources: design §5, domain facts §1.4–§1.7, metering rules R27, reliability R-15 and R-16.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from licences.models import Licence, LicenceSet, Seat, Tenant, User
from licences.services.history import By, lock_history, record
from licences.services.seating import Move, Refusal, Refused, Seating

__all__ = ["Move", "Refusal", "Refused", "Report"]


@dataclass(slots=True)
class Report:
    """Whose move was made, and whose was not and why; each in the order asked for."""

    done: list[User] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def assign_seats(licence: Licence, *, users: Iterable[User], by: By, why: str = "") -> Report:
    """Give each user a seat of the licence while there are any, in the order of `users`."""
    moves = [Move(user, give=frozenset({licence})) for user in users]
    return change_seats(licence.tenant, moves=moves, by=by, why=why)


def release_seats(licence: Licence, *, users: Iterable[User], by: By, why: str = "") -> Report:
    """Take the users' seats of the licence back."""
    moves = [Move(user, take=frozenset({licence})) for user in users]
    return change_seats(licence.tenant, moves=moves, by=by, why=why)


def reassign_seats(licence: Licence, *, to: Licence, users: Iterable[User], by: By, why: str = "") -> Report:
    """Take the users' seats of the licence back and give each one of `to` instead: both or neither."""
    moves = [Move(user, take=frozenset({licence}), give=frozenset({to})) for user in users]
    return change_seats(licence.tenant, moves=moves, by=by, why=why)


@transaction.atomic
def release_plans(tenant: Tenant, *, users: Collection[User], by: By, why: str = "") -> Report:
    """*(No selection)*: take every plan that the users hold. Whoever holds none is reported as NOT_HELD."""
    lock_history(tenant)
    held = held_by(tenant, users)
    plans = {user: frozenset(licence for licence in held[user.pk] if licence.is_plan) for user in users}
    moves = [Move(user, take=taken) for user, taken in plans.items() if taken]
    report = change_seats(tenant, moves=moves, by=by, why=why)
    report.refused += [Refused(user, Refusal.NOT_HELD, _("any plan")) for user, taken in plans.items() if not taken]
    return report


@transaction.atomic
def change_seats(
    tenant: Tenant, *, moves: Collection[Move], by: By, why: str = "", enough: int | None = None
) -> Report:
    """Make each move that can be made, one per user; the others are reported. Statements do not grow with moves. Once
    `enough` are made, the rest is left."""
    head = lock_history(tenant)
    seating, report = Seating(tenant, moves), Report()
    for move in moves:
        if len(report.done) == enough:
            break
        refused = seating.refusal_of(move)
        if refused is None:
            seating.make(move)
            report.done.append(move.user)
        else:
            report.refused.append(refused)
    if report.done:
        record(head, seating.write(), by=by, why=why)
    return report


def held_by(tenant: Tenant, users: Collection[User]) -> dict[int, set[Licence]]:
    """The licences in force that each user holds a seat of, by the user's id; those who hold none have an empty set."""
    seats = Seat.objects.active().filter(tenant=tenant, user__in=users).select_related("licence__type")
    held: dict[int, set[Licence]] = defaultdict(set)
    for seat in seats.filter(licence__licence_set__state=LicenceSet.State.ACTIVE):
        held[seat.user_id].add(seat.licence)
    return held

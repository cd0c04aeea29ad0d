"""*Can log in* and *former employee*: the two switches of a user that seats hang on."""

from collections.abc import Collection

from django.db import transaction

from licences.models import HistoryEntry, Licence, Tenant, User
from licences.services.history import By, Change, lock_history, record
from licences.services.seating import Move, Refusal, Refused
from licences.services.seats import Report, change_seats, held_by


@transaction.atomic
def switch_login(tenant: Tenant, *, users: Collection[User], can_log_in: bool, by: By, why: str = "") -> Report:
    """Let the users log in, or not. On CRM Suite that is their seat: on takes one, off gives it back."""
    lock_history(tenant)
    is_on = set(User.objects.of(tenant).filter(pk__in=[user.pk for user in users], can_log_in=True))
    changing = [user for user in users if (user in is_on) != can_log_in]
    report = change_seats(tenant, moves=_moves(tenant, changing, can_log_in=can_log_in), by=by, why=why)
    report.refused += [Refused(user, Refusal.UNCHANGED) for user in users if user not in changing]
    return report


def _moves(tenant: Tenant, users: Collection[User], *, can_log_in: bool) -> list[Move]:
    if tenant.suite_plan is None:
        return [Move(user, can_log_in=can_log_in) for user in users]
    plan = frozenset(Licence.objects.in_force().filter(tenant=tenant, type=tenant.suite_plan.seat_licence_id))
    return [Move(user, give=plan) if can_log_in else Move(user, take=plan) for user in users]


@transaction.atomic
def mark_former_employees(tenant: Tenant, *, users: Collection[User], by: By, why: str = "") -> Report:
    """Free everything that the users hold and switch their login off. What they did and held stays to be read."""
    lock_history(tenant)
    held = held_by(tenant, users)
    moves = [Move(user, take=frozenset(held[user.pk]), leaves=True) for user in users]
    return change_seats(tenant, moves=moves, by=by, why=why)


@transaction.atomic
def welcome_back(tenant: Tenant, *, users: Collection[User], by: By, why: str = "") -> Report:
    """Former employees are users again. They hold nothing and cannot log in until they are given what they need."""
    head = lock_history(tenant)
    left = set(User.objects.of(tenant).filter(pk__in=[user.pk for user in users], left_at__isnull=False))
    User.objects.of(tenant).filter(pk__in=[user.pk for user in left]).update(left_at=None)
    changes = [Change(HistoryEntry.Action.RETURNED, user.full_name, user=user) for user in users if user in left]
    record(head, changes, by=by, why=why)
    return Report(
        done=[user for user in users if user in left],
        refused=[Refused(user, Refusal.UNCHANGED) for user in users if user not in left],
    )

"""What an administrator does to many users at once: one action, one transaction, one report."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from licences.models import Licence, Tenant, User
from licences.services.history import By, lock_history
from licences.services.logins import mark_former_employees, switch_login, welcome_back
from licences.services.seats import Move, Report, change_seats, release_plans


class Action(TextChoices):
    """What can be done to users, one or many."""

    ASSIGN = "assign", _("Assign a licence")
    TAKE = "take", _("Take a licence back")
    REASSIGN = "reassign", _("Reassign to another licence")
    NO_PLAN = "no-plan", _("Take all plans")
    LOGIN_ON = "login-on", _("Let log in")
    LOGIN_OFF = "login-off", _("Do not let log in")
    LEAVE = "leave", _("Mark as former employees")
    RETURN = "return", _("Make former employees users again")

    @property
    def takes(self) -> bool:
        """Whether it asks which licence is taken."""
        return self in {Action.TAKE, Action.REASSIGN}

    @property
    def gives(self) -> bool:
        """Whether it asks which licence is given."""
        return self in {Action.ASSIGN, Action.REASSIGN}


@dataclass(frozen=True, slots=True)
class UserChange:
    """An action with the licences that it is about."""

    action: Action
    take: Licence | None = None
    give: Licence | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whose change was made and whose not, and the numbers of the first and last entry in the history; none were
    written when nothing was done."""

    report: Report
    entries: tuple[int, int] | None = None


@transaction.atomic
def change_users(tenant: Tenant, change: UserChange, *, users: Collection[User], by: By, why: str = "") -> Outcome:
    """Do it to each user to whom it can be done, in their order; the others are reported."""
    before = lock_history(tenant).length
    report = _make(tenant, change, users, by, why)
    after = lock_history(tenant).length
    return Outcome(report, (before + 1, after) if after > before else None)


def _make(tenant: Tenant, change: UserChange, users: Collection[User], by: By, why: str) -> Report:
    action = change.action
    if action.takes or action.gives:
        take, give = (frozenset({each} if each else ()) for each in (change.take, change.give))
        return change_seats(tenant, moves=[Move(user, take=take, give=give) for user in users], by=by, why=why)
    if action == Action.NO_PLAN:
        return release_plans(tenant, users=users, by=by, why=why)
    if action == Action.LEAVE:
        return mark_former_employees(tenant, users=users, by=by, why=why)
    if action == Action.RETURN:
        return welcome_back(tenant, users=users, by=by, why=why)
    return switch_login(tenant, users=users, can_log_in=action == Action.LOGIN_ON, by=by, why=why)

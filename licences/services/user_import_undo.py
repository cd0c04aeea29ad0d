"""Undo the import of users: the last row first, so that every seat is free again when it is given back.

Who was added and has been left alone since becomes a former employee who holds nothing, and whose user ID can be had
again; the history keeps the row. Who was changed gets back what still is as the import wrote it. All else stays, with
the reason. Source: docs/adr/0014.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licences.imported_users import UNDONE
from licences.models import HistoryEntry, Hold, Licence, Tenant, User, UserGroup
from licences.services.history import By, Change, lock_history, record
from licences.services.seating import Move, Seating
from licences.services.seats import held_by
from licences.services.user_import import Imported, said
from licences.services.user_rows import change_users, expect_growth, lay_to_rest
from licences.services.ways_back import Added, Changed, digest_of, unpacked

LONGEST_ID = User._meta.get_field("login_id").max_length or 0


class Undone(TextChoices):
    """What became of what a row had done. The codes are stable."""

    REMOVED = "removed", gettext_lazy("Removed")
    RESTORED = "restored", gettext_lazy("Restored")
    STAYED = "stayed", gettext_lazy("Stayed")


@dataclass(slots=True)
class _Step:
    """One row taken back: the user, the seats that move, and what stays all the same."""

    line: int
    user: User
    move: Move
    old: Mapping[str, Any] | None = None
    """None for a user who goes; else the fields that get their old value back."""
    stays: str = ""


@transaction.atomic
def undo_users(tenant: Tenant, undo: Mapping[str, Any], *, by: By, why: str = "") -> Imported:
    """Take back what one batch did, as `Imported.undo` tells it. The faults say what stays, and why."""
    expect_growth()
    head = lock_history(tenant)
    now = _Now(tenant, [unpacked(way) for way in undo["users"]], last=undo["last"])
    told = Imported()
    steps = [step for way in now.ways if (step := now.step(way, told)) is not None]
    seating = Seating(tenant, [step.move for step in steps])
    made = []
    for step in steps:
        refused = seating.refusal_of(step.move)
        if refused is not None:
            _stays(told, step.line, said(refused))
            continue
        seating.make(step.move)
        if change := now.change(step):
            seating.note(change)
        if step.stays:
            _stays(told, step.line, step.stays)
        else:
            told.counts[Undone.REMOVED if step.old is None else Undone.RESTORED] += 1
        made.append(step)
    if made:
        _write(tenant, made)
        record(head, seating.write(), by=by, why=why)
    told.faults.sort()
    return told


def _stays(told: Imported, line: int, text: str) -> None:
    told.counts[Undone.STAYED] += 1
    told.faults.append((line, text))


def _write(tenant: Tenant, made: Sequence[_Step]) -> None:
    for step in made:
        for name, value in (step.old or {}).items():
            setattr(step.user, name, value)
    change_users(tenant, [step.user for step in made if step.old])
    lay_to_rest(tenant, {step.user.pk: resting_id(step.user) for step in made if step.old is None})


def resting_id(user: User) -> str:
    """The user ID of somebody whose import was undone: their own is free again."""
    ending = f"{UNDONE}{user.pk}"
    return user.login_id[: LONGEST_ID - len(ending)] + ending


class _Now:
    """The users of a batch as they are now, locked, and what it takes to have them as they were."""

    def __init__(self, tenant: Tenant, ways: Sequence[Added | Changed], *, last: int) -> None:
        self.ways = sorted(ways, key=lambda way: -way.line)
        ids = [way.user_id for way in ways]
        users = User.objects.of(tenant).select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
        self.users = {user.pk: user for user in users}
        since = HistoryEntry.objects.filter(tenant=tenant, user__in=ids, number__gt=last)
        self.touched = set(since.values_list("user_id", flat=True))
        self.at_work = set(Hold.objects.filter(tenant=tenant, user__in=ids).values_list("user_id", flat=True))
        self.held = held_by(tenant, list(self.users.values()))
        moved = {pk for way in ways if isinstance(way, Changed) for pk in (*way.taken, *way.given)}
        self.licences = {
            licence.pk: licence
            for licence in Licence.objects.in_force().select_related("type").filter(tenant=tenant, pk__in=moved)
        }
        pairs = [way.fields.get("primary_group_id", ()) for way in ways if isinstance(way, Changed)]
        groups = UserGroup.objects.filter(tenant=tenant, pk__in={pk for pair in pairs for pk in pair if pk})
        self.groups = dict(groups.values_list("pk", "name"))

    def step(self, way: Added | Changed, told: Imported) -> _Step | None:
        """What is to be done; None, and told, when all of it stays."""
        user = self.users[way.user_id]
        step, reason = self._removal(way, user) if isinstance(way, Added) else self._restoration(way, user)
        if step is None:
            _stays(told, way.line, reason)
        return step

    def _removal(self, way: Added, user: User) -> tuple[_Step | None, str]:
        if user.last_login or user.last_used_at or user.pk in self.at_work:
            return None, _("%(name)s has used the product since.") % {"name": user.full_name}
        if user.pk in self.touched or digest_of(user) != way.digest:
            return None, _("%(name)s was changed since.") % {"name": user.full_name}
        return _Step(way.line, user, Move(user, take=frozenset(self.held[user.pk]), leaves=True)), ""

    def _restoration(self, way: Changed, user: User) -> tuple[_Step | None, str]:
        if user.is_former_employee:
            return None, _("%(name)s is a former employee by now.") % {"name": user.full_name}
        as_written = {name: old for name, (old, new) in way.fields.items() if getattr(user, name) == new}
        held = {licence.pk for licence in self.held[user.pk]}
        taken, given = (self._in_force(ids) for ids in (way.taken, way.given))
        switched = way.can_log_in is not None and user.can_log_in == way.can_log_in
        move = Move(
            user,
            take=frozenset(each for each in given if each.pk in held),
            give=frozenset(each for each in taken if each.pk not in held),
            can_log_in=not way.can_log_in if switched else None,
            role=User.Role(as_written["role"]) if "role" in as_written else None,
        )
        whole = len(as_written) == len(way.fields) and len(move.take) == len(way.given)
        whole = whole and len(move.give) == len(way.taken) and switched == (way.can_log_in is not None)
        changed = _("%(name)s was changed since: only the rest was restored.") % {"name": user.full_name}
        if not as_written and move == Move(user):
            return None, _("%(name)s was changed since.") % {"name": user.full_name}
        return _Step(way.line, user, move, as_written, "" if whole else changed), ""

    def _in_force(self, ids: Sequence[int]) -> list[Licence]:
        return [self.licences[pk] for pk in ids if pk in self.licences]

    def change(self, step: _Step) -> Change | None:
        """What the history is to say of the user; nothing when only seats move."""
        user = step.user
        if step.old is None:
            before, after = {"user_id": user.login_id}, {"user_id": resting_id(user)}
            return Change(HistoryEntry.Action.USER_REMOVED, user.full_name, user, before=before, after=after)
        if not step.old:
            return None
        before = {name: getattr(user, name) for name in step.old}
        return Change(
            HistoryEntry.Action.USER_CHANGED,
            step.old.get("full_name", user.full_name),
            user,
            before=self._by_name(before),
            after=self._by_name(step.old),
        )

    def _by_name(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        names = {"primary_group_id": "group"}
        return {
            names.get(name, name): self.groups.get(value, "") if name in names else str(value)
            for name, value in fields.items()
        }

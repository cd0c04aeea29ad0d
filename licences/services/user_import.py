"""Import users with their plans from the rows of a file, a batch at a time.

A row happens wholly or not at all: if a plan has no seat left, its user is not added either. What is wrong with one row
never touches another. Seats are moves of licences/services/seating.py, in the order of the file, and the history has an
entry for each user. Sources: issue 4, domain facts §6 (the import screen), docs/adr/0014.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licences.imported_users import UserRow, Wrong
from licences.models import HistoryEntry, HistoryHead, Tenant
from licences.services.history import By, Change, lock_history, record
from licences.services.seating import Refused, Seating, is_new
from licences.services.user_matching import Asked, Known, Rule
from licences.services.user_rows import Taken, add_groups, change_users, expect_growth, insert_users
from licences.services.ways_back import FIELDS, way_back_of_added, way_back_of_changed

__all__ = ["Imported", "Outcome", "Rule", "import_users"]


class Outcome(TextChoices):
    """What became of a row. The codes are stable."""

    ADDED = "added", gettext_lazy("Added")
    CHANGED = "changed", gettext_lazy("Changed")
    UNCHANGED = "unchanged", gettext_lazy("Unchanged")
    SKIPPED = "skipped", gettext_lazy("Skipped")
    FAULTY = "faulty", gettext_lazy("Faulty")


_ADDED = Outcome.ADDED, HistoryEntry.Action.USER_ADDED
_CHANGED = Outcome.CHANGED, HistoryEntry.Action.USER_CHANGED

SEATS = "seats"
"""Counted beside the outcomes: seats that were given."""


class Line(Protocol):
    """A row of the file: its line, and its cells by field."""

    @property
    def line(self) -> int: ...

    @property
    def cells(self) -> Mapping[str, str]: ...


@dataclass(slots=True)
class Imported:
    """What became of the rows, by line where something is wrong. `undo` is what licences/services/user_import_undo.py
    needs, `after` what the check of the next batch has to know; both can be written as JSON."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[int, str]] = field(default_factory=list)
    undo: Any = None
    after: dict[str, Any] = field(default_factory=dict)

    def fault(self, line: int, text: str) -> None:
        self.counts[Outcome.FAULTY] += 1
        self.faults.append((line, text))


@transaction.atomic
def import_users(
    tenant: Tenant,
    lines: Sequence[Line],
    *,
    rule: Rule,
    by: By,
    why: str = "",
    repeated: Mapping[int, int] | None = None,
    before: Mapping[str, Any] | None = None,
    dry: bool = False,
) -> Imported:
    """Import what can be imported. Statements do not grow with rows.

    `repeated` says of a line which earlier one of the file is about the same user. A `dry` run writes nothing and says
    what would become of the rows after those that `before` is the `after` of.
    """
    expect_growth()
    head = lock_history(tenant)
    told = Imported()
    rows = _read(lines, repeated or {}, told)
    known = Known(tenant, rows, rule)
    while True:
        attempt = Imported(told.counts.copy(), list(told.faults))
        asked = _ask(rows, known, attempt)
        seating = Seating(tenant, [each.move for each in asked if each.moves])
        _continue_from(before, seating)
        made = _make(asked, seating, attempt)
        try:
            if dry:
                attempt.after = _left_for_next(before, asked, seating)
            elif made:
                attempt.undo = _write(head, made, seating, by=by, why=why)
        except Taken as taken:
            known.taken |= taken.user_ids
            continue
        attempt.faults.sort()
        return attempt


def _read(lines: Sequence[Line], repeated: Mapping[int, int], told: Imported) -> list[UserRow]:
    rows = []
    for line in lines:
        if not any(line.cells.values()):
            told.counts[Outcome.SKIPPED] += 1
        elif line.line in repeated:
            told.fault(line.line, _("The same user is on line %(line)d already.") % {"line": repeated[line.line]})
        else:
            try:
                rows.append(UserRow.read(line.line, line.cells))
            except Wrong as wrong:
                told.fault(line.line, str(wrong))
    return rows


def _ask(rows: Sequence[UserRow], known: Known, told: Imported) -> list[Asked]:
    """What each row asks for; what asks for nothing is counted."""
    asked = []
    for row in rows:
        try:
            each = known.ask(row)
        except Wrong as wrong:
            told.fault(row.line, str(wrong))
            continue
        if each is None:
            told.counts[Outcome.SKIPPED] += 1
        elif each.changes_nothing:
            told.counts[Outcome.UNCHANGED] += 1
        else:
            asked.append(each)
    return asked


def _make(asked: Sequence[Asked], seating: Seating, told: Imported) -> list[Asked]:
    """Those to whom nothing refuses a seat, in the order of the file."""
    made = []
    for each in asked:
        refused = seating.refusal_of(each.move) if each.moves else None
        if refused is not None:
            told.fault(each.line, said(refused))
            continue
        outcome, action = _ADDED if is_new(each.user) else _CHANGED
        if each.after:
            name = each.after.get("full_name", each.user.full_name)
            seating.note(Change(action, name, each.user, before=each.before, after=each.after))
        if each.moves:
            seating.make(each.move)
        told.counts[outcome] += 1
        told.counts[SEATS] += len(each.move.give)
        made.append(each)
    return made


def said(refused: Refused) -> str:
    """Why not, in a sentence."""
    reason = str(refused.reason.label)
    reason = reason[:1].upper() + reason[1:]
    return f"{reason}: {refused.detail}." if refused.detail else f"{reason}."


def _continue_from(before: Mapping[str, Any] | None, seating: Seating) -> None:
    """As if the rows before had been imported: their seats are gone, their administrators are there."""
    if before is None:
        return
    for pk in seating.in_use:
        seating.in_use[pk] += before["in_use"].get(str(pk), 0)
    seating.administrators = set(before["administrators"])


def _left_for_next(before: Mapping[str, Any] | None, asked: Sequence[Asked], seating: Seating) -> dict[str, Any]:
    """By licence, how many more are in use than there are now, and how many rows have asked for one."""
    in_use = dict(before["in_use"] if before else {})
    in_use |= {str(pk): seating.in_use[pk] - licence.in_use for pk, licence in seating.licences.items()}
    asks = Counter(before["asked"] if before else {})
    asks.update(str(licence.pk) for each in asked for licence in each.move.give)
    return {"in_use": in_use, "asked": dict(asks), "administrators": sorted(seating.administrators)}


def _write(head: HistoryHead, made: Sequence[Asked], seating: Seating, *, by: By, why: str) -> dict[str, Any]:
    """Write all of it, and return what it takes to undo it. Raises Taken, and nothing is written."""
    with transaction.atomic():
        ways_back = _write_users(seating.tenant, made)
        record(head, seating.write(), by=by, why=why)
    return {"last": head.length, "users": ways_back}


def _write_users(tenant: Tenant, made: Sequence[Asked]) -> list[Any]:
    groups = add_groups(tenant, {each.after["group"] for each in made if each.after.get("group")})
    added = [each for each in made if is_new(each.user)]
    changed = [each for each in made if not is_new(each.user)]
    for each in added:
        each.user.primary_group_id = groups.get(each.after.get("group", "").casefold())
    insert_users(tenant, [each.user for each in added])
    was = [{name: getattr(each.user, name) for name in FIELDS} for each in changed]
    for each in changed:
        _apply(each, groups)
    change_users(tenant, [each.user for each in changed if each.after])
    return [
        *(way_back_of_added(each.line, each.user) for each in added),
        *(way_back_of_changed(each.line, each.user, old, each.move) for each, old in zip(changed, was, strict=True)),
    ]


def _apply(asked: Asked, groups: Mapping[str, int]) -> None:
    """Make the user what the row says."""
    for name, value in asked.after.items():
        if name == "group":
            asked.user.primary_group_id = groups.get(value.casefold())
        else:
            setattr(asked.user, name, value)

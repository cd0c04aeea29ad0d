"""What entries of the history say, in words that a person reads: before and after, by name."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licences.models import HistoryEntry, LicenceSet, LicenceType, SuitePlan, User

SAID: Mapping[str, str | Promise] = {
    "in_use": gettext_lazy("In use"),
    "can_log_in": gettext_lazy("Can log in"),
    "user_id": gettext_lazy("User ID"),
    "full_name": gettext_lazy("Full name"),
    "email": gettext_lazy("E-mail"),
    "role": gettext_lazy("Role"),
    "group": gettext_lazy("Group"),
    "plan": gettext_lazy("Plan"),
    "limit": gettext_lazy("Limit"),
    "issue_number": gettext_lazy("Issue"),
    "origin": gettext_lazy("Way in"),
    "source": gettext_lazy("Source"),
    "scopes": gettext_lazy("Scopes"),
    "expires_at": gettext_lazy("Expires"),
    "revoked": gettext_lazy("Revoked"),
    "contacts": gettext_lazy("Contacts"),
}
"""What entries say by these names. By any other they say the total of the licence with that code."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed; `before` is empty where there was nothing, `after` where nothing is left."""

    name: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.name} {self.before or '–'} → {self.after or '–'}"


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """An entry with what it says. An entry that only puts something down has no before at all."""

    entry: HistoryEntry
    differences: list[Difference]


def rows_of(entries: Sequence[HistoryEntry]) -> list[HistoryRow]:
    """The entries in their order. Two queries at most, whatever their number."""
    licences, plans = _licence_names(entries), _plan_names(entries)
    return [HistoryRow(entry, _differences(entry, licences, plans)) for entry in entries]


def _licence_names(entries: Sequence[HistoryEntry]) -> Mapping[str, str]:
    """By code; where two owners have the same, the code has to do."""
    codes = {code for entry in entries for code in (*entry.before, *entry.after)} - SAID.keys()
    if not codes:
        return {}
    found = list(LicenceType.objects.filter(code__in=codes).values_list("code", "name"))
    owners = Counter(code for code, _name in found)
    return {code: name for code, name in found if owners[code] == 1}


def _plan_names(entries: Sequence[HistoryEntry]) -> Mapping[str, str]:
    codes = {said["plan"] for entry in entries for said in (entry.before, entry.after) if "plan" in said}
    return dict(SuitePlan.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}


def _differences(entry: HistoryEntry, licences: Mapping[str, str], plans: Mapping[str, str]) -> list[Difference]:
    """What is always called the same first, then licences by their names: PostgreSQL keeps no order of its own."""
    names = {name: str(SAID.get(name) or licences.get(name, name)) for name in entry.before | entry.after}
    place = {name: number for number, name in enumerate(SAID)}
    return [
        Difference(
            name=names[name],
            before=_value(name, entry.before.get(name), plans),
            after=_value(name, entry.after.get(name), plans),
        )
        for name in sorted(names, key=lambda name: (place.get(name, len(place)), names[name]))
    ]


def _value(name: str, value: Any, plans: Mapping[str, str]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if name == "plan":
        return plans.get(value, value)
    if name == "role" and value in User.Role:
        return str(User.Role(value).label)
    if name == "origin" and value in LicenceSet.Origin:
        return str(LicenceSet.Origin(value).label)
    return str(value)

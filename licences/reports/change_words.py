"""What is said after a change of users: what was done, and of whom it was refused and why. Pure words: no database."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licences.services.seating import Refusal, Refused
from licences.services.user_changes import Action, UserChange

NAMED = 20
"""So many are named in one message."""

SENTENCES = {
    Refusal.UNCHANGED: gettext_lazy("Nothing was changed: %(name)s is as you wanted it already."),
    Refusal.ALREADY_HOLDS: gettext_lazy("%(name)s holds %(detail)s already."),
    Refusal.NOT_HELD: gettext_lazy("%(name)s does not hold %(detail)s."),
    Refusal.NO_SEAT_LEFT: gettext_lazy("No seat of %(detail)s is left. Take one from somebody else first."),
    Refusal.NEEDS: gettext_lazy("A licence that you gave needs %(detail)s. Give %(name)s that too."),
    Refusal.NEEDED: gettext_lazy("%(detail)s, which %(name)s holds, needs what you took. Take both or neither."),
    Refusal.OPEN_WORK: gettext_lazy("%(name)s has open work: %(detail)s. It must be finished or handed over first."),
    Refusal.FORMER_EMPLOYEE: gettext_lazy("%(name)s is a former employee. Take them back first."),
    Refusal.CANNOT_BE_ASSIGNED: gettext_lazy("%(detail)s is not given to users, or is no longer in force."),
    Refusal.LAST_ADMINISTRATOR: gettext_lazy(
        "%(name)s is the last administrator who can log in. Let another administrator log in first."
    ),
}
"""Why something was refused to one user, for the page of that user."""


def sentence(refused: Refused) -> str:
    """Why it was refused, and what helps."""
    said: str = SENTENCES[refused.reason] % {"name": refused.user.full_name, "detail": refused.detail}
    return said


@dataclass(frozen=True, slots=True)
class RefusedGroup:
    """Those to whom it was refused for one reason."""

    reason: str
    names: list[str]

    def __str__(self) -> str:
        return _("%(reason)s: %(names)s.") % {"reason": self.reason, "names": ", ".join(self.names)}


def grouped(refused: Iterable[Refused], change: UserChange) -> list[RefusedGroup]:
    """By reason, in the order in which they came."""
    groups: dict[str, list[str]] = defaultdict(list)
    for each in refused:
        groups[reason(each.reason, each.detail, change)].append(each.user.full_name)
    return [RefusedGroup(said, names) for said, names in groups.items()]


def refusals(refused: Sequence[Refused], change: UserChange) -> str:
    """Who stayed as they were and why, by reason, in one message: the first are named, the others counted."""
    said = [str(group) for group in grouped(refused[:NAMED], change)]
    if (more := len(refused) - NAMED) > 0:
        said.append(ngettext("And %(count)d more.", "And %(count)d more.", more) % {"count": more})
    return " ".join(said)


def reason(refusal: Refusal, detail: str, change: UserChange) -> str:
    """A reason that stands before names. What the action itself was about is not said again."""
    about = {each.name for each in (change.take, change.give) if each}
    said = capfirst(str(refusal.label))
    if not detail or detail in about or (change.action == Action.NO_PLAN and refusal == Refusal.NOT_HELD):
        return said
    return _("%(reason)s (%(detail)s)") % {"reason": said, "detail": detail}


def done(change: UserChange, *, count: int, asked: int, name: str = "") -> str:
    """What was done, such as "12 of 14 users got Sales Premium." `name` says who it was when it was one."""
    if not count:
        return _("Nothing was changed.")
    said = {
        "who": _who(count, asked, name),
        "took": change.take.name if change.take else "",
        "gave": change.give.name if change.give else "",
    }
    return _sentences(change.action, count) % said


def _who(count: int, asked: int, name: str) -> str:
    if count == 1 and name:
        return name
    if count < asked:
        return ngettext("%(count)d of %(asked)d user", "%(count)d of %(asked)d users", asked) % {
            "count": count,
            "asked": asked,
        }
    return ngettext("%(count)d user", "%(count)d users", count) % {"count": count}


def _sentences(action: Action, count: int) -> str:
    return {
        Action.ASSIGN: _("%(who)s got %(gave)s."),
        Action.TAKE: ngettext("%(who)s no longer holds %(took)s.", "%(who)s no longer hold %(took)s.", count),
        Action.REASSIGN: _("%(who)s went from %(took)s to %(gave)s."),
        Action.NO_PLAN: ngettext("%(who)s has no plan now.", "%(who)s have no plan now.", count),
        Action.LOGIN_ON: _("%(who)s can log in now."),
        Action.LOGIN_OFF: _("%(who)s can no longer log in."),
        Action.LEAVE: ngettext("%(who)s is a former employee now.", "%(who)s are former employees now.", count),
        Action.RETURN: ngettext("%(who)s is a user again.", "%(who)s are users again.", count),
    }[action]

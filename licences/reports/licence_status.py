"""How an owner's licence stands, in words: its dates, what waits, what came by itself, what the licence server said.

The one home of the link states of domain facts §1.5, for each owner's tab and for Status.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import OuterRef, Subquery, TextChoices
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils.translation import gettext as _

from licences.models import LicenceOwner, LicenceSet, ServerAnswer, Tenant

State = LicenceSet.State
NEWS_FOR: Final = timedelta(days=30)
"""So long it is told that a set was activated by itself."""


class Tone(TextChoices):
    """How urgent a line is; with it go icon and colour."""

    OK = "ok"
    NEWS = "news"
    WARNING = "warning"
    STOPPED = "stopped"


TONES = {
    LicenceSet.Standing.OK: Tone.OK,
    LicenceSet.Standing.WARNING: Tone.WARNING,
    LicenceSet.Standing.EXPIRED: Tone.WARNING,
    LicenceSet.Standing.STOPPED: Tone.STOPPED,
}
SERVER_TONES = {ServerAnswer.Status.PROBLEM: Tone.STOPPED, ServerAnswer.Status.UNKNOWN_ERROR: Tone.WARNING}
NOTHING_NEW = {ServerAnswer.Status.OK, ServerAnswer.Status.ACTIVATED}
"""Answers that say no more than the sets themselves."""


@dataclass(frozen=True, slots=True)
class StatusLine:
    """`url` is where it leads, empty when nowhere; `is_outside` when that is not this console."""

    tone: Tone
    text: str
    url: str = ""
    is_outside: bool = False


@dataclass(frozen=True, slots=True)
class OwnerStatus:
    """The lines about one owner's licence, the most urgent first; never none. `waiting` is the set that waits, and
    `standing` what the asker is told of the dates."""

    licence_set: LicenceSet
    waiting: LicenceSet | None
    standing: LicenceSet.Standing
    days_left: int | None
    lines: list[StatusLine]

    @property
    def owner(self) -> LicenceOwner:
        return self.licence_set.owner


@dataclass(frozen=True, slots=True)
class NewestSets:
    """Of each owner the active set, the one that waits, the one before, and what its licence server last said, by the
    owner's id; the vendor's first."""

    active: list[LicenceSet]
    waiting: Mapping[int, LicenceSet]
    superseded: Mapping[int, LicenceSet]
    answers: Mapping[int, ServerAnswer]


def newest_sets(tenant: Tenant) -> NewestSets:
    """One query, for the tabs and for what is on them."""
    said = ServerAnswer.objects.filter(tenant=tenant, owner=OuterRef("owner"))
    sets = LicenceSet.objects.filter(tenant=tenant, state__in=[State.ACTIVE, State.PENDING, State.SUPERSEDED])
    newest = sets.order_by("owner_id", "state", "-issue_number").distinct("owner_id", "state").select_related("owner")
    by_state: dict[str, dict[int, LicenceSet]] = {State.ACTIVE: {}, State.PENDING: {}, State.SUPERSEDED: {}}
    words = Subquery(said.values(words=JSONObject(status="status", message="message", url="url", asked_at="asked_at")))
    annotated: Iterable[Any] = newest.annotate(said=words)
    answers = {}
    for each in annotated:
        by_state[each.state][each.owner_id] = each
        if each.said:
            asked_at = datetime.fromisoformat(each.said.pop("asked_at"))
            answers[each.owner_id] = ServerAnswer(tenant=tenant, owner=each.owner, asked_at=asked_at, **each.said)
    active = sorted(by_state[State.ACTIVE].values(), key=lambda each: (not each.owner.is_vendor, each.owner.name))
    return NewestSets(active, by_state[State.PENDING], by_state[State.SUPERSEDED], answers)


def owner_statuses(tenant: Tenant, sets: NewestSets, *, for_administrators: bool) -> list[OwnerStatus]:
    """Of each active set. Members learn only of what has expired: they can do nothing about the rest."""
    if not for_administrators:
        return [_status(each, tenant, None, [], for_administrators=False) for each in sets.active]
    statuses = []
    for active in sets.active:
        waiting, is_first = sets.waiting.get(active.owner_id), active.owner_id not in sets.superseded
        answer, is_news = sets.answers.get(active.owner_id), not is_first and is_recent(active, tenant)
        told = list(_told(active, waiting, answer, is_news=is_news))
        statuses.append(_status(active, tenant, waiting, told, for_administrators=True))
    return statuses


def _status(
    active: LicenceSet, tenant: Tenant, waiting: LicenceSet | None, told: list[StatusLine], *, for_administrators: bool
) -> OwnerStatus:
    """The dates come first, unless all is well with them and there is something else to tell."""
    standing = active.standing(tenant.today)
    if standing == LicenceSet.Standing.WARNING and not for_administrators:
        standing = LicenceSet.Standing.OK  # what is coming is told to administrators only
    of_dates = StatusLine(TONES[standing], str(standing.label))
    lines = told if told and standing == LicenceSet.Standing.OK else [of_dates, *told]
    return OwnerStatus(active, waiting, standing, active.days_left(tenant.today), lines)


def _told(
    active: LicenceSet, waiting: LicenceSet | None, answer: ServerAnswer | None, *, is_news: bool
) -> Iterator[StatusLine]:
    if waiting:
        yield StatusLine(Tone.WARNING, _("Activate new licence"), reverse("licences:activation"))
    elif is_news:
        yield StatusLine(Tone.NEWS, _("New licence activated"), reverse("licences:activation"))
    if answer and (said := said_by_server(answer, waiting or active)):
        yield said


def is_recent(active: LicenceSet, tenant: Tenant) -> bool:
    """Whether it was activated by itself, within the last 30 days of the tenant's calendar."""
    if not active.activated_by_itself or active.activated_at is None:
        return False
    return tenant.today - active.activated_at.astimezone(tenant.zone).date() <= NEWS_FOR


def said_by_server(answer: ServerAnswer, newest: LicenceSet) -> StatusLine | None:
    """What the licence server last said, unless it said no more than the sets do: that something new is there is no
    news once it waits, or has been activated since. Its message comes before ours."""
    status = ServerAnswer.Status(answer.status)
    is_overtaken = newest.activated_at is None or newest.activated_at >= answer.asked_at
    if status in NOTHING_NEW or (status == ServerAnswer.Status.NEW_LICENCE and is_overtaken):
        return None
    url = answer.url if answer.url.startswith("https://") else ""
    text = answer.message or str(status.label)
    return StatusLine(SERVER_TONES.get(status, Tone.NEWS), text, url, is_outside=bool(url))

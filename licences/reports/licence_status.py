"""How an owner's licence stands, in words: its dates, what waits, what came by itself, what the licence server said.

The one home of the link states of domain facts §1.5, for each owner's tab and for Status.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import TextChoices
from django.urls import reverse
from django.utils.translation import gettext as _

from licences.models import LicenceSet, ServerAnswer, Tenant

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


def owner_statuses(tenant: Tenant, sets: Collection[LicenceSet], *, for_administrators: bool) -> list[OwnerStatus]:
    """Of each active set. Members learn only of what has expired: they can do nothing about the rest."""
    if not for_administrators:
        return [_status(each, tenant, None, [], for_administrators=False) for each in sets]
    owners = [each.owner_id for each in sets]
    others = LicenceSet.objects.filter(tenant=tenant, owner__in=owners, state__in=[State.PENDING, State.SUPERSEDED])
    newest = others.order_by("owner_id", "state", "-issue_number").distinct("owner_id", "state")
    around = {(each.owner_id, each.state): each for each in newest}
    answers = {each.owner_id: each for each in ServerAnswer.objects.filter(tenant=tenant, owner__in=owners)}
    statuses = []
    for active in sets:
        waiting, before = (around.get((active.owner_id, state)) for state in (State.PENDING, State.SUPERSEDED))
        told = list(_told(waiting, answers.get(active.owner_id), is_news=bool(before) and is_news(active, tenant)))
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


def _told(waiting: LicenceSet | None, answer: ServerAnswer | None, *, is_news: bool) -> Iterator[StatusLine]:
    if waiting:
        yield StatusLine(Tone.WARNING, _("Activate new licence"), reverse("licences:activation"))
    elif is_news:
        yield StatusLine(Tone.NEWS, _("New licence activated"), reverse("licences:activation"))
    if answer and (said := said_by_server(answer, waits=waiting is not None)):
        yield said


def is_news(active: LicenceSet, tenant: Tenant) -> bool:
    """Whether it was activated by itself, within the last 30 days of the tenant's calendar."""
    if not active.activated_by_itself or active.activated_at is None:
        return False
    return tenant.today - active.activated_at.astimezone(tenant.zone).date() <= NEWS_FOR


def said_by_server(answer: ServerAnswer, *, waits: bool) -> StatusLine | None:
    """What the licence server last said, unless it said no more than the sets do. Its message comes before ours."""
    status = ServerAnswer.Status(answer.status)
    if status in NOTHING_NEW or (status == ServerAnswer.Status.NEW_LICENCE and waits):
        return None
    url = answer.url if answer.url.startswith(("https://", "http://")) else ""
    text = answer.message or str(status.label)
    return StatusLine(SERVER_TONES.get(status, Tone.NEWS), text, url, is_outside=bool(url))

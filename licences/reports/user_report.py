"""What became of the last action on many users. Its entries in the history say what was done; the session remembers
where they begin and end, and of whom it was refused and why."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.core.paginator import Page

from licences.models import HistoryEntry, Tenant, User
from licences.reports import change_words
from licences.reports.paging import nearest_page
from licences.services.seating import Refusal, Refused
from licences.services.user_changes import Outcome, UserChange

PER_PAGE: Final = 50
REMEMBERED: Final = 500
"""So many who were refused are remembered; the others are counted."""
KEY: Final = "users_report"


@dataclass(frozen=True, slots=True)
class RefusedUsers:
    """Those to whom it was refused for one reason: how many, and the users as far as they are remembered."""

    reason: str
    count: int
    users: list[User]

    @property
    def more(self) -> int:
        return self.count - len(self.users)


@dataclass(frozen=True, slots=True)
class LastReport:
    """`done` says it in a sentence; `entries` are what the history wrote of it."""

    done: str
    count: int
    asked: int
    refused: list[RefusedUsers]
    entries: Page[HistoryEntry] | None

    @property
    def refused_count(self) -> int:
        return self.asked - self.count


def remembered(outcome: Outcome, change: UserChange, *, asked: int) -> dict[str, Any]:
    """What the session is to keep of an action, under KEY, until the next one: little, whatever it was about."""
    report = outcome.report
    name = report.done[0].full_name if report.done else ""
    return {
        "done": change_words.done(change, count=len(report.done), asked=asked, name=name),
        "count": len(report.done),
        "asked": asked,
        "entries": outcome.entries,
        "refused": list(_grouped(report.refused, change)),
    }


def _grouped(refused: list[Refused], change: UserChange) -> Iterator[tuple[str, int, list[int]]]:
    """By reason: how many, and the ids that are remembered. Open work is told on each user's own page."""
    groups: dict[str, list[int]] = defaultdict(list)
    for each in refused:
        detail = "" if each.reason == Refusal.OPEN_WORK else each.detail
        groups[change_words.reason(each.reason, detail, change)].append(each.user.pk)
    left = REMEMBERED
    for reason, ids in groups.items():
        yield reason, len(ids), ids[:left]
        left -= len(ids[:left])


def last_report(tenant: Tenant, kept: dict[str, Any] | None, *, page: str) -> LastReport | None:
    """What became of the action of which this is remembered; None when there is none."""
    if kept is None:
        return None
    ids = [pk for _reason, _count, group in kept["refused"] for pk in group]
    users = {user.pk: user for user in User.objects.of(tenant).filter(pk__in=ids)}
    return LastReport(
        done=kept["done"],
        count=kept["count"],
        asked=kept["asked"],
        refused=[
            RefusedUsers(reason, count, [users[pk] for pk in group if pk in users])
            for reason, count, group in kept["refused"]
        ],
        entries=_entries(tenant, kept["entries"], page) if kept["entries"] else None,
    )


def _entries(tenant: Tenant, numbers: tuple[int, int], page: str) -> Page[HistoryEntry]:
    entries = HistoryEntry.objects.filter(tenant=tenant, number__range=numbers).select_related("user", "licence")
    return nearest_page(entries.order_by("number"), page, per_page=PER_PAGE)

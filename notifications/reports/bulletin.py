"""What is said to somebody on whatever page of the console they are: active notices, and own jobs that have ended."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

from django.db.models import Q, QuerySet, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from licences.models import Tenant, User
from notifications.event_kinds import Notice
from notifications.models import PlatformNotice, SystemEvent

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

POLL_SECONDS: Final = 45
"""Those who are in already read a new notice within a minute. Source: domain facts §4.2 says "some minutes"."""
WATCH_SECONDS: Final = 3
"""As long as a job of one's own is under way."""
MOST_WATCHED: Final = 20

OWN_JOB: Final = Q(source=SystemEvent.CONSOLE) & ~Q(key__in=Notice.values)
PLATFORM: Final = "platform"
ORDER: Final = [PLATFORM, Notice.NO_LOGIN, Notice.MESSAGE_OF_THE_DAY, Notice.NO_FREETEXT, Notice.NO_TRAVEL]

TITLES: "Final[dict[str, StrOrPromise]]" = {
    Notice.NO_LOGIN: gettext_lazy("No login: only system administrators can log in for now."),
    Notice.NO_FREETEXT: gettext_lazy("No freetext: the search is switched off for now."),
    Notice.NO_TRAVEL: gettext_lazy("No Travel: please do not use Travel for now."),
}
"""What stands before the text; a message of the day and a platform notice speak for themselves."""


@dataclass(frozen=True, slots=True)
class Banner:
    """A notice as it is said. `name` is what is remembered once it was closed: with another text it is said again."""

    kind: str
    pk: int
    text: str
    expected_at: datetime | None

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.pk}-{crc32(self.text.encode()):08x}"

    @property
    def title(self) -> "StrOrPromise":
        return TITLES.get(self.kind, "")

    @property
    def is_platform(self) -> bool:
        return self.kind == PLATFORM

    @property
    def ends_at(self) -> datetime | None:
        """When it should be over, while that is still to come: a time that is past would promise nothing."""
        return self.expected_at if self.expected_at and self.expected_at > timezone.now() else None


@dataclass(frozen=True, slots=True)
class Bulletin:
    """All active notices for somebody, those that they have closed, and the ids of their own jobs under way."""

    notices: list[Banner]
    closed: frozenset[str]
    watched: list[int]

    @property
    def banners(self) -> list[Banner]:
        return [notice for notice in self.notices if notice.name not in self.closed]

    @property
    def watch(self) -> str:
        return ",".join(map(str, self.watched))

    @property
    def address(self) -> str:
        """Where to ask what there is to be said, and whether one of the jobs has ended."""
        return reverse("notifications:now", query={"watch": self.watch} if self.watched else None)

    @property
    def seconds(self) -> int:
        """How soon to ask again."""
        return WATCH_SECONDS if self.watched else POLL_SECONDS

    def closing(self, name: str) -> list[str]:
        """What is to be remembered as closed when this one is too; what is said no more is forgotten."""
        return sorted({notice.name for notice in self.notices} & {*self.closed, name})


def bulletin_for(user: User | None, tenant: Tenant | None, *, closed: Iterable[str] = ()) -> Bulletin:
    """One query, and a second while a notice is meant for some only. Without a tenant, as on the login page, only what
    the vendor says to everybody."""
    platform = PlatformNotice.objects.active().order_by()
    said = platform.values_list(Value(PLATFORM), "pk", "text", "expected_at", Value(SystemEvent.Scope.SYSTEM))
    if user is None or tenant is None:
        return Bulletin(_banners(said), frozenset(closed), [])
    active = SystemEvent.objects.of(tenant).active().filter(source=SystemEvent.CONSOLE).order_by()
    of_tenant = active.filter(Q(key__in=Notice.values) | Q(activated_by=user.pk))
    told = of_tenant.values_list("key", "pk", "description", "expected_at", "scope")
    rows = list(said.union(told, all=True).order_by())
    notices = [row for row in rows if row[0] in ORDER]
    if any(scope != SystemEvent.Scope.SYSTEM for *_, scope in notices):
        meant = set(active.notices().meant_for(user).values_list("pk", flat=True))
        notices = [row for row in notices if row[0] == PLATFORM or row[1] in meant]
    jobs = sorted(pk for kind, pk, *_ in rows if kind not in ORDER)
    return Bulletin(_banners(notices), frozenset(closed), jobs[-MOST_WATCHED:])


def _banners(rows: Iterable[tuple[Any, ...]]) -> list[Banner]:
    banners = [Banner(*row[:4]) for row in rows]
    return sorted(banners, key=lambda notice: (ORDER.index(notice.kind), -notice.pk))


def ended_jobs(user: User, tenant: Tenant, watched: Collection[int]) -> "QuerySet[SystemEvent]":
    """Those of the watched that are the user's own jobs and have ended, in the order in which they did."""
    own = SystemEvent.objects.of(tenant).filter(OWN_JOB, activated_by=user.pk, finished_at__isnull=False)
    return own.filter(pk__in=list(watched)[-MOST_WATCHED:]).order_by("finished_at", "pk")

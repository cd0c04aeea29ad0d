"""What a long job is: the base class of every kind in notifications/jobs."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext as _

from notifications.event_kinds import Cancelling
from notifications.models import Job, SystemEvent

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class JobFailed(Exception):
    """The job cannot be done, for the reason given: a sentence for the person who started it."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one chunk did: where the next one starts, and how many rows this one dealt with."""

    cursor: int
    rows: int


class JobKind(ABC):
    """A long job: how much there is to do, one chunk of it, and what to say in the end.

    Each run has an instance of its own, which may keep things open between chunks; `close` lets go of them. Whatever
    must survive the worker is in the job's cursor. `goes_on` says whether a retry starts where the job stopped.
    `warning` is read before it is cancelled with a warning, or says why it cannot be cancelled. Of a kind that is
    `one_per_tenant`, a tenant's other jobs stay queued while one runs.
    """

    code: ClassVar[str]
    key: ClassVar[str]
    name: "ClassVar[StrOrPromise]"
    description: "ClassVar[StrOrPromise]"
    scope: ClassVar[SystemEvent.Scope] = SystemEvent.Scope.SYSTEM
    cancelling: ClassVar[Cancelling] = Cancelling.CAN
    warning: "ClassVar[StrOrPromise]" = ""
    goes_on: ClassVar[bool] = False
    one_per_tenant: ClassVar[bool] = False

    @abstractmethod
    def total(self, job: Job) -> int:
        """How many rows there are to do; asked once, when the job first runs."""

    @abstractmethod
    def step(self, job: Job) -> Step | None:
        """Do the chunk after `job.cursor`, in the running transaction; None when nothing is left. A chunk takes well
        under the lease. Raises JobFailed."""

    @abstractmethod
    def summary(self, job: Job) -> str:
        """The Message column in the end, at most 254 characters. `job.done` rows were done."""

    def cancelled(self, job: Job) -> str:
        """The Message column when it was cancelled: what has been done stays."""
        return _("Cancelled after %(done)d of %(total)d rows.") % {"done": job.done, "total": job.event.total or 0}

    def on_start(self, job: Job) -> None:  # noqa: B027 - most have nothing to do here
        """It was started again by hand; in the same transaction."""

    def on_end(self, job: Job) -> None:  # noqa: B027
        """It has ended, as `job.event.status` says; in the same transaction."""

    def close(self) -> None:  # noqa: B027
        """Let go of what was kept open between chunks."""

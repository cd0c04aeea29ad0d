"""What is told of one system event, below the list."""

from functools import cached_property
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from licences.models import CounterDifference
from notifications.event_kinds import About, Cancelling, about
from notifications.models import EventChange, Job, SystemEvent
from notifications.reports.event_words import rate, reported_by, rows_done, run_time, time_left
from notifications.services.cancelling import CancelRule, Kinds, cancel_rule, job_behind
from notifications.services.event_log import SYSTEM
from notifications.services.retrying import later_runs

DIFFERENCES: Final = 50
"""How many corrected counters are listed at most; the message says how many there were."""
STEPS: Final = 50
"""How many of the last steps are listed at most."""


class EventDetail:
    """One event with its log and with what can be done about it; nothing is read before it is shown.

    `sees_totals` is whether the viewer may see numbers of licences, `may_act` whether they may change something.
    """

    def __init__(self, event: SystemEvent, kinds: Kinds, *, sees_totals: bool, may_act: bool) -> None:
        self.event, self.kinds = event, kinds
        self.sees_totals, self.may_act = sees_totals, may_act
        self.now = timezone.now()

    @cached_property
    def job(self) -> Job | None:
        job = job_behind(self.event)
        if job is not None:
            job.event = self.event
        return job

    @cached_property
    def rule(self) -> CancelRule:
        return cancel_rule(self.event, self.job, self.kinds)

    @property
    def has_failed(self) -> bool:
        return self.event.status == SystemEvent.Status.FAILED

    @property
    def can_be_cancelled(self) -> bool:
        return self.event.is_under_way and not self.event.is_stopping and self.rule.cancelling != Cancelling.CANNOT

    @property
    def warns(self) -> bool:
        """Whether there is a warning to read before it is cancelled."""
        return self.rule.cancelling == Cancelling.WITH_WARNING

    @property
    def why_not(self) -> str:
        """Why what runs cannot be cancelled."""
        is_fixed = self.event.is_under_way and self.rule.cancelling == Cancelling.CANNOT
        return str(self.rule.warning) if is_fixed else ""

    @cached_property
    def later(self) -> Job | None:
        """The run that has been started since in place of this one, which did not succeed."""
        return later_runs(self.job).first() if self.job is not None and self._has_stopped else None

    @property
    def can_be_retried(self) -> bool:
        return self.job is not None and self._has_stopped and self.job.kind in self.kinds and self.later is None

    @property
    def _has_stopped(self) -> bool:
        return self.event.status in {SystemEvent.Status.FAILED, SystemEvent.Status.CANCELLED}

    @property
    def import_id(self) -> int | None:
        """The import whose job it is; only administrators have its page."""
        if self.job is None or not self.sees_totals or about(self.event.key) != About.IMPORTS:
            return None
        return self.job.subject

    @cached_property
    def steps(self) -> list[EventChange]:
        """Its log, the first step first; of a very long one the end."""
        log = EventChange.objects.filter(tenant=self.event.tenant_id, event=self.event).order_by("-pk")
        return list(log[:STEPS])[::-1]

    @cached_property
    def differences(self) -> list[CounterDifference]:
        is_recount = self.job is not None and about(self.event.key) == About.COUNTERS
        return list(differences(self.event)[:DIFFERENCES]) if is_recount and self.sees_totals else []

    @property
    def reported_by(self) -> str:
        return reported_by(self.event)

    @property
    def run_time(self) -> str:
        return run_time(self.event, self.now)

    @property
    def time_left(self) -> str:
        return time_left(self.event, self.now)

    @property
    def rows(self) -> str:
        return rows_done(self.event)

    @property
    def rate(self) -> str:
        return rate(self.event, self.job.done_before if self.job else 0)

    @property
    def system(self) -> str:
        """What the log calls the system itself."""
        return SYSTEM


def differences(event: SystemEvent) -> QuerySet[CounterDifference]:
    """What a counter regeneration found wrong, in the order of the counters; empty for any other event."""
    return CounterDifference.objects.filter(tenant=event.tenant_id, recount=str(event.pk)).order_by("pk")

"""Cancelling: what each kind lets one do, what it leads to, and what happens when the worker ends it at that moment."""

from collections.abc import Callable
from typing import Any

import pytest

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import User
from notifications.event_kinds import Cancelling, Notice
from notifications.models import EventChange, Job, SystemEvent
from notifications.services.cancelling import AlreadyAsked, NotCancelled, cancel_event, cancel_rule
from notifications.services.tracker import run_chunk, work
from tests.factories import SystemEventFactory, UserFactory, scope_of
from tests.notifications.jobs import Marking, let_lease_expire, marks, now, start, take
from tests.threads import at_once


class Stubborn(Marking):
    code = "stubborn"
    cancelling = Cancelling.CANNOT
    warning = "Half of it is worse than none."


class Delicate(Marking):
    code = "delicate"
    cancelling = Cancelling.WITH_WARNING
    warning = "For emergencies only."


KINDS = {kind.code: kind for kind in (Marking, Stubborn, Delicate)}


def cancel(job: Job, by: User) -> SystemEvent:
    with scope_of(job):
        return cancel_event(now(job).event, KINDS, by=by)


def log_of(event: SystemEvent) -> list[tuple[str, str, str]]:
    with scope_of(event):
        steps = EventChange.objects.filter(event=event).order_by("pk")
        return [(step.status, step.by_name, step.note) for step in steps]


@pytest.fixture
def job(administrator: User) -> Job:
    return start(administrator.tenant)


@pytest.mark.django_db
def test_what_nobody_works_on_ends_at_once(job: Job, administrator: User) -> None:
    event = cancel(job, administrator)

    assert (event.status, event.message) == ("cancelled", "Cancelled before it began.")
    assert now(job).ended_at == event.finished_at is not None
    assert log_of(event)[1:] == [
        ("queued", administrator.login_id, "Asked to cancel."),
        ("cancelled", "the system", "Cancelled before it began."),
    ]


@pytest.mark.django_db
def test_what_runs_stops_before_its_next_step_and_keeps_what_it_has_done(job: Job, administrator: User) -> None:
    lease, kind = take(job), Marking(rows=6)
    run_chunk(lease, kind)

    asked = cancel(job, administrator)
    work(lease, kind)

    event = now(job).event
    assert (asked.status, asked.is_stopping) == ("running", True)
    assert (event.status, event.message) == ("cancelled", "Cancelled after 2 of 6 rows.")
    assert marks(administrator.tenant) == ["1", "2"]


@pytest.mark.django_db
def test_what_has_lost_its_worker_ends_at_once_and_says_how_far_it_was(job: Job, administrator: User) -> None:
    run_chunk(take(job), Marking(rows=6))
    let_lease_expire(job)

    assert cancel(job, administrator).message == "Cancelled after 2 of 6 rows."


@pytest.mark.django_db
def test_whoever_asks_second_is_told_so(job: Job, administrator: User) -> None:
    take(job)
    cancel(job, administrator)

    with pytest.raises(AlreadyAsked):
        cancel(job, administrator)

    assert [note for _status, _who, note in log_of(now(job).event)].count("Asked to cancel.") == 1


@pytest.mark.django_db
def test_what_has_ended_is_not_cancelled(job: Job, administrator: User) -> None:
    work(take(job), Marking())

    with pytest.raises(NotCancelled):
        cancel(job, administrator)

    assert now(job).event.status == "succeeded"


@pytest.mark.django_db
def test_a_kind_that_cannot_be_cancelled_is_not(administrator: User) -> None:
    job = start(administrator.tenant, Stubborn())

    with pytest.raises(NotCancelled):
        cancel(job, administrator)

    assert now(job).event.cancel_asked_at is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"key": "UDefRebuild", "source": "https://crm.example"}, Cancelling.CANNOT),
        ({"key": "FreetextRebuild", "source": "https://crm.example"}, Cancelling.WITH_WARNING),
        ({"key": "Anything", "source": "https://crm.example"}, Cancelling.WITH_WARNING),
        *(({"key": notice.value, "source": SystemEvent.CONSOLE}, Cancelling.CANNOT) for notice in Notice),
    ],
)
def test_what_is_known_of_a_key_says_how_it_is_cancelled(values: dict[str, str], rule: Cancelling) -> None:
    event = SystemEventFactory(**values)

    assert cancel_rule(event, None, KINDS).cancelling == rule
    assert str(cancel_rule(event, None, KINDS).warning)


@pytest.mark.django_db
def test_a_notice_is_ended_and_never_cancelled(administrator: User) -> None:
    notice = SystemEventFactory(tenant=administrator.tenant, key=Notice.NO_LOGIN)

    with pytest.raises(NotCancelled), scope_of(notice):
        cancel_event(notice, KINDS, by=administrator)


@pytest.mark.django_db
def test_what_a_product_reports_ends_at_once(administrator: User) -> None:
    event = SystemEventFactory(tenant=administrator.tenant, key="FreetextRebuild", source="https://crm.example")

    with scope_of(event):
        cancelled = cancel_event(event, KINDS, by=administrator)

    assert (cancelled.status, cancelled.message) == ("cancelled", "Cancelled in the console.")
    assert cancelled.finished_at is not None
    assert log_of(event) == [("cancelled", administrator.login_id, "Cancelled in the console.")]


@pytest.mark.django_db
def test_a_job_whose_kind_is_gone_can_be_cancelled(job: Job, administrator: User) -> None:
    with scope_of(job):
        assert cancel_event(job.event, {}, by=administrator).status == "cancelled"


@pytest.mark.django_db
def test_support_staff_are_noted_by_name(job: Job, support: User) -> None:
    with support_scope("a test cancels"):
        cancel_event(now_for_support(job), KINDS, by=support)

    assert ("queued", support.login_id, "Asked to cancel.") in log_of(now(job).event)


def now_for_support(job: Job) -> SystemEvent:
    return SystemEvent.objects.get(pk=job.event_id)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rows", [0, 2])
def test_asked_while_the_worker_takes_its_last_step_one_of_the_two_is_the_end(rows: int) -> None:
    administrator = UserFactory(administrator=True)
    for number in range(8):
        job = start(administrator.tenant, Marking())
        lease, kind = take(job), Marking(rows=rows)

        def ask(job: Job = job) -> SystemEvent:
            return cancel(job, administrator)

        worked, asked = at_once([lambda lease=lease, kind=kind: work(lease, kind), ask])

        event = now(job).event
        assert worked is None
        assert isinstance(asked, SystemEvent | NotCancelled), number
        assert event.status in {"succeeded", "cancelled"}
        assert now(job).ended_at == event.finished_at is not None
        if isinstance(asked, NotCancelled):
            assert event.status == "succeeded"


@pytest.mark.django_db(transaction=True)
def test_asked_while_a_worker_claims_it_the_job_ends_once_and_does_nothing() -> None:
    administrator = UserFactory(administrator=True)
    for _ in range(8):
        job = start(administrator.tenant)

        def run(job: Job = job) -> None:
            work(take(job), Marking())

        _worked, asked = at_once([run, lambda job=job: cancel(job, administrator)])

        event = now(job).event
        assert not event.is_active
        ends = [status for status, _who, _note in log_of(event) if status in {"succeeded", "cancelled", "failed"}]
        assert len(ends) == 1
        assert isinstance(asked, SystemEvent | NotCancelled)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_ask_at_once_one_is_heard() -> None:
    administrator = UserFactory(administrator=True)
    job = start(administrator.tenant)
    take(job)
    ask: Callable[[], Any] = lambda: cancel(job, administrator)  # noqa: E731

    outcomes = at_once([ask] * 8)

    assert sum(isinstance(outcome, SystemEvent) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AlreadyAsked) for outcome in outcomes) == 7
    with tenant_scope(job.tenant_id):
        assert EventChange.objects.filter(event=job.event_id, note="Asked to cancel.").count() == 1

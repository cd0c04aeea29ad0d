"""Trying again what failed or was cancelled: once, where it stopped if its kind can, and never what has run since."""

import pytest

from config.tenancy.scopes import support_scope
from licences.models import User
from notifications.models import EventChange, Job, SystemEvent
from notifications.services.cancelling import cancel_event
from notifications.services.retrying import retry_event
from notifications.services.tracker import AlreadyActive, NotRetried, run_chunk, start_job, work
from tests.factories import SystemEventFactory, UserFactory, scope_of
from tests.notifications.jobs import Marking, marks, now, start, take
from tests.threads import at_once


class GoingOn(Marking):
    code = "going_on"
    goes_on = True


KINDS = {kind.code: kind for kind in (Marking, GoingOn)}


def failed(tenant_of: User, kind: type[Marking] = Marking) -> Job:
    """A job that has done two rows of five."""
    job = start(tenant_of.tenant, kind())
    work(take(job), kind(stumbles_at=3))
    assert now(job).event.status == "failed"
    return now(job)


def retry(job: Job, by: User) -> Job:
    with scope_of(job):
        event = retry_event(job.event, KINDS, by=by)
        return Job.objects.select_related("event").get(event=event)


@pytest.mark.django_db
def test_it_is_a_new_event_of_whoever_asked(administrator: User) -> None:
    old = failed(administrator)

    again = retry(old, administrator)

    assert again.event_id != old.event_id
    assert (again.event.status, again.event.name) == ("queued", old.event.name)
    assert again.event.activated_by_id == administrator.pk
    assert now(old).event.status == "failed"


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "marked"), [(Marking, "1212345"), (GoingOn, "12345")])
def test_it_goes_on_where_it_stopped_if_its_kind_can(administrator: User, kind: type[Marking], marked: str) -> None:
    again = retry(failed(administrator, kind), administrator)

    work(take(again), kind())

    assert "".join(marks(administrator.tenant)) == marked
    assert (now(again).event.status, now(again).event.done) == ("succeeded", 5)


@pytest.mark.django_db
def test_what_was_cancelled_can_be_tried_again(administrator: User) -> None:
    job = start(administrator.tenant)
    with scope_of(job):
        cancel_event(job.event, KINDS, by=administrator)

    assert retry(now(job), administrator).event.status == "queued"


@pytest.mark.django_db
def test_what_runs_or_succeeded_is_not_tried_again(administrator: User) -> None:
    job = start(administrator.tenant)
    lease = take(job)
    run_chunk(lease, Marking())
    with pytest.raises(NotRetried):
        retry(now(job), administrator)

    work(lease, Marking())
    with pytest.raises(NotRetried):
        retry(now(job), administrator)


@pytest.mark.django_db
def test_what_a_product_reported_is_not_the_consoles_to_try(administrator: User) -> None:
    event = SystemEventFactory(tenant=administrator.tenant, ended=True, status=SystemEvent.Status.FAILED)

    with pytest.raises(NotRetried), scope_of(event):
        retry_event(event, KINDS, by=administrator)


@pytest.mark.django_db
def test_what_was_tried_again_is_not_tried_from_the_old_row_a_second_time(administrator: User) -> None:
    old = failed(administrator, GoingOn)
    work(take(retry(old, administrator)), GoingOn())

    with pytest.raises(NotRetried):
        retry(old, administrator)

    assert "".join(marks(administrator.tenant)) == "12345"


@pytest.mark.django_db
def test_another_thing_of_the_same_kind_does_not_stand_in_its_way(administrator: User) -> None:
    with scope_of(administrator):
        events = [
            start_job(Marking(), tenant=administrator.tenant, by=None, owner=f"group {number}", subject=number)
            for number in range(2)
        ]
        cancelled = cancel_event(events[0], KINDS, by=administrator)

        assert retry_event(cancelled, KINDS, by=administrator).owner == "group 0"


@pytest.mark.django_db
def test_while_a_product_does_the_same_it_is_refused(administrator: User) -> None:
    old = failed(administrator)
    SystemEventFactory(tenant=administrator.tenant, key=Marking.key, source="https://crm.example")

    with pytest.raises(AlreadyActive):
        retry(old, administrator)


@pytest.mark.django_db
def test_support_staff_are_noted_by_name(administrator: User, support: User) -> None:
    old = failed(administrator)

    with support_scope("a test tries again"):
        again = retry_event(SystemEvent.objects.select_related("tenant").get(pk=old.event_id), KINDS, by=support)

    assert again.activated_by is None
    with scope_of(old):
        assert EventChange.objects.get(event=again).by_name == support.login_id


@pytest.mark.django_db(transaction=True)
def test_of_many_who_try_at_once_one_starts_it() -> None:
    administrator = UserFactory(administrator=True)
    old = failed(administrator, GoingOn)

    outcomes = at_once([lambda: retry(old, administrator)] * 8)

    assert sum(isinstance(outcome, Job) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, NotRetried) for outcome in outcomes) == 7


@pytest.mark.django_db(transaction=True)
def test_tried_while_its_worker_fails_it_it_has_either_not_ended_or_starts_anew() -> None:
    administrator = UserFactory(administrator=True)
    for _ in range(8):
        job = start(administrator.tenant)
        lease = take(job)

        _worked, tried = at_once(
            [lambda lease=lease: work(lease, Marking(stumbles_at=1)), lambda job=job: retry(now(job), administrator)]
        )

        assert now(job).event.status == "failed"
        if isinstance(tried, Job):
            work(take(tried), Marking(rows=0))
        else:
            assert isinstance(tried, NotRetried)

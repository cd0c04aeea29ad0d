"""What the worker runs: every task names its queue, and no message does harm, however often or wrongly it comes."""

import json
from base64 import b64decode
from collections.abc import Callable

import pytest
import redis
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import Model

from config.celery import app
from config.env import env
from config.supervisor import programs
from config.tenancy.scopes import support_scope
from licences.models import CounterDifference, Licence, Tenant
from notifications.jobs.counter_regeneration import CounterRegeneration
from notifications.models import Job, SystemEvent
from notifications.services.tracker import MAX_ATTEMPTS
from notifications.tasks import clear_expired_sessions, hand_out_jobs, run_job
from tests.factories import LicenceFactory, TenantFactory, behind_the_policies
from tests.notifications.jobs import let_lease_expire, now, start

app.finalize()
TASKS = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
each_task = pytest.mark.parametrize("name", sorted(TASKS))

MODELS: list[type[Model]] = [Licence, CounterDifference, SystemEvent, Job]

ARGUMENTS: dict[str, Callable[[Job], tuple[object, ...]]] = {
    "notifications.tasks.hand_out_jobs": lambda job: (),
    "notifications.tasks.run_job": lambda job: (job.tenant_id, job.pk),
    "notifications.tasks.start_nightly_jobs": lambda job: (),
    "notifications.tasks.forget_files": lambda job: (),
    "notifications.tasks.clear_expired_sessions": lambda job: (),
    "notifications.tasks.hand_out_fetching": lambda job: (),
    "notifications.tasks.note_licence_dates": lambda job: (),
    "notifications.tasks.drop_old_use": lambda job: (),
    "notifications.tasks.rebuild_index_where_needed": lambda job: (),
    "notifications.tasks.fetch_licences": lambda job: (job.tenant_id,),
    "notifications.tasks.deliver_mail": lambda job: (),
    "notifications.tasks.tell_of_licence_dates": lambda job: (),
    "notifications.tasks.tell_of_requests": lambda job: (),
    "notifications.tasks.tell_of_limits": lambda job: (),
    "notifications.tasks.tell_of_usage": lambda job: (),
    "notifications.tasks.tell_of_deadlines": lambda job: (),
    "notifications.tasks.note_deadlines": lambda job: (),
    "notifications.tasks.expire_reservations": lambda job: (),
    "notifications.tasks.settle_limits": lambda job: (),
    "notifications.tasks.write_support_budgets": lambda job: (),
    "notifications.tasks.settle_allowances": lambda job: (),
    "notifications.tasks.close_months": lambda job: (),
    "notifications.tasks.compare_usage": lambda job: (),
    "notifications.tasks.keep_usage_tables": lambda job: (),
    "notifications.tasks.forget_old_answers": lambda job: (),
    "notifications.tasks.forget_old_mail": lambda job: (),
}
"""What each task is called with. A new task needs a line."""


@pytest.fixture
def job() -> Job:
    """A regeneration that is due, with one counter to put right."""
    tenant = TenantFactory()
    licence = LicenceFactory(tenant=tenant)
    with behind_the_policies():
        Licence.objects.filter(pk=licence.pk).update(in_use=3)
    return start(tenant, CounterRegeneration())


def everything() -> list[list[dict[str, object]]]:
    with support_scope("a test looks at what tasks changed"):
        return [list(model._default_manager.order_by("pk").values()) for model in MODELS]


@each_task
def test_every_task_names_a_queue_that_the_worker_listens_to(name: str) -> None:
    (worker,) = [program.argv for program in programs(env) if program.name == "worker"]

    listened_to = worker[worker.index("--queues") + 1].split(",")

    assert settings.CELERY_TASK_ROUTES[name]["queue"] in listened_to


def test_no_route_leads_from_a_task_that_is_not_there() -> None:
    assert settings.CELERY_TASK_ROUTES.keys() == TASKS.keys()


def test_beat_sends_what_exists() -> None:
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= TASKS.keys()


@pytest.mark.parametrize(
    ("task", "seconds"),
    [
        ("tell_of_requests", 10),
        ("tell_of_limits", 10),
        ("expire_reservations", 10),
        ("note_deadlines", 60),
        ("tell_of_deadlines", 60),
        ("tell_of_usage", 60),
        ("settle_limits", 60),
        ("write_support_budgets", 3600),
        ("forget_old_answers", 24 * 3600),
    ],
)
def test_what_is_due_of_requests_and_limits_is_looked_for_in_time_and_never_piles_up(task: str, seconds: int) -> None:
    (entry,) = [each for each in settings.CELERY_BEAT_SCHEDULE.values() if each["task"].endswith(f".{task}")]

    assert entry["schedule"] == seconds
    assert seconds > 60 or entry["options"]["expires"] <= seconds


@each_task
@pytest.mark.django_db(databases=["default", "owner"])
def test_a_message_that_comes_twice_does_what_one_does(name: str, job: Job) -> None:
    arguments = ARGUMENTS[name](job)
    TASKS[name](*arguments)
    once = everything()

    TASKS[name](*arguments)

    assert everything() == once


@pytest.mark.django_db
def test_sessions_that_are_over_are_forgotten_and_others_kept() -> None:
    over, kept = SessionStore(), SessionStore()
    over.set_expiry(-1)
    for session in (over, kept):
        session.create()

    clear_expired_sessions()

    assert not SessionStore().exists(over.session_key)
    assert SessionStore().exists(kept.session_key)


@pytest.mark.django_db
def test_the_job_of_a_message_is_done(job: Job) -> None:
    run_job(job.tenant_id, job.pk)

    assert now(job).event.message == "Counters checked: 1. Wrong and put right: 1."


@pytest.mark.django_db
@pytest.mark.parametrize(
    "arguments",
    [
        lambda job, other: (None, job.pk),
        lambda job, other: (other.pk, job.pk),
        lambda job, other: (job.tenant_id, 0),
        lambda job, other: (0, 0),
    ],
    ids=["no tenant", "another's job", "no such job", "nothing that is"],
)
def test_a_message_with_foreign_numbers_changes_nothing(
    job: Job, arguments: Callable[[Job, Tenant], tuple[object, ...]]
) -> None:
    other = TenantFactory()
    before = everything()

    run_job(*arguments(job, other))

    assert everything() == before


@pytest.mark.django_db
def test_a_job_of_a_kind_that_is_gone_is_given_up_in_the_end(job: Job) -> None:
    with behind_the_policies():
        Job.objects.filter(pk=job.pk).update(kind="gone")

    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(KeyError):
            run_job(job.tenant_id, job.pk)
        let_lease_expire(job)
    run_job(job.tenant_id, job.pk)

    assert now(job).event.status == SystemEvent.Status.FAILED


@pytest.mark.django_db
def test_the_sweep_sends_a_message_for_each_job_that_is_due(job: Job) -> None:
    other = start(TenantFactory(), CounterRegeneration())

    with redis.Redis.from_url(settings.CELERY_BROKER_URL) as broker:
        broker.delete("jobs")
        hand_out_jobs()
        messages = [json.loads(message) for message in broker.lrange("jobs", 0, -1)]
        broker.delete("jobs")

    assert {message["headers"]["task"] for message in messages} == {"notifications.tasks.run_job"}
    assert sorted(json.loads(b64decode(message["body"]))[0] for message in messages) == sorted(
        [[job.tenant_id, job.pk], [other.tenant_id, other.pk]]
    )

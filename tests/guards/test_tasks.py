"""Every task names its queue, a worker listens to it, and no task does anything to another tenant. Source: S-05."""

from collections.abc import Callable

import pytest
from celery import Task
from django.conf import settings

from config.celery import app
from config.env import env
from config.supervisor import programs
from licences.models import Tenant
from notifications.models import Job
from tests.factories import JobFactory, TenantFactory
from tests.routes import rows_of

app.loader.import_default_modules()
TASKS: dict[str, Task] = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}

ACROSS_TENANTS = {"notifications.tasks.hand_out_jobs": "names the jobs that are due, of every tenant, and does none"}
"""Tasks that look at every tenant, and why."""

WITH_ANOTHERS_ID: dict[str, Callable[[Tenant, Job], tuple[int, ...]]] = {
    "notifications.tasks.run_job": lambda tenant, job: (tenant.pk, job.pk),
}
"""What to call each of the others with: a tenant, and the id of something that is another's."""


def listened_to() -> set[str]:
    """The queues that the worker of `make run` takes messages from."""
    (worker,) = [program.argv for program in programs(env) if program.name == "worker"]
    return set(worker[worker.index("--queues") + 1].split(","))


def queue_of(name: str) -> str:
    """Where a message to this task goes."""
    return str(app.amqp.router.route({}, name)["queue"].name)


def test_every_task_names_its_queue_and_no_other_does() -> None:
    assert settings.CELERY_TASK_ROUTES.keys() == TASKS.keys()
    assert all(route.keys() == {"queue"} for route in settings.CELERY_TASK_ROUTES.values())


def test_a_worker_listens_to_every_queue() -> None:
    assert {name: queue_of(name) for name in TASKS if queue_of(name) not in listened_to()} == {}


def test_every_scheduled_task_exists() -> None:
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= TASKS.keys()


def test_every_task_is_known_here() -> None:
    assert ACROSS_TENANTS.keys() | WITH_ANOTHERS_ID.keys() == TASKS.keys()


@pytest.mark.django_db
@pytest.mark.parametrize("name", WITH_ANOTHERS_ID)
def test_a_task_does_nothing_to_what_is_another_tenants(name: str) -> None:
    job, tenant = JobFactory(), TenantFactory()
    before = rows_of(job.tenant)

    TASKS[name](*WITH_ANOTHERS_ID[name](tenant, job))

    assert rows_of(job.tenant) == before

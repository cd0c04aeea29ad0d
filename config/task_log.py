"""The one line that the log has about each task that a worker ran."""

import inspect
import logging
import time
from contextvars import ContextVar
from typing import Any, Final

import structlog
from celery import Task
from celery.signals import setup_logging, task_failure, task_postrun, task_prerun
from structlog.contextvars import bind_contextvars, clear_contextvars

log = structlog.get_logger(__name__)

ROUTINE: Final = (
    "notifications.tasks.hand_out_jobs",
    "notifications.tasks.deliver_mail",
    "notifications.tasks.tell_of_requests",
    "notifications.tasks.tell_of_limits",
    "notifications.tasks.expire_reservations",
)
"""Sweeps that run every few seconds: what went well is worth a line in DEBUG only."""

_started: ContextVar[float] = ContextVar("task_started")


@setup_logging.connect
def keep_our_logging(**_kwargs: Any) -> None:
    """Nothing: Django has set logging up, and Celery leaves it alone when somebody answers here."""


@task_prerun.connect
def name_task(task_id: str, task: Task[Any, Any], args: list[Any], kwargs: dict[str, Any], **_kwargs: Any) -> None:
    """Put the task on every line that it logs, and the tenant if it was started for one."""
    _started.set(time.monotonic())
    clear_contextvars()
    bind_contextvars(task_id=task_id, task=task.name)
    tenant_id = inspect.signature(task.run).bind_partial(*args, **kwargs).arguments.get("tenant_id")
    if tenant_id is not None:
        bind_contextvars(tenant_id=tenant_id)


@task_failure.connect
def say_why(sender: Task[Any, Any], task_id: str, exception: BaseException, **_kwargs: Any) -> None:
    """Where and why. What was killed for its time reports from the worker's main process, which knows no task."""
    log.error("task_failed", task=sender.name, task_id=task_id, exc_info=exception)


@task_postrun.connect
def say_how_it_ended(task: Task[Any, Any], state: str, **_kwargs: Any) -> None:
    level = logging.DEBUG if task.name in ROUTINE and state == "SUCCESS" else logging.INFO
    log.log(level, "task", state=state, duration_ms=round((time.monotonic() - _started.get()) * 1000))
    clear_contextvars()

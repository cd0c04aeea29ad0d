import pytest
from celery import Celery
from django.conf import settings
from django.db import IntegrityError

from config import task_log
from config.tenancy.scopes import support_scope
from licences.models import Tenant
from tests.config.conftest import Log
from tests.factories import TenantFactory

app = Celery("tests", set_as_current=False)
"""An application of their own, so that nobody takes these tasks for the console's."""


@app.task(name="tests.greet", shared=False)
def greet(tenant_id: int, name: str = "") -> str:
    return f"Good morning, {name}"


@app.task(name="tests.sweep", shared=False)
def sweep() -> None:
    pass


@app.task(name="tests.take_serial_number", shared=False)
def take_serial_number(serial_number: str, company_name: str) -> None:
    with support_scope("a test"):
        Tenant.objects.create(company_name=company_name, serial_number=serial_number, subscription="module_based")


def test_a_task_has_one_line_that_says_what_ran_for_whom_and_how_it_went(log: Log) -> None:
    ran = greet.apply(args=[7], kwargs={"name": "Ask Berg"})

    [line] = log.lines
    assert {name: line[name] for name in ("event", "task", "task_id", "tenant_id", "state")} == {
        "event": "task",
        "task": "tests.greet",
        "task_id": ran.id,
        "tenant_id": 7,
        "state": "SUCCESS",
    }
    assert isinstance(line["duration_ms"], int)
    assert "Ask Berg" not in log.text


def test_a_task_for_no_tenant_names_none_not_even_the_one_before(log: Log) -> None:
    greet.apply(args=[7])
    sweep.apply()

    assert "tenant_id" not in log.lines[-1]


@pytest.mark.parametrize(("routine", "level"), [((), "info"), (("tests.sweep",), "debug")])
def test_a_routine_that_goes_well_is_worth_a_line_in_debug_only(
    log: Log, monkeypatch: pytest.MonkeyPatch, routine: tuple[str, ...], level: str
) -> None:
    monkeypatch.setattr(task_log, "ROUTINE", routine)

    sweep.apply()

    assert [line["level"] for line in log.events("task")] == [level]


def test_routine_is_what_beat_starts_every_few_seconds() -> None:
    often = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values() if entry["schedule"] < 60}

    assert set(task_log.ROUTINE) == often


@pytest.mark.django_db
def test_a_task_that_fails_says_where_and_quotes_no_row(log: Log) -> None:
    taken = TenantFactory().serial_number

    failed = take_serial_number.apply(args=[taken, "Canary Ltd"])

    why, how = log.events("task_failed")[0], log.events("task")[0]
    assert isinstance(failed.result, IntegrityError)
    assert why["task_id"] == how["task_id"] == failed.id
    assert "in take_serial_number" in why["exception"]
    assert "SQLSTATE 23505" in why["exception"]
    assert how["state"] == "FAILURE"
    assert taken not in log.text
    assert "Canary" not in log.text

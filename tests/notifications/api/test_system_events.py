"""`/system-events`: what product back ends report of their long events, however often, late and at once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from licences.models import Tenant, User
from notifications.models import EventChange, SystemEvent
from notifications.services.cancelling import NotCancelled, cancel_event
from notifications.services.tracker import start_job
from tests.factories import TenantFactory, scope_of
from tests.licences.api.conftest import SOURCE, BackEnd, BackEndOf, problem
from tests.notifications.jobs import Marking
from tests.threads import at_once

pytestmark = pytest.mark.django_db

LIST = "/api/v1/system-events"


def put(back_end: BackEnd, key: str = "UDefRebuild", **body: Any) -> Any:
    return back_end.call("PUT", f"{LIST}/{key}", {"status": "running"} | body)


def known(tenant: Tenant) -> list[tuple[str, str, str]]:
    with scope_of(tenant):
        return list(SystemEvent.objects.of(tenant).order_by("pk").values_list("key", "run", "status"))


def steps(tenant: Tenant) -> list[tuple[str, str, str]]:
    with scope_of(tenant):
        return list(EventChange.objects.order_by("pk").values_list("by_name", "status", "note"))


def test_a_run_begins_goes_on_and_ends(tenant: Tenant, back_end: BackEnd) -> None:
    begun = put(back_end, seq=1, status="queued", total=400)
    going = put(back_end, seq=2, done=100, message="Adding columns", eta="2030-01-01T12:00:00+01:00")
    ended = put(back_end, seq=3, status="succeeded", done=400, message="12 fields published.")

    assert [response.status_code for response in (begun, going, ended)] == [201, 200, 200]
    assert going.json() | {"activated_at": None} == {
        "key": "UDefRebuild",
        "run": "1",
        "name": "Custom fields are being published",
        "status": "running",
        "percent": 25,
        "done": 100,
        "total": 400,
        "message": "Adding columns",
        "eta": "2030-01-01T11:00:00Z",
        "scope": "system",
        "owner": "",
        "activated_at": None,
        "activated_by": SOURCE,
        "finished_at": None,
        "ignored": False,
    }
    assert (ended.json()["status"], ended.json()["percent"], ended.json()["eta"]) == ("succeeded", 100, None)
    assert ended.json()["finished_at"] is not None
    assert known(tenant) == [("UDefRebuild", "1", "succeeded")]
    assert steps(tenant) == [
        (SOURCE, "queued", ""),
        (SOURCE, "running", "Adding columns"),
        (SOURCE, "succeeded", "12 fields published."),
    ]


def test_a_known_event_brings_its_words_and_others_bring_their_own(tenant: Tenant, back_end: BackEnd) -> None:
    put(back_end, "PrototypeRebuild")
    put(back_end, "OrderSync", name="Orders are sent to the ERP system", description="Every night.")

    with scope_of(tenant):
        texts = dict(SystemEvent.objects.values_list("name", "description"))
    assert texts["Orders are sent to the ERP system"] == "Every night."
    assert "Travel cannot be used" in texts["Travel prototype is being built"]


def test_an_event_without_a_name_is_called_by_its_key(back_end: BackEnd) -> None:
    assert put(back_end, "OrderSync").json()["name"] == "OrderSync"


@pytest.mark.parametrize("seq", [0, 4, 5])
def test_what_is_not_newer_is_ignored(seq: int, tenant: Tenant, back_end: BackEnd) -> None:
    put(back_end, seq=5, percent=50)

    response = put(back_end, seq=seq, percent=10, status="failed")

    assert (response.status_code, response.json()["ignored"]) == (200, True)
    assert (response.json()["percent"], response.json()["status"]) == (50, "running")


@pytest.mark.parametrize("status", ["succeeded", "failed", "cancelled"])
def test_what_has_ended_stays_so_and_a_new_run_begins_anew(status: str, tenant: Tenant, back_end: BackEnd) -> None:
    put(back_end, status=status, seq=1)

    late = put(back_end, status="running", seq=9)
    new = put(back_end, run="2", seq=1)

    assert (late.status_code, late.json()["ignored"], late.json()["status"]) == (200, True, status)
    assert new.status_code == 201
    assert known(tenant) == [("UDefRebuild", "1", status), ("UDefRebuild", "2", "running")]


def test_another_run_waits_until_the_first_has_ended(tenant: Tenant, back_end: BackEnd, back_end_of: BackEndOf) -> None:
    put(back_end)
    other = back_end_of(tenant, source="https://mailer.nordlys.example")

    refused = [put(back_end, run="2"), put(other)]
    elsewhere = put(other, scope="group", owner="Sales")
    put(back_end, status="succeeded")

    assert [(response.status_code, problem(response)) for response in refused] == [(409, "already_active")] * 2
    assert elsewhere.status_code == 201
    assert put(other, run="3").status_code == 201


def test_a_job_of_the_console_is_the_same_lock(tenant: Tenant, back_end: BackEnd) -> None:
    with scope_of(tenant):
        start_job(Marking(), tenant=tenant, by=None)

    assert problem(put(back_end, "Marking", name="Marking")) == "already_active"


def test_a_run_keeps_its_scope(back_end: BackEnd) -> None:
    put(back_end, scope="user", owner="kari")

    assert problem(put(back_end, scope="user", owner="ola")) == "of-another-scope"


@pytest.mark.parametrize("key", ["NoLogin", "NoFreetext", "NoTravel", "MessageOfTheDay"])
def test_notices_are_not_reported(key: str, tenant: Tenant, back_end: BackEnd) -> None:
    assert problem(put(back_end, key, name="x")) == "reserved-key"
    assert known(tenant) == []


def test_nobody_speaks_for_the_console(tenant: Tenant, back_end_of: BackEndOf) -> None:
    with scope_of(tenant):
        event = start_job(Marking(), tenant=tenant, by=None)

    response = put(back_end_of(tenant, source="console"), event.key, run=event.run, status="cancelled")

    assert problem(response) == "reserved-source"
    assert known(tenant) == [(event.key, event.run, "queued")]


@pytest.mark.parametrize(
    "body",
    [
        {"percent": 101},
        {"percent": -1},
        {"done": -1},
        {"done": 2**63},
        {"status": "stalled"},
        {"scope": "user"},
        {"scope": "system", "owner": "kari"},
        {"run": ""},
        {"run": "x" * 101},
        {"message": "x" * 255},
        {"message": "\x00"},
        {"eta": "tomorrow"},
        {"seq": "first"},
        {"colour": "red"},
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(body: dict[str, Any], tenant: Tenant, back_end: BackEnd) -> None:
    response = put(back_end, **body)

    assert (response.status_code, problem(response)) == (422, "invalid")
    assert known(tenant) == []


def test_rows_beyond_the_known_total_raise_it(back_end: BackEnd) -> None:
    put(back_end, done=1, total=10)

    said = [put(back_end, done=15).json(), put(back_end, done=20, total=10).json()]

    assert [(each["done"], each["total"], each["percent"]) for each in said] == [(15, 15, 100), (20, 20, 100)]


def test_an_administrator_cancels_and_later_reports_count_for_nothing(
    administrator: User, back_end_of: BackEndOf
) -> None:
    tenant = administrator.tenant
    assert tenant is not None
    back_end = back_end_of(tenant)
    put(back_end, "FreetextRebuild", seq=1)
    put(back_end, "UDefRebuild", seq=1)
    with scope_of(tenant):
        freetext = SystemEvent.objects.get(key="FreetextRebuild")
        custom_fields = SystemEvent.objects.get(key="UDefRebuild")
        cancel_event(freetext, {}, by=administrator)
        with pytest.raises(NotCancelled):
            cancel_event(custom_fields, {}, by=administrator)

    late = put(back_end, "FreetextRebuild", seq=2).json()

    assert (late["ignored"], late["status"]) == (True, "cancelled")
    assert known(tenant) == [("FreetextRebuild", "1", "cancelled"), ("UDefRebuild", "1", "running")]


def test_the_list_has_the_newest_first_and_pages(tenant: Tenant, back_end: BackEnd) -> None:
    for number in range(3):
        put(back_end, f"Sync.{number}", name=f"Sync {number}")

    first = back_end.get(f"{LIST}?limit=2").json()
    second = back_end.get(f"{LIST}?limit=2&cursor={first['next']}").json()

    assert [event["key"] for event in first["results"] + second["results"]] == ["Sync.2", "Sync.1", "Sync.0"]
    assert second["next"] is None
    assert datetime.fromisoformat(first["results"][0]["activated_at"]).tzinfo == UTC


def test_a_tenant_sees_and_reports_its_own(tenant: Tenant, back_end: BackEnd, back_end_of: BackEndOf) -> None:
    other = back_end_of(TenantFactory())
    put(other)

    assert back_end.get(LIST).json()["results"] == []
    assert put(back_end).status_code == 201


def test_each_call_needs_its_scope(tenant: Tenant, back_end_of: BackEndOf) -> None:
    reads = back_end_of(tenant, "system-events:read")
    writes = back_end_of(tenant, "system-events:write", source="https://mailer.nordlys.example")

    assert problem(put(reads)) == problem(writes.get(LIST)) == "missing-scope"
    assert put(writes).status_code == 201
    assert reads.get(LIST).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_reports_at_the_same_moment_make_one_record_with_the_newest(tenant: Tenant, back_end: BackEnd) -> None:
    reports = [lambda seq=seq: put(back_end, seq=seq, done=seq, total=100).status_code for seq in range(1, 9)]

    codes = at_once(reports)

    assert sorted(codes) == [200] * 7 + [201]
    with scope_of(tenant):
        event = SystemEvent.objects.get()
    assert (event.seq, event.done) == (8, 8)


@pytest.mark.django_db(transaction=True)
def test_of_many_runs_that_begin_at_the_same_moment_one_is_active(tenant: Tenant, back_end: BackEnd) -> None:
    codes = at_once([lambda run=run: put(back_end, run=str(run)).status_code for run in range(8)])

    assert sorted(codes) == [201] + [409] * 7
    assert len(known(tenant)) == 1

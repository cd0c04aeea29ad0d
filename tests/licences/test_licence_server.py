"""The licence server is asked: what it offers is taken in, what it says is kept, and no fault of its does any harm."""

import contextlib
import gzip
import json
import time
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from config.tenancy.scopes import support_scope
from licences import licence_server
from licences.models import Licence, LicenceSet, ServerAnswer, Tenant
from licences.services.fetching import AT_ONCE, due_tenants, fetch_if_due, fetch_licences
from notifications.tasks import fetch_licences as fetching
from tests.factories import (
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceTypeFactory,
    SeatFactory,
    ServerAnswerFactory,
    TenantFactory,
    scope_of,
)
from tests.licences.licence_files import LicenceServer, answer, licence, now, send, third_party_file, vendor_file
from tests.routes import rows_of

pytestmark = pytest.mark.django_db

Status = ServerAnswer.Status


@pytest.fixture
def owned() -> Licence:
    """Ten seats of a plan, three of them held: the vendor's issue 4."""
    owned = LicenceFactory(type__plan=True, licence_set__issue_number=4)
    SeatFactory.create_batch(3, licence=owned)
    return owned


@pytest.fixture
def tenant(owned: Licence) -> Tenant:
    return owned.tenant


def fetch(tenant: Tenant) -> ServerAnswer:
    with scope_of(tenant):
        return fetch_licences(tenant, by=None)


def set_of(tenant: Tenant, issue_number: int) -> LicenceSet:
    with scope_of(tenant):
        return LicenceSet.objects.get(owner__is_vendor=True, issue_number=issue_number)


def issue_5(owned: Licence, *, total: int) -> bytes:
    return vendor_file(owned.tenant, licence(owned.type.code, total), issue_number=5)


def test_the_server_is_told_what_the_tenant_has(server: LicenceServer, tenant: Tenant) -> None:
    maps = LicenceFactory(tenant=tenant, type__owner=LicenceOwnerFactory(code="tindekart"))
    with scope_of(tenant):
        LicenceSet.objects.filter(pk=maps.licence_set_id).update(issue_number=9)

    said = fetch(tenant)

    assert server.asked == [{"serial_number": [tenant.serial_number], "issue": ["superoffice:4", "tindekart:9"]}]
    assert (said.owner.is_vendor, said.status, said.message, said.url) == (True, "ok", "", "")


def test_the_last_answer_is_kept_for_each_owner(server: LicenceServer, tenant: Tenant) -> None:
    maps = LicenceFactory(tenant=tenant, type__owner=LicenceOwnerFactory())
    server.says = answer("custom_message_and_url", message="Write to us.", url="https://vendor.example/")
    fetch(tenant)

    server.says = answer("custom_message", message="Call us.")
    fetch(tenant)

    with scope_of(tenant):
        kept = {each.owner: (each.status, each.message, each.url) for each in ServerAnswer.objects.all()}
    assert kept == {maps.type.owner: ("ok", "", ""), set_of(tenant, 4).owner: ("custom_message", "Call us.", "")}


def test_a_set_that_covers_what_is_in_use_is_activated(server: LicenceServer, owned: Licence) -> None:
    server.says = answer(
        "new_licence_available", vendor_file(owned.tenant, licence(owned.type.code, 5), issue_number=5)
    )

    said = fetch(owned.tenant)

    fetched = set_of(owned.tenant, 5)
    assert (said.status, fetched.state, fetched.origin) == (Status.ACTIVATED, "active", "fetched")


def test_a_set_that_is_short_waits_and_is_still_said_to_when_asked_again(server: LicenceServer, owned: Licence) -> None:
    server.says = answer(
        "new_licence_available", vendor_file(owned.tenant, licence(owned.type.code, 2), issue_number=5)
    )
    first = fetch(owned.tenant).status

    server.says = answer("ok")
    second = fetch(owned.tenant).status

    assert (first, second, set_of(owned.tenant, 5).state) == (Status.NEW_LICENCE, Status.NEW_LICENCE, "pending")
    assert server.asked[1]["issue"] == ["superoffice:5"]


def test_a_third_partys_set_is_told_of_on_its_own_tab(server: LicenceServer, tenant: Tenant) -> None:
    maps = LicenceTypeFactory(owner=LicenceOwnerFactory(), system=True)
    file = third_party_file(tenant, licence(maps.code, 1), owner=maps.owner.code, issue_number=1)
    server.says = answer("ok", file)

    said = fetch(tenant)

    with scope_of(tenant):
        of_third_party = ServerAnswer.objects.get(owner=maps.owner)
    assert (said.status, of_third_party.status) == (Status.OK, Status.ACTIVATED)


def test_a_set_that_is_here_already_is_no_problem(server: LicenceServer, owned: Licence) -> None:
    server.says = answer("ok", vendor_file(owned.tenant, licence(owned.type.code, 9), issue_number=4))

    assert fetch(owned.tenant).status == Status.OK


def test_what_is_said_to_be_activated_is_believed_when_it_has_come(server: LicenceServer, tenant: Tenant) -> None:
    server.says = answer("new_licence_activated")

    assert fetch(tenant).status == Status.OK


def test_a_file_that_is_refused_is_a_problem_with_its_reason_and_the_others_are_taken(
    server: LicenceServer, owned: Licence
) -> None:
    good = issue_5(owned, total=5)
    expired = vendor_file(owned.tenant, licence(owned.type.code, 5), issue_number=6, valid_until=now() - timedelta(1))
    server.says = answer("new_licence_available", expired, good)

    said = fetch(owned.tenant)

    assert set_of(owned.tenant, 5).state == "active"
    assert (said.status, said.message) == (
        Status.PROBLEM,
        "This licence file has expired: ask its owner for a new one.",
    )


@pytest.mark.parametrize(
    "status",
    [
        "ok",
        "new_licence_available",
        "new_company_name_available",
        "new_serial_available",
        "custom_message",
        "custom_message_and_url",
        "problem_with_licence",
        "unknown_error",
    ],
)
def test_every_word_of_the_servers_is_understood(server: LicenceServer, tenant: Tenant, status: str) -> None:
    server.says = answer(status)

    assert fetch(tenant).status == status


@pytest.mark.parametrize(
    "url",
    [
        "http://vendor.example/",
        "javascript:alert(1)",
        "//vendor.example/",
        "https://",
        "https://user@vendor.example/",
        "https://vendor.example/\u202e",
        "https://vendor.example/" + "a" * 200,
        "https://[vendor",
    ],
)
def test_a_link_that_is_not_plain_https_is_dropped(server: LicenceServer, tenant: Tenant, url: str) -> None:
    server.says = answer("custom_message_and_url", message="Look here.", url=url)

    said = fetch(tenant)

    assert (said.message, said.url) == ("Look here.", "")


def test_a_message_is_one_line_of_bounded_length(server: LicenceServer, tenant: Tenant) -> None:
    server.says = answer("custom_message", message="One\r\n\x00two\u202e " + "three " * 100)

    message = fetch(tenant).message

    assert message.startswith("One two three")
    assert len(message) == 300


def garbage(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\x00\x01 licences\r\n" * 20)


def silent(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1.5)


def dripping(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    for _ in range(30):
        handler.wfile.write(b" ")
        time.sleep(0.1)


def dripping_head(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.flush_headers()
    with contextlib.suppress(ConnectionError):
        for _ in range(50):
            handler.wfile.write(b"x")
            time.sleep(0.1)


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    with_much_more = b" " * 65536
    for _ in range(1000):
        handler.wfile.write(with_much_more)


def cut_short(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"status":')


def saying(body: Any, **options: Any) -> Callable[[BaseHTTPRequestHandler], None]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda handler: send(handler, raw, **options)


FAULTS: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {
    "an error of its own": saying(answer(), status=500),
    "no such page": saying(answer(), status=404),
    "a redirect": saying(answer(), status=302, Location="http://127.0.0.1:1/"),
    "a web page": saying(answer(), media_type="text/html"),
    "no JSON": saying(b"licences"),
    "a list": saying([answer()]),
    "no status": saying({"message": "Hello"}),
    "a status of its own": saying(answer("splendid")),
    "a number for a message": saying(answer() | {"message": 1}),
    "licences that are none": saying(answer() | {"licences": [1]}),
    "more files than there are owners": saying(answer("ok", *[b"a"] * 21)),
    "compressed": saying(gzip.compress(json.dumps(answer()).encode()), **{"Content-Encoding": "gzip"}),
    "deep": saying(b'{"status":"ok","message":' + b"[" * 100_000),
    "too much": saying(b" " * (licence_server.MAX_BYTES + 1)),
    "without end": endless,
    "garbage": garbage,
    "cut short": cut_short,
    "silent": silent,
    "dripping": dripping,
    "dripping before it says anything": dripping_head,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_at_fault_changes_nothing_but_what_it_last_said(
    fault: str,
    server: LicenceServer,
    tenant: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(licence_server, "READ_SECONDS", 0.5)
    monkeypatch.setattr(licence_server, "ALL_SECONDS", 0.5)
    server.says = FAULTS[fault]
    before, began = rows_of(tenant), time.monotonic()

    said = fetch(tenant)
    took = time.monotonic() - began

    changed = {table for table, digest in rows_of(tenant).items() if digest != before[table]}
    assert said.status == Status.UNKNOWN_ERROR
    assert said.message == "The licence server gives no answer just now. Nothing has changed; try again later."
    told = [record.msg["event"] for record in caplog.records if record.name == "licences.services.fetching"]
    assert told[0] == "licence_server_not_asked"
    assert changed == {"licences_serveranswer"}
    assert took < 2


def test_nobody_at_the_address_is_no_answer(server: LicenceServer, tenant: Tenant, settings: Settings) -> None:
    settings.LICENCE_SERVER_URL = "http://127.0.0.1:1/"

    assert fetch(tenant).status == Status.UNKNOWN_ERROR


def test_without_an_address_the_administrator_is_told_what_to_do(tenant: Tenant, settings: Settings) -> None:
    settings.LICENCE_SERVER_URL = ""

    said = fetch(tenant)

    assert (said.status, "Load the licence from a file" in said.message) == (Status.UNKNOWN_ERROR, True)


def answered(tenant: Tenant, hours: float, status: Status = Status.OK) -> ServerAnswer:
    asked_at = timezone.now() - timedelta(hours=hours)
    return ServerAnswerFactory(tenant=tenant, status=status, asked_at=asked_at)


def test_tenants_are_due_a_day_after_their_last_answer_and_an_hour_after_none(server: LicenceServer) -> None:
    never, long_ago, lately, failed, just_failed = TenantFactory.create_batch(5)
    answered(long_ago, 24.1)
    answered(lately, 23.9)
    answered(failed, 1.1, Status.UNKNOWN_ERROR)
    answered(just_failed, 0.9, Status.UNKNOWN_ERROR)

    assert due_tenants() == [never.pk, long_ago.pk, failed.pk]


def test_a_sweep_asks_for_so_many_at_once(server: LicenceServer) -> None:
    TenantFactory.create_batch(AT_ONCE + 1)

    assert len(due_tenants()) == AT_ONCE


def test_without_a_server_nobody_is_due(settings: Settings) -> None:
    tenant = TenantFactory()
    settings.LICENCE_SERVER_URL = ""

    assert due_tenants() == []
    assert fetch_if_due(tenant.pk) is None


def test_a_new_licence_comes_by_itself_once_a_day(server: LicenceServer, owned: Licence) -> None:
    server.says = answer(
        "new_licence_available", vendor_file(owned.tenant, licence(owned.type.code, 5), issue_number=5)
    )

    fetching(owned.tenant_id)
    fetching(owned.tenant_id)

    assert set_of(owned.tenant, 5).state == "active"
    assert len(server.asked) == 1
    with support_scope("a test looks"):
        assert ServerAnswer.objects.get().status == Status.ACTIVATED


def test_for_a_tenant_that_is_gone_nobody_is_asked(server: LicenceServer) -> None:
    assert fetch_if_due(999_999_999) is None
    assert server.asked == []

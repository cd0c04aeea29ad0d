import logging
import random
import uuid
from decimal import Decimal

import pytest
import structlog
from django.core.exceptions import DisallowedHost
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from config.errors import server_error
from config.logs import drop_secrets
from config.request_log import HEADER
from licences.models import User
from tests.config import crashing_urls
from tests.config.conftest import Log
from tests.conftest import ClientOf
from tests.proof import PROOF

REQUESTS = 10_000 if PROOF else 400

NASTY = [
    "\r\n",
    "\n",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x85",
    "\u2028",
    "\u2029",
    "\x1b[31m",
    "\x1b]0;title\x07",
    "\x00",
    "\x7f",
    '"}',
    "\\",
    "%0d%0a",
    "${jndi:ldap://example/a}",
    "%s%n",
    "{request}",
    "\U0001f4a3",
    "\u202e",
]


@pytest.mark.django_db
def test_a_request_has_one_line_that_says_who_asked_for_what_and_how_it_went(
    administrator: User, client_of: ClientOf, log: Log
) -> None:
    client_of(administrator).get(reverse("licences:status"), {"q": "Ask Berg"})

    [line] = log.lines
    assert {name: line[name] for name in ("event", "method", "view", "status", "user_id", "tenant_id")} == {
        "event": "request",
        "method": "GET",
        "view": "licences:status",
        "status": 200,
        "user_id": administrator.pk,
        "tenant_id": administrator.tenant_id,
    }
    assert isinstance(line["duration_ms"], int)
    assert set(line) == {
        *("event", "method", "view", "status", "user_id", "tenant_id", "duration_ms", "request_id"),
        *("logger", "level", "timestamp"),
    }


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "status"), [("/no/such/page/", 404), ("/licences", 301), ("/", 302)])
def test_a_request_that_comes_to_nothing_has_one_line_too(address: str, status: int, client: Client, log: Log) -> None:
    client.get(address)

    assert [(line["event"], line["status"]) for line in log.lines] == [("request", status)]


@pytest.mark.django_db
def test_a_host_that_is_not_ours_has_one_line_too(client: Client, log: Log) -> None:
    client.get("/login/", headers={"host": "evil.example"})

    assert [(line["event"], line["status"]) for line in log.lines] == [("request", 400)]


@pytest.mark.django_db
def test_a_refusal_has_one_line_too(member: User, client_of: ClientOf, log: Log) -> None:
    client_of(member).get(reverse("metering:dashboard"))

    assert [(line["event"], line["status"]) for line in log.lines] == [("request", 403)]


@pytest.mark.django_db
def test_nobody_of_the_request_before_is_on_the_line_of_the_next(
    administrator: User, client_of: ClientOf, log: Log
) -> None:
    client_of(administrator).get(reverse("licences:status"))
    Client().get(reverse("account_login"))

    assert "tenant_id" not in log.lines[-1]
    assert "user_id" not in log.lines[-1]


def test_a_watcher_that_finds_all_well_is_not_worth_a_line_but_in_debug(client: Client, log: Log) -> None:
    client.get("/healthz/live/")

    assert [line["level"] for line in log.events("request")] == ["debug"]


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["a", "A-b_c.9", "0" * 64, str(uuid.UUID(int=7))])
def test_a_plain_request_id_from_outside_is_kept(given: str, client: Client, log: Log) -> None:
    response = client.get(reverse("account_login"), headers={HEADER: given})

    assert response[HEADER] == given
    assert {line["request_id"] for line in log.lines} == {given}


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["", "0" * 65, "a b", "a\r\nb", "a\n", "æ", "<b>", "a/b", "\x1b[31m", "a,b"])
def test_any_other_request_id_is_replaced(given: str, client: Client, log: Log) -> None:
    response = client.get(reverse("account_login"), headers={HEADER: given})

    assert len(response[HEADER]) == 32
    assert {line["request_id"] for line in log.lines} == {response[HEADER]}


@pytest.mark.django_db
def test_whatever_comes_in_stays_one_line_of_json(log: Log) -> None:
    chance = random.Random(20)
    client = Client(raise_request_exception=False)

    def nasty() -> str:
        return "".join(chance.choices([*NASTY, "a", "/", "?", "=", "é"], k=chance.randint(1, 12)))

    for _ in range(REQUESTS):
        method = chance.choice(["GET", "POST", "PUT", "OPTIONS", "A\r\nB"])
        names = ["HTTP_USER_AGENT", "HTTP_REFERER", "HTTP_HOST", "HTTP_X_REQUEST_ID", "HTTP_COOKIE", "HTTP_HX_TARGET"]
        headers = {name: nasty() for name in chance.sample(names, k=2)}
        client.generic(
            method, "/", nasty(), PATH_INFO="/" + nasty().encode().decode("latin-1"), QUERY_STRING=nasty(), **headers
        )

    assert len(log.events("request")) == REQUESTS
    assert not set("\r\x0b\x0c\x1c\x85\u2028\u2029\x1b\x00\x07\x7f") & set(log.text)


@pytest.fixture
def crashing(settings: Settings) -> Client:
    settings.ROOT_URLCONF = crashing_urls.__name__
    settings.DEBUG = False
    settings.LOGIN_REQUIRED = False
    return Client(raise_request_exception=False)


def test_a_crash_is_logged_with_the_id_that_the_page_shows(
    administrator: User, client_of: ClientOf, crashing: Client, log: Log
) -> None:
    crashing.cookies = client_of(administrator).cookies

    response = crashing.get("/crash/a-token-in-the-path/")

    failed, request = log.lines[-2:]
    assert response.status_code == 500
    assert response[HEADER] in response.text
    assert failed["request_id"] == request["request_id"] == response[HEADER]
    assert "RuntimeError: ('The sky is falling', 28)" in failed["exception"]
    assert "in crash" in failed["exception"]
    assert (request["event"], request["status"], request["level"]) == ("request", 500, "error")


@pytest.mark.parametrize("address", ["/crash/a-token-in-the-path/", "/impossible/", "/rule/"])
def test_no_value_is_in_what_is_logged_of_a_crash(
    address: str, administrator: User, client_of: ClientOf, crashing: Client, log: Log
) -> None:
    crashing.cookies = client_of(administrator).cookies

    response = crashing.get(address)

    assert response.status_code == 500
    assert "Traceback" not in response.text
    for secret in (crashing_urls.SECRET, "a-token-in-the-path"):
        assert secret not in log.text
        assert secret not in response.text


def test_the_page_of_a_crash_asks_the_database_nothing(rf: RequestFactory) -> None:
    response = server_error(rf.get("/"))  # a test that is not marked for the database cannot reach it

    assert "Something went wrong" in response.text


@pytest.mark.parametrize(
    "field",
    [
        "password",
        "new_password2",
        "API_TOKEN",
        "csrfmiddlewaretoken",
        "cookie",
        "sessionid",
        "secret",
        "email",
        "key",
        "full_name",
        "company_name",
        "client_ip",
        "query",
        "Authorization",
        "database_url",
    ],
)
def test_a_field_that_may_be_secret_or_name_a_person_is_dropped(field: str) -> None:
    assert drop_secrets(None, "info", {field: "value", "event": "x"}) == {"event": "x"}


@pytest.mark.parametrize("field", ["tenant_id", "description", "monkey", "status", "recipients", "path", "reason"])
def test_other_fields_stay(field: str) -> None:
    assert drop_secrets(None, "info", {field: "value"}) == {field: "value"}


def test_an_object_is_named_by_its_kind_and_not_spelt_out(log: Log) -> None:
    user = User(login_id="ask", full_name="Ask Berg")

    structlog.get_logger("licences.test").info("seen", who=user, amount=Decimal("1.50"))

    assert "Ask Berg" not in log.text
    assert (log.lines[0]["who"], log.lines[0]["amount"]) == ("<User>", "1.50")


def test_what_was_raised_from_what_is_logged_in_order(log: Log) -> None:
    message = "second\nwith more"

    try:
        try:
            raise KeyError("first")
        except KeyError as error:
            raise DisallowedHost(message) from error
    except DisallowedHost:
        structlog.get_logger("licences.test").exception("failed")

    text = log.lines[0]["exception"]
    assert text.index("KeyError: 'first'") < text.index("DisallowedHost: second")
    assert "with more" not in text


@pytest.mark.parametrize("name", ["django", "django.request", "django.security", "django.server"])
def test_django_has_no_handlers_of_its_own_that_print_or_mail_requests(name: str, log: Log) -> None:
    handlers = [type(handler).__module__ for handler in logging.getLogger(name).handlers]

    assert [module for module in handlers if not module.startswith("_pytest")] == []


@pytest.mark.parametrize("library", ["django.db.backends", "allauth", "celery", "psycopg", "kombu", "django.template"])
def test_libraries_do_not_debug_into_our_log(library: str, log: Log) -> None:
    logging.getLogger(library).debug("SELECT password")

    assert not log.lines

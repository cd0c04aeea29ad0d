from collections.abc import Iterator

import pytest
import time_machine
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from licences.models import User
from tests.conftest import ClientOf
from tests.factories import PASSWORD, SeatFactory, scope_of

MINUTE = 60
HOUR = 60 * MINUTE


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def logged_in(client: Client, member: User, clock: time_machine.Traveller) -> Client:
    client.post("/login/", {"login": member.login_id, "password": PASSWORD})
    return client


def is_in(client: Client, **headers: str) -> bool:
    response = client.get("/account/", headers=headers)
    return response.status_code == 200 and "HX-Redirect" not in response


def test_a_session_lasts_while_it_is_used(logged_in: Client, clock: time_machine.Traveller) -> None:
    for _ in range(20):
        clock.shift(24 * MINUTE)
        assert is_in(logged_in)


def test_a_session_ends_after_half_an_hour_without_use(logged_in: Client, clock: time_machine.Traveller) -> None:
    key = logged_in.session.session_key

    clock.shift(30 * MINUTE)

    assert not is_in(logged_in)
    assert not Session.objects.filter(pk=key).exists()


def test_a_session_ends_twelve_hours_after_the_login_whatever_its_use(
    logged_in: Client, clock: time_machine.Traveller
) -> None:
    for _ in range(12 * HOUR // (20 * MINUTE) - 1):
        clock.shift(20 * MINUTE)
        assert is_in(logged_in)

    clock.shift(20 * MINUTE)

    assert not is_in(logged_in)


def test_a_page_that_polls_keeps_no_session_alive(logged_in: Client, clock: time_machine.Traveller) -> None:
    poll = {"HX-Request": "true", "HX-Trigger": "events-poll"}
    for _ in range(5):
        clock.shift(5 * MINUTE)
        assert is_in(logged_in, **poll)

    clock.shift(5 * MINUTE)

    assert not is_in(logged_in, **poll)


def test_use_is_written_down_at_most_every_five_minutes(logged_in: Client, clock: time_machine.Traveller) -> None:
    def is_written_down() -> bool:
        with CaptureQueriesContext(connection) as queries:
            assert is_in(logged_in)
        return any(query["sql"].startswith('UPDATE "django_session"') for query in queries)

    logged_in.get("/account/")
    clock.shift(4 * MINUTE)
    soon = is_written_down()
    clock.shift(MINUTE)
    later = is_written_down()

    assert (soon, later) == (False, True)


def test_whoever_comes_back_too_late_may_log_in_as_somebody_of_another_tenant(
    logged_in: Client, clock: time_machine.Traveller
) -> None:
    other = SeatFactory(licence__type__plan=True).user
    clock.shift(HOUR)

    logged_in.post("/login/", {"login": other.login_id, "password": PASSWORD})

    assert other.login_id in logged_in.get("/account/").content.decode()


def test_an_ended_session_sends_the_whole_browser_to_the_login_page(
    logged_in: Client, clock: time_machine.Traveller
) -> None:
    clock.shift(HOUR)

    response = logged_in.get(
        "/licences/status/",
        headers={
            "HX-Request": "true",
            "HX-Target": "panel",
            "HX-Current-URL": "http://testserver/licences/superoffice/?show=mine",
        },
    )

    assert response.status_code == 200
    assert response.content == b""
    assert response["HX-Redirect"] == "/login/?next=/licences/superoffice/%3Fshow%3Dmine"


def test_a_session_without_its_login_time_is_watched_from_now_on(
    client_of: ClientOf, member: User, clock: time_machine.Traveller
) -> None:
    client = client_of(member)
    assert is_in(client)

    clock.shift(30 * MINUTE)

    assert not is_in(client)


def test_who_may_no_longer_log_in_is_refused_at_the_next_request(client_of: ClientOf, member: User) -> None:
    client = client_of(member)
    assert is_in(client)
    with scope_of(member):
        User.objects.filter(pk=member.pk).update(can_log_in=False)

    assert client.get("/account/")["Location"] == "/login/?next=/account/"


def test_a_change_of_role_counts_at_the_next_request(client_of: ClientOf, administrator: User) -> None:
    client = client_of(administrator)
    assert client.get("/metering/").status_code == 200
    with scope_of(administrator):
        User.objects.filter(pk=administrator.pk).update(role=User.Role.MEMBER)

    assert client.get("/metering/").status_code == 403


def test_a_changed_password_ends_the_other_sessions(client_of: ClientOf, member: User) -> None:
    here, elsewhere = client_of(member), client_of(member)

    response = here.post(
        "/account/password/",
        {"oldpassword": PASSWORD, "password1": "another long phrase", "password2": "another long phrase"},
    )

    assert response["Location"] == "/account/"
    assert is_in(here)
    assert not is_in(elsewhere)


def test_ended_sessions_can_be_cleared_from_the_table(logged_in: Client, clock: time_machine.Traveller) -> None:
    key = logged_in.session.session_key
    clock.shift(12 * HOUR + 1)

    call_command("clearsessions")

    assert not Session.objects.filter(pk=key).exists()


@pytest.mark.parametrize("key", ["abcdefgh\x00", "abcdefgh\n", "'; --------"])
def test_a_key_that_no_session_can_have_is_nobodys(key: str, client: Client, db: None) -> None:
    client.cookies[django_settings.SESSION_COOKIE_NAME] = key

    response = client.get("/account/")

    assert response.status_code == 302
    assert response["Location"].startswith("/login/")


@pytest.mark.parametrize("address", ["http://[", "http://testserver]/"])
def test_an_expired_session_leads_to_the_login_page_whatever_the_browser_says_it_shows(
    address: str, client: Client, db: None
) -> None:
    response = client.get("/licences/superoffice/", headers={"HX-Request": "true", "HX-Current-URL": address})

    assert response["HX-Redirect"] == "/login/"

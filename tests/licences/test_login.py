import re
from datetime import date, timedelta
from statistics import median
from time import perf_counter

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from pytest_django import Settings

from config.tenancy.scopes import identity_scope
from licences.models import LicenceSet, Seat, User
from tests.conftest import ClientOf
from tests.factories import PASSWORD, SeatFactory, TenantFactory, UserFactory, scope_of

pytestmark = pytest.mark.django_db

HOME = "/licences/superoffice/"
WRONG = "The user ID or the password is wrong."


def log_in(client: Client, user_id: str, password: str = PASSWORD, **more: str) -> HttpResponse:
    return client.post("/login/", {"login": user_id, "password": password}, **more)


def told(client: Client) -> str:
    """What the login page says to somebody who was turned away."""
    return client.get("/login/").content.decode()


def change(user: User, **values: object) -> None:
    with scope_of(user):
        User.objects.filter(pk=user.pk).update(**values)


def test_a_user_with_a_plan_is_let_in_and_lands_on_the_licences(client: Client, member: User) -> None:
    response = log_in(client, member.login_id)

    assert (response.status_code, response["Location"]) == (302, HOME)
    assert client.get("/account/").status_code == 200


def test_the_user_id_is_taken_in_any_case_and_with_spaces_around_it(client: Client, member: User) -> None:
    response = log_in(client, f"  {member.login_id.upper()} ")

    assert response["Location"] == HOME


def test_support_lands_in_django_admin(client: Client, support: User, settings: Settings) -> None:
    settings.SUPPORT_MFA_OPTIONAL = True

    response = log_in(client, support.login_id)

    assert response["Location"] == "/admin/"


def test_who_is_logged_in_already_is_led_on(client_of: ClientOf, member: User) -> None:
    response = client_of(member).get("/login/")

    assert response["Location"] == HOME


def test_who_may_not_log_in_is_told_so_after_the_right_password(client: Client, member: User) -> None:
    change(member, can_log_in=False)

    response = log_in(client, member.login_id)

    assert response["Location"] == "/login/"
    assert "Logging in is switched off for your user." in told(client)
    assert client.get("/account/").status_code == 302


def test_who_has_no_user_licence_is_told_so_after_the_right_password(client: Client) -> None:
    user = UserFactory()

    log_in(client, user.login_id)

    assert "You have no user licence." in told(client)


def test_neither_reason_is_told_to_somebody_without_the_password(client: Client, member: User) -> None:
    change(member, can_log_in=False)

    response = log_in(client, member.login_id, "not the password")

    assert WRONG in response.content.decode()
    assert "switched off" not in response.content.decode()


@pytest.mark.parametrize(
    "seat",
    [
        {"licence__type__plan": False},
        {"licence__type__plan": True, "licence__type__unrestricted": True},
        {"licence__type__plan": True, "released_at": timezone.now()},
        {"licence__type__plan": True, "licence__licence_set__state": LicenceSet.State.SUPERSEDED},
    ],
    ids=["a feature", "the plan that stands for none", "given back", "of a superseded set"],
)
def test_such_a_seat_lets_nobody_in(client: Client, seat: dict[str, object]) -> None:
    user = SeatFactory(**seat).user

    log_in(client, user.login_id)

    assert "You have no user licence." in told(client)


def test_on_crm_suite_a_seat_on_the_plan_of_the_tenant_lets_in(client: Client) -> None:
    tenant = TenantFactory(suite=True)
    user = SeatFactory(tenant=tenant, licence__type=tenant.suite_plan.seat_licence).user

    response = log_in(client, user.login_id)

    assert response["Location"] == HOME


def test_on_crm_suite_a_seat_on_another_plan_lets_nobody_in(client: Client) -> None:
    user = SeatFactory(tenant=TenantFactory(suite=True), licence__type__plan=True).user

    log_in(client, user.login_id)

    assert "You have no user licence." in told(client)


def expire(user: User, *, days_ago: int, grace_days: int) -> None:
    expired_on = date.today() - timedelta(days=days_ago)  # noqa: DTZ011 - days are far enough apart
    with scope_of(user):
        LicenceSet.objects.filter(tenant=user.tenant).update(
            warn_from_on=expired_on, expires_on=expired_on, grace_until_on=expired_on + timedelta(days=grace_days)
        )


def test_during_the_grace_period_members_are_let_in(client: Client, member: User) -> None:
    expire(member, days_ago=10, grace_days=20)

    assert log_in(client, member.login_id)["Location"] == HOME


def test_after_the_grace_period_members_are_told_that_the_licence_has_stopped(client: Client, member: User) -> None:
    expire(member, days_ago=20, grace_days=10)

    log_in(client, member.login_id)

    assert "its grace period is over" in told(client)


def test_after_the_grace_period_administrators_are_let_in_to_put_it_right(client: Client, administrator: User) -> None:
    expire(administrator, days_ago=20, grace_days=10)

    assert log_in(client, administrator.login_id)["Location"] == HOME


def test_an_unknown_user_and_a_wrong_password_get_the_same_answer(client: Client, member: User) -> None:
    known = log_in(client, member.login_id, "not the password")
    unknown = log_in(client, "nobody", "not the password")

    assert known.status_code == unknown.status_code
    assert WRONG in known.content.decode()
    assert normal(known, member.login_id) == normal(unknown, "nobody")


def normal(response: HttpResponse, user_id: str) -> str:
    """The page without what differs between any two requests: its tokens, and what was typed."""
    page = response.content.decode().replace(user_id, "")
    return re.sub(r'(nonce|name="csrfmiddlewaretoken" value)="[^"]+"', "", page)


def seconds_to_refuse(client: Client, user_id: str) -> float:
    began = perf_counter()
    log_in(client, user_id, "not the password")
    return perf_counter() - began


@pytest.mark.parametrize(("tries", "tolerance"), [(9, 0.5), pytest.param(200, 0.1, marks=pytest.mark.proof)])
def test_an_unknown_user_takes_as_long_as_a_wrong_password(
    client: Client, settings: Settings, tries: int, tolerance: float
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    settings.ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None}
    user = SeatFactory(licence__type__plan=True).user
    seconds_to_refuse(client, user.login_id)

    took = [(seconds_to_refuse(client, user.login_id), seconds_to_refuse(client, "nobody")) for _ in range(tries)]

    known, unknown = (median(column) for column in zip(*took, strict=True))
    assert abs(known - unknown) <= tolerance * known


def test_after_ten_wrong_passwords_even_the_right_one_has_to_wait(client: Client, member: User) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(10):
            log_in(client, member.login_id, "not the password")

        refused = log_in(client, member.login_id)
        clock.shift(301)
        let_in = log_in(client, member.login_id)

    assert "Too many attempts failed." in refused.content.decode()
    assert let_in["Location"] == HOME


def test_a_strangers_guesses_do_not_lock_the_user_out_elsewhere(client: Client, member: User) -> None:
    for _ in range(10):
        log_in(client, member.login_id, "not the password", REMOTE_ADDR="192.0.2.1")

    response = log_in(client, member.login_id, REMOTE_ADDR="192.0.2.2")

    assert response["Location"] == HOME


def test_a_forged_address_does_not_open_another_ten_attempts(client: Client, member: User) -> None:
    for number in range(10):
        log_in(client, member.login_id, "not the password", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")

    response = log_in(client, member.login_id, HTTP_X_FORWARDED_FOR="192.0.2.99")

    assert "Too many attempts failed." in response.content.decode()


def test_attempts_for_users_that_do_not_exist_are_counted_alike(client: Client) -> None:
    for _ in range(10):
        log_in(client, "nobody", "not the password")

    response = log_in(client, "nobody", "not the password")

    assert "Too many attempts failed." in response.content.decode()


def test_one_address_may_not_try_many_users(client: Client, member: User) -> None:
    for number in range(60):
        log_in(client, f"nobody{number}", "not the password")

    response = log_in(client, member.login_id)

    assert "Too many attempts failed." in response.content.decode()


def test_attempts_are_counted_while_the_cache_is_down(client: Client, member: User, settings: Settings) -> None:
    nobody_listens = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = settings.CACHES | {"default": nobody_listens}
    for _ in range(10):
        assert WRONG in log_in(client, member.login_id, "not the password").content.decode()

    response = log_in(client, member.login_id)

    assert response.status_code == 200
    assert "Too many attempts failed." in response.content.decode()


def test_logging_in_gives_the_session_a_new_id_and_ends_the_old_one(client: Client, member: User) -> None:
    planted = client.session
    planted["planted"] = True
    planted.save()

    log_in(client, member.login_id)

    assert client.session.session_key != planted.session_key
    assert not Session.objects.filter(pk=planted.session_key).exists()


def test_logging_out_ends_the_session_on_the_server(client_of: ClientOf, member: User) -> None:
    client = client_of(member)
    stolen = client.cookies["sessionid"].value

    response = client.post("/logout/")

    thief = Client()
    thief.cookies["sessionid"] = stolen
    assert response["Location"] == "/login/"
    assert not Session.objects.filter(pk=stolen).exists()
    assert thief.get("/account/")["Location"] == "/login/?next=/account/"


def test_following_a_link_to_log_out_only_asks(client_of: ClientOf, member: User) -> None:
    client = client_of(member)

    assert client.get("/logout/").status_code == 200
    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize("path", ["/login/", "/logout/", "/login/forgotten/", "/account/password/"])
def test_a_form_without_its_token_is_refused(member: User, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    with identity_scope():
        client.force_login(member, backend="licences.backends.UserBackend")

    assert client.post(path).status_code == 403


@pytest.mark.parametrize("name", ["account_signup", "account_email", "account_inactive", "mfa_trust"])
def test_what_we_do_not_offer_has_no_address(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_a_request_looks_the_user_and_the_tenant_up_in_one_query(
    client_of: ClientOf, member: User, django_assert_max_num_queries: object
) -> None:
    client = client_of(member)
    client.get("/account/")

    with django_assert_max_num_queries(12) as queries:
        client.get("/account/")

    users = [query["sql"] for query in queries if 'FROM "licences_user"' in query["sql"]]
    assert len(users) == 1
    assert "licences_tenant" in users[0]


def test_django_admin_has_no_login_form_of_its_own(client: Client) -> None:
    for method in (client.get, client.post):
        response = method("/admin/login/")

        assert response.status_code == 302
        assert response["Location"].startswith("/login/?next=")


def test_logging_out_of_django_admin_logs_out(client_of: ClientOf, support: User, settings: Settings) -> None:
    settings.SUPPORT_MFA_OPTIONAL = True
    client = client_of(support)

    response = client.post("/admin/logout/")

    assert response["Location"] == "/login/"
    assert client.get("/admin/").status_code == 302


def test_support_changes_its_password_where_everybody_does(
    client_of: ClientOf, support: User, settings: Settings
) -> None:
    settings.SUPPORT_MFA_OPTIONAL = True

    response = client_of(support).get("/admin/password_change/")

    assert response["Location"] == "/account/password/"


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/licences/tenant/"])
def test_django_admin_is_closed_to_a_tenants_users(client_of: ClientOf, administrator: User, path: str) -> None:
    response = client_of(administrator).get(path, follow=True)

    assert response.status_code == 403


def test_a_seat_given_back_shows_its_holder_out(client_of: ClientOf, member: User) -> None:
    client = client_of(member)
    assert client.get("/account/").status_code == 200
    with scope_of(member):
        Seat.objects.filter(user=member).update(released_at=timezone.now())

    response = client.get("/account/")

    assert response["Location"] == "/login/"
    assert "You have no user licence." in told(client)

"""Who is kept out for now, and what they are told; administrators are not. Source: design §14.4."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from licences.models import LoginHold, User
from licences.services.accounts import Refusal, refusal_of
from licences.services.login_holds import change_login_hold, clear_login_hold, set_login_hold
from tests.conftest import ClientOf
from tests.factories import PASSWORD, LoginHoldFactory, UserGroupFactory, scope_of
from tests.pages import element, text

pytestmark = pytest.mark.django_db

KIND = "Logging in is closed for now. Nothing is wrong with your user: please try again later."
NOON, EVENING = datetime(2026, 11, 26, 11, tzinfo=UTC), datetime(2026, 11, 26, 20, 30, tzinfo=UTC)


def in_group(user: User, name: str) -> User:
    group = UserGroupFactory(tenant=user.tenant, name=name)
    user.primary_group = group
    with scope_of(user):
        user.save(update_fields=["primary_group"])
    return user


def is_let_in(client: Client, user: User) -> bool:
    client.post("/login/", {"login": user.login_id, "password": PASSWORD})
    return client.get("/account/").status_code == 200


def test_as_long_as_it_is_there_nobody_is_let_in(client: Client, member: User) -> None:
    hold = LoginHoldFactory(tenant=member.tenant)

    kept_out = not is_let_in(client, member)
    with scope_of(member):
        clear_login_hold(member.tenant, key=hold.key)

    assert kept_out
    assert is_let_in(client, member)


def test_administrators_are_let_in_all_the_same(client: Client, administrator: User) -> None:
    LoginHoldFactory(tenant=administrator.tenant)
    LoginHoldFactory(tenant=administrator.tenant, scope="user", owner=administrator.login_id)

    assert is_let_in(client, administrator)


@pytest.mark.parametrize(
    ("scope", "owner", "kept_out"),
    [
        ("system", "", True),
        ("group", "Sales", True),
        ("group", "Service", False),
        ("user", "berg", True),
        ("user", "dahl", False),
        ("group", "berg", False),
        ("user", "sales", False),
    ],
)
def test_it_keeps_out_those_of_its_scope(scope: str, owner: str, kept_out: bool, client: Client, member: User) -> None:
    member.login_id = "berg"
    with scope_of(member):
        member.save(update_fields=["login_id"])
    in_group(member, "Sales")

    LoginHoldFactory(tenant=member.tenant, scope=scope, owner=owner)

    assert is_let_in(client, member) != kept_out


def test_another_tenants_keeps_nobody_out(client: Client, member: User, outsider: User) -> None:
    LoginHoldFactory(tenant=outsider.tenant)

    assert is_let_in(client, member)


def test_who_is_in_is_shown_out_at_the_next_request(client_of: ClientOf, member: User) -> None:
    client = client_of(member)
    assert client.get("/account/").status_code == 200
    LoginHoldFactory(tenant=member.tenant, reason="We move to new servers.")

    response = client.get("/licences/status/")

    assert response["Location"] == "/login/"
    assert "We move to new servers." in text(element(client.get("/login/"), "messages"))
    assert client.get("/account/").status_code == 302


def test_a_part_of_a_page_sends_the_whole_browser_to_the_login_page(client_of: ClientOf, member: User) -> None:
    client = client_of(member)
    LoginHoldFactory(tenant=member.tenant)

    response = client.get("/licences/status/", headers={"HX-Request": "true", "HX-Target": "panel"})

    assert response["HX-Redirect"] == "/login/"


@pytest.mark.parametrize(
    ("expected_at", "now", "said"),
    [
        (None, NOON, f"{KIND} New <servers>."),
        (EVENING, NOON, f"{KIND} It should be open again about 26 Nov 2026 21:30. New <servers>."),
        (NOON, EVENING, f"{KIND} New <servers>."),
    ],
    ids=["open end", "by the tenant's clock", "past"],
)
def test_the_refusal_says_why_and_until_when(
    expected_at: datetime | None, now: datetime, said: str, client: Client, member: User
) -> None:
    LoginHoldFactory(tenant=member.tenant, reason="New <servers>.", expected_at=expected_at)

    with time_machine.travel(now, tick=False):
        client.post("/login/", {"login": member.login_id, "password": PASSWORD})
        page = client.get("/login/")

    assert said in text(element(page, "messages")).replace("&lt;", "<").replace("&gt;", ">")
    assert b"<servers>" not in page.content


def test_nothing_is_told_to_somebody_without_the_password(client: Client, member: User) -> None:
    LoginHoldFactory(tenant=member.tenant, reason="We move to new servers.")

    response = client.post("/login/", {"login": member.login_id, "password": "not the password"})

    assert "The user ID or the password is wrong." in response.content.decode()
    assert "new servers" not in response.content.decode()


def test_what_is_wrong_with_the_user_comes_first(member: User) -> None:
    LoginHoldFactory(tenant=member.tenant)
    member.can_log_in = False

    with scope_of(member):
        refusal = refusal_of(member)

    assert refusal is not None
    assert refusal.why == Refusal.SWITCHED_OFF


@pytest.mark.parametrize("who", ["administrator", "member"])
def test_looking_costs_one_query_for_everybody(who: str, request: pytest.FixtureRequest) -> None:
    user = in_group(request.getfixturevalue(who), "Sales")

    with scope_of(user), CaptureQueriesContext(connection) as queries:
        assert refusal_of(user) is None

    assert len(queries) == 1


def test_saying_it_again_changes_what_is_said_and_not_since_when(member: User) -> None:
    tenant = member.tenant
    with scope_of(tenant):
        first = set_login_hold(tenant, key="notice:1", scope=LoginHold.Scope.EVERYBODY, reason="Servers")
        again = set_login_hold(tenant, key="notice:1", scope=LoginHold.Scope.GROUP, owner="Sales", expected_at=NOON)

        assert LoginHold.objects.get() == first == again

    assert (again.scope, again.owner, again.reason, again.expected_at) == ("group", "Sales", "", NOON)
    assert again.set_at == first.set_at


def test_what_is_not_there_is_neither_changed_nor_cleared(member: User) -> None:
    with scope_of(member):
        assert not change_login_hold(member.tenant, key="notice:1", reason="", expected_at=None)
        assert not clear_login_hold(member.tenant, key="notice:1")

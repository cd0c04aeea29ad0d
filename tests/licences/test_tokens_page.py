"""The page for API tokens: what there is, a new one that is shown once, and the end of one."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.tenancy.scopes import identity_scope
from licences.middleware import VISIT
from licences.models import ApiToken, User
from licences.services.api_tokens import find_token
from tests.conftest import ClientOf
from tests.factories import LONG_AGO, ApiTokenFactory, scope_of
from tests.pages import element, named, table, text

pytestmark = pytest.mark.django_db

LIST, NEW = reverse("licences:tokens"), reverse("licences:token_new")
ASKED = {"source": "https://crm.nordlys.example", "scopes": ["licences:read", "usage:read"]}


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


def revoke_address(token: ApiToken) -> str:
    return reverse("licences:token_revoke", args=[token.pk])


def test_a_new_token_is_shown_once_and_works(client: Client, administrator: User) -> None:
    response = client.post(NEW, ASKED)

    shown = text(element(response, "token"))
    with identity_scope():
        token = find_token(shown)
    assert token is not None
    assert (token.tenant, token.source) == (administrator.tenant, ASKED["source"])
    assert token.scopes == ["usage:read", "licences:read"]
    assert response["Cache-Control"] == "no-store, private"
    assert shown not in client.get(LIST).content.decode()


def test_the_list_tells_of_each_token_what_one_must_know(client: Client, administrator: User) -> None:
    tenant = administrator.tenant
    ApiTokenFactory(tenant=tenant, source="revoked", revoked_at=LONG_AGO, made_at=LONG_AGO)
    ApiTokenFactory(tenant=tenant, source="expired", expires_at=LONG_AGO, made_at=LONG_AGO + timedelta(days=1))
    ApiTokenFactory(tenant=tenant, source="good", last_used_at=timezone.now(), made_at=LONG_AGO + timedelta(days=2))
    ApiTokenFactory(source="another tenant's")

    rows = table(client.get(LIST), "tokens")

    assert [row[:2] for row in rows] == [["good", "Works"], ["expired", "Expired"], ["revoked", "Revoked"]]
    assert rows[0][2:7] == ["licences:read", "lic_0123…", "7 Jan 2026 admin", "now", "Never"]
    assert [bool(row[7]) for row in rows] == [True, True, False]


def test_without_any_the_list_says_what_to_do(client: Client) -> None:
    assert "Make one for each system" in text(element(client.get(LIST), "tokens"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"source": " "}, "Say which system will use it."),
        ({"source": "x" * 201}, "at most 200 characters"),
        ({"scopes": []}, "Choose at least one."),
        ({"scopes": ["everything"]}, "Select a valid choice."),
        ({"expires_on": "2026-01-05"}, "This day is over already."),
        ({"expires_on": "someday"}, "Enter a valid date."),
        ({"expires_on": "9999-12-31"}, "Leave it empty"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(
    change: dict[str, object], says: str, client: Client, administrator: User
) -> None:
    response = client.post(NEW, ASKED | change)

    assert response.status_code == 422
    assert says in text(element(response, "main"))
    with scope_of(administrator):
        assert not ApiToken.objects.exists()


def test_a_token_works_until_the_end_of_its_last_day_where_the_tenant_is(client: Client, administrator: User) -> None:
    today = administrator.tenant.today

    client.post(NEW, ASKED | {"expires_on": today.isoformat()})

    with scope_of(administrator):
        end = ApiToken.objects.get().expires_at.astimezone(ZoneInfo("Europe/Oslo"))
    assert (end.date(), end.hour, end.minute) == (today + timedelta(days=1), 0, 0)


def test_revoking_asks_first(client: Client, administrator: User) -> None:
    token = ApiTokenFactory(tenant=administrator.tenant)

    asked = client.get(revoke_address(token))
    done = client.post(revoke_address(token), follow=True)
    again = client.post(revoke_address(token), follow=True)

    assert "Revoke the token of https://crm.nordlys.example?" in text(element(asked, "main"))
    assert "is revoked." in text(element(done, "messages"))
    assert "was revoked already." in text(element(again, "messages"))
    with scope_of(administrator):
        assert ApiToken.objects.get().revoked_at is not None


def test_tokens_are_for_administrators_only(member: User, client_of: ClientOf) -> None:
    token = ApiTokenFactory(tenant=member.tenant)
    client = client_of(member)

    answers = [client.get(LIST), client.get(NEW), client.post(NEW, ASKED), client.post(revoke_address(token))]

    assert [response.status_code for response in answers] == [403] * 4
    assert LIST not in client.get(reverse("licences:account")).content.decode()


def test_another_tenants_token_is_not_there(client: Client) -> None:
    token = ApiTokenFactory()

    assert [client.get(revoke_address(token)).status_code, client.post(revoke_address(token)).status_code] == [404, 404]
    with scope_of(token):
        assert ApiToken.objects.get().revoked_at is None


def test_a_visit_sees_the_list_and_nothing_to_press(support_client: Client, administrator: User) -> None:
    token = ApiTokenFactory(tenant=administrator.tenant)
    session = support_client.session
    session[VISIT] = administrator.tenant.pk
    session.save()

    page = support_client.get(LIST)

    assert names_of_links(page) == ["How to use the API"]
    assert support_client.post(NEW, ASKED).status_code == 403
    assert support_client.post(revoke_address(token)).status_code == 403


def names_of_links(page: object) -> list[str]:
    return [text(link) for link in named(element(page, "main"), "a")]

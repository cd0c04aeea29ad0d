"""The page of the metered services."""

import pytest
from django.urls import reverse

from licences.models import User
from tests.conftest import ClientOf
from tests.factories import MeteredServiceFactory, SeatFactory, TenantFactory, UserFactory
from tests.pages import element, links, named, text

pytestmark = pytest.mark.django_db

PAGE = reverse("metering:dashboard")


@pytest.fixture
def suite() -> User:
    """The administrator of a tenant on CRM Suite."""
    tenant = TenantFactory(suite=True)
    user = UserFactory(tenant=tenant, administrator=True)
    return SeatFactory(user=user, licence__type=tenant.suite_plan.seat_licence).user


def test_administrators_see_each_service_and_what_is_counted(administrator: User, client_of: ClientOf) -> None:
    for name, place in (("Chat sessions", 9_002), ("Storage space", 9_001)):
        MeteredServiceFactory(name=name, description=f"{name}, as counted.", sort_order=place)
    client = client_of(administrator)

    response = client.get(PAGE)

    cards = [text(head) for head in named(element(response, "main"), "h2") if named(head, "a")]
    assert cards == ["Storage space", "Chat sessions"]
    assert "Storage space, as counted." in text(element(client.get(links(response)["Storage space"]), "main"))


def test_members_are_told_that_it_is_for_administrators(member: User, client_of: ClientOf) -> None:
    MeteredServiceFactory(name="Chat sessions")

    response = client_of(member).get(PAGE)

    assert response.status_code == 403
    assert "This is for system administrators" in text(element(response, "main"))
    assert "Chat sessions" not in response.content.decode()


def test_on_suite_nothing_is_metered_and_the_app_store_is_offered(suite: User, client_of: ClientOf) -> None:
    MeteredServiceFactory(name="Chat sessions")

    response = client_of(suite).get(PAGE)

    assert links(response)["My Apps"].startswith("https://")
    assert "Chat sessions" not in text(element(response, "main"))


@pytest.mark.parametrize("asker", ["administrator", "member", "suite"])
def test_the_main_menu_leads_there_only_for_whom_there_is_something(
    request: pytest.FixtureRequest, client_of: ClientOf, asker: str
) -> None:
    user = request.getfixturevalue(asker)

    response = client_of(user).get(reverse("licences:status"))

    assert (f'href="{PAGE}"' in response.content.decode()) == (asker == "administrator")

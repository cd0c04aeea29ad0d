"""The main navigation: what each may open, and where one is."""

import pytest
from django.http import HttpResponse
from django.urls import reverse

from licences.models import User
from tests.conftest import ClientOf
from tests.factories import SeatFactory, TenantFactory
from tests.pages import named, text, tree

pytestmark = pytest.mark.django_db


def entries(response: HttpResponse) -> dict[str, bool]:
    """What the main navigation leads to, and which of it is marked as the place where one is."""
    (nav,) = [nav for nav in named(tree(response), "nav") if dict(nav.attributes).get("aria-label") == "Main"]
    return {text(link): "aria-current" in dict(link.attributes) for link in named(nav, "a")}


def test_administrators_find_everything(administrator: User, client_of: ClientOf) -> None:
    response = client_of(administrator).get(reverse("licences:status"))

    assert list(entries(response)) == ["Licences", "Users", "Metered services", "History", "Requests", "API tokens"]


def test_on_suite_nothing_is_metered(client_of: ClientOf) -> None:
    tenant = TenantFactory(suite=True)
    seat = SeatFactory(tenant=tenant, licence__type=tenant.suite_plan.seat_licence, user__administrator=True)

    response = client_of(seat.user).get(reverse("licences:status"))

    assert list(entries(response)) == ["Licences", "Users", "History", "Requests", "API tokens"]


def test_members_find_the_licences_alone(member: User, client_of: ClientOf) -> None:
    assert list(entries(client_of(member).get(reverse("licences:status")))) == ["Licences"]


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("licences:superoffice", "Licences"),
        ("licences:status", "Licences"),
        ("notifications:events", "Licences"),
        ("licences:account", "Licences"),
        ("licences:users", "Users"),
        ("licences:users_licences", "Users"),
        ("licences:users_change", "Users"),
        ("licences:users_report", "Users"),
        ("licences:seat_use", "Users"),
        ("licences:features", "Users"),
        ("metering:dashboard", "Metered services"),
        ("licences:history", "History"),
        ("licences:requests", "Requests"),
        ("licences:upgrade", "Requests"),
        ("licences:support", "Requests"),
        ("licences:contacts", "Requests"),
        ("licences:tokens", "API tokens"),
    ],
)
def test_the_entry_that_a_page_belongs_to_is_marked(
    name: str, entry: str, administrator: User, client_of: ClientOf
) -> None:
    marked = entries(client_of(administrator).get(reverse(name)))

    assert [name for name, is_current in marked.items() if is_current] == [entry]


def test_what_is_not_there_belongs_to_nothing(administrator: User, client_of: ClientOf) -> None:
    assert not any(entries(client_of(administrator).get("/never/was/")).values())

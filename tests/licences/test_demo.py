"""The demo tenants: the same three every time, in the shape that the documentation of the product shows."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from config.tenancy.scopes import support_scope
from licences.models import Licence, LicenceSet, Restriction, Seat, Tenant, User
from licences.reports.restriction_list import restrictions
from notifications.models import SystemEvent
from tests.factories import scope_of
from tests.pages import links

pytestmark = pytest.mark.usefixtures("demo")

LOGINS = ["admin1", "admin2", "admin3", "member1", "member2", "member3", "support"]


def load_demo() -> str:
    output = StringIO()
    call_command("load_demo", stdout=output)
    return output.getvalue()


def tenant(number: int) -> Tenant:
    with support_scope("a test looks at the demo"):
        return Tenant.objects.select_related("suite_plan").get(serial_number=f"{1_000_000_000 + number}")


def seats(number: int) -> dict[str, tuple[int, int]]:
    """In use and total of each plan of a demo tenant."""
    with scope_of(tenant(number)):
        plans = Licence.objects.filter(type__role="plan", type__owner__is_vendor=True)
        return {code: (in_use, total) for code, in_use, total in plans.values_list("type__code", "in_use", "total")}


def test_the_first_tenant_is_module_based_with_63_seats() -> None:
    first = tenant(1)

    assert not first.is_suite
    assert seats(1) == {
        "ten-sales": (21, 21),
        "ten-service": (5, 15),
        "ten-salesservicemarketing": (20, 20),
        "ten-marketing": (3, 7),
    }
    with scope_of(first):
        vendors, third_party = LicenceSet.objects.active().order_by("owner")
        holders = Seat.objects.active().filter(licence__type__role="plan").values_list("user", flat=True)
        assert 0 < vendors.days_left(first.today) <= 400
        assert not third_party.owner.is_vendor
        assert len(set(holders)) < len(holders), "some hold more than one plan"


def test_the_second_is_on_core_and_close_to_its_projects() -> None:
    second = tenant(2)

    assert second.suite_plan.code == "core"
    assert seats(2) == {"core": (17, 20)}
    with scope_of(second):
        states = {row.code: (row.used, row.limit, row.state) for row in restrictions(second)}
    assert states["active-projects"] == (97, 100, "yellow")


def test_the_third_is_on_plus_and_at_its_flows() -> None:
    third = tenant(3)

    assert third.suite_plan.code == "plus"
    with scope_of(third):
        states = {row.code: (row.used, row.limit, row.state) for row in restrictions(third)}
    assert states["active-flows"] == (10, 10, "red")
    assert states["active-projects"][1:] == (None, "black")


def test_loading_it_again_changes_nothing(settings: Settings) -> None:
    settings.DEBUG = True
    before = everything()

    said = load_demo()

    assert said == "The demo is there already.\n"
    assert everything() == before


def everything() -> list[list[dict[str, object]]]:
    with support_scope("a test looks at the demo"):
        models = (Tenant, User, LicenceSet, Licence, Seat, Restriction, SystemEvent)
        return [list(model._default_manager.order_by("pk").values()) for model in models]


def test_every_address_and_name_is_invented() -> None:
    with support_scope("a test looks at the demo"):
        addresses = set(User.objects.values_list("email", flat=True))

    assert addresses
    assert all(address.endswith(".example") for address in addresses)


def test_each_demo_login_comes_in_with_the_password_demo() -> None:
    came_in = {}

    for login in LOGINS:
        response = Client().post(reverse("account_login"), {"login": login, "password": "demo"})
        came_in[login] = response.headers.get("Location")

    licences, admin = reverse("licences:superoffice"), reverse("admin:index")
    assert came_in == {login: admin if login == "support" else licences for login in LOGINS}


def test_each_tenant_has_work_for_the_worker() -> None:
    with support_scope("a test looks at the demo"):
        events = list(SystemEvent.objects.active().values_list("tenant__serial_number", "key", "status"))

    assert sorted(events) == [(f"100000000{n}", "ROURebuild", "queued") for n in (1, 2, 3)]


def test_without_debug_it_is_refused(settings: Settings) -> None:
    settings.DEBUG = False

    with pytest.raises(CommandError, match="DEBUG"):
        call_command("load_demo")


@pytest.mark.parametrize("login", ["admin1", "member1", "admin2", "admin3"])
def test_whoever_logs_in_meets_pages_that_work(login: str) -> None:
    client = Client()
    client.post(reverse("account_login"), {"login": login, "password": "demo"})

    first = client.get(reverse("licences:superoffice"))
    tabs = {address for address in links(first).values() if address.startswith("/licences/")}

    assert first.status_code == 200
    assert {client.get(address).status_code for address in tabs} == {200}

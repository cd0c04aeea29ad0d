"""The page of the set that waits: what it would change and nothing else, what is short, and Activate."""

from datetime import date

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from licences.models import Licence, LicenceSet, Seat, User
from licences.services.licence_sets import LicenceDates
from tests.conftest import ClientOf
from tests.factories import (
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceTypeFactory,
    PlanLimitFactory,
    SeatFactory,
    SuitePlanFactory,
    TenantFactory,
    UserFactory,
    scope_of,
)
from tests.licences.waiting import again, last_entry, receive, states
from tests.pages import element, facts, links, named, table, text

pytestmark = pytest.mark.django_db

PAGE = reverse("licences:activation")
ACTIVATE = reverse("licences:activate", args=["superoffice"])


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


@pytest.fixture
def plan(administrator: User) -> Licence:
    """Ten seats, of which the administrator and two others hold one each."""
    with scope_of(administrator):
        licence = Licence.objects.select_related("type__owner", "tenant").get(tenant=administrator.tenant)
    SeatFactory.create_batch(2, licence=licence)
    return licence


def said(response: HttpResponse) -> str:
    return text(element(response, "main"))


def buttons(response: HttpResponse) -> dict[str, dict[str, str]]:
    found = named(element(response, "main"), "button")
    return {text(button): {name: value or "" for name, value in button.attributes} for button in found}


def test_only_the_altered_licences_are_listed(client: Client, plan: Licence) -> None:
    same = LicenceFactory(tenant=plan.tenant, type__name="Same", total=4)

    receive(plan.tenant, {plan.type: 2, same.type: 4})

    assert table(client.get(PAGE), "main") == [[f"{plan.name} 1 too many in use", "3", "10", "-8", "2", "-1"]]


def test_a_short_row_says_how_many_and_leads_to_them(client: Client, plan: Licence) -> None:
    receive(plan.tenant, {plan.type: 1})

    response = client.get(PAGE)

    assert table(response, "main")[0][0] == f"{plan.name} 2 too many in use"
    address = reverse("licences:superfluous", args=["superoffice", plan.type.code])
    assert links(response)[plan.name] == address


def test_activate_is_disabled_while_a_row_is_short_and_says_why(client: Client, plan: Licence) -> None:
    receive(plan.tenant, {plan.type: 1})

    response = client.get(PAGE)

    button = buttons(response)["Activate"]
    assert (button["aria-disabled"], button["type"]) == ("true", "button")
    assert "2 seats are in use that the new licence does not have" in text(
        element(response, button["aria-describedby"])
    )


def test_a_licence_that_goes_or_comes_says_so(client: Client, plan: Licence) -> None:
    LicenceFactory(tenant=plan.tenant, name="Old map", total=4)
    LicenceFactory(tenant=plan.tenant, type__system=True, name="Web services", total=1)
    comes, system = LicenceTypeFactory(name="New map"), LicenceTypeFactory(name="Sandbox", system=True)

    receive(plan.tenant, {plan.type: 2, comes: 7, system: 1})

    rows = {row[0]: row[1:] for row in table(client.get(PAGE), "main")}
    assert rows["Old map Removed"] == ["0", "4", "-4", "0", "0"]
    assert rows["New map New"] == ["0", "", "+7", "7", "7"]
    assert rows["Sandbox"] == ["", "", "New", "", ""]
    assert rows["Web services"] == ["", "", "Removed", "", ""]


def test_hidden_licences_are_not_listed(client: Client, plan: Licence) -> None:
    receive(plan.tenant, {plan.type: 2, LicenceTypeFactory(name="Inner working", hidden=True): 3})

    assert "Inner working" not in said(client.get(PAGE))


def test_new_dates_stand_beside_the_old_ones(client: Client, plan: Licence) -> None:
    with scope_of(plan):
        LicenceSet.objects.filter(tenant=plan.tenant).update(
            warn_from_on=date(2099, 1, 1), expires_on=date(2099, 2, 1), grace_until_on=date(2099, 3, 1)
        )
    dates = LicenceDates(date(2099, 1, 1), date(2100, 2, 1), date(2100, 3, 1))

    receive(plan.tenant, {plan.type: 2}, dates=dates)

    told = facts(client.get(PAGE), "main")
    assert "1 Feb 2099" in told["Expires on"]
    assert "1 Feb 2100" in told["Expires on"]
    assert "Warning from" not in told


def test_each_owners_set_has_a_card_of_its_own(client: Client, plan: Licence) -> None:
    theirs = LicenceFactory(tenant=plan.tenant, type__owner=LicenceOwnerFactory(name="Tindekart"), type__name="Map")
    SeatFactory.create_batch(2, licence=theirs)
    receive(plan.tenant, {plan.type: 2})
    receive(plan.tenant, {theirs.type: 1})

    response = client.get(PAGE)

    assert text(element(response, f"waiting-{theirs.type.owner.code}")) == "Tindekart"
    assert {row[0].split(" 1 ")[0] for row in table(response, "main")} == {plan.name, "Map"}


def free(licence: Licence, *, leave: int) -> None:
    with scope_of(licence):
        seats = Seat.objects.active().filter(licence=licence).order_by("-pk").values_list("pk", flat=True)
        gone = list(seats)[: len(seats) - leave]
        Seat.objects.filter(pk__in=gone).update(released_at="2026-05-04T09:00Z")
        Licence.objects.filter(pk=licence.pk).update(in_use=leave)


def test_when_all_is_covered_one_activates(client: Client, plan: Licence, administrator: User) -> None:
    waiting = receive(plan.tenant, {plan.type: 2})
    free(plan, leave=2)
    assert "aria-disabled" not in buttons(client.get(PAGE))["Activate"]

    response = client.post(ACTIVATE, {"set": waiting.pk}, follow=True)

    assert "New licence activated" in text(element(response, "messages"))
    assert states(plan.tenant) == ["superseded", "active"]
    assert (again(plan).total, again(plan).in_use) == (2, 2)
    entry = last_entry(plan.tenant)
    assert (entry.action, entry.by) == ("set_activated", administrator)


def test_activating_while_a_row_is_short_is_refused_with_its_name(client: Client, plan: Licence) -> None:
    waiting = receive(plan.tenant, {plan.type: 2})

    response = client.post(ACTIVATE, {"set": waiting.pk}, follow=True)

    assert f"more is in use than there will be of {plan.name}" in text(element(response, "messages"))
    assert states(plan.tenant) == ["active", "pending"]


@pytest.mark.parametrize("posted", ["", "nonsense", "0", "9" * 30])
def test_a_set_that_one_has_not_seen_is_not_activated(client: Client, plan: Licence, posted: str) -> None:
    receive(plan.tenant, {plan.type: 2})
    free(plan, leave=2)

    response = client.post(ACTIVATE, {"set": posted}, follow=True)

    assert "does not wait any more" in text(element(response, "messages"))
    assert states(plan.tenant) == ["active", "pending"]


def test_a_set_that_was_replaced_meanwhile_is_not_activated(client: Client, plan: Licence) -> None:
    seen = receive(plan.tenant, {plan.type: 2})
    receive(plan.tenant, {plan.type: 1})
    free(plan, leave=1)

    response = client.post(ACTIVATE, {"set": seen.pk}, follow=True)

    assert "a newer one has come" in text(element(response, "messages"))
    assert states(plan.tenant) == ["active", "discarded", "pending"]


def test_a_set_is_not_activated_twice(client: Client, plan: Licence) -> None:
    activated = receive(plan.tenant, {plan.type: 5})

    response = client.post(ACTIVATE, {"set": activated.pk}, follow=True)

    assert "it was activated meanwhile" in text(element(response, "messages"))


def test_when_nothing_waits_the_page_tells_what_was_activated_last(client: Client, plan: Licence) -> None:
    receive(plan.tenant, {plan.type: 5})

    response = client.get(PAGE)

    assert "No licence waits to be activated" in said(response)
    assert "Activated automatically on" in said(response)
    assert table(response, "main") == [[plan.name, "3", "10", "-5", "5", "2"]]
    assert links(response)["History"] == reverse("licences:history")


def test_the_first_set_has_nothing_to_be_compared_with(client: Client) -> None:
    assert "nothing to compare it with" in said(client.get(PAGE))


def test_a_set_after_a_removal_is_not_compared_with_what_was_removed(client: Client, plan: Licence) -> None:
    receive(plan.tenant, {plan.type: 5})
    with scope_of(plan):
        LicenceSet.objects.filter(tenant=plan.tenant, state="superseded").update(state="removed")

    assert "nothing to compare it with" in said(client.get(PAGE))


def test_on_suite_the_plans_stand_side_by_side_and_the_seats_make_one_row(client_of: ClientOf) -> None:
    growth = SuitePlanFactory(name="Growth")
    tenant = TenantFactory(suite=True)
    seats = LicenceFactory(tenant=tenant, type=tenant.suite_plan.seat_licence, total=20)
    administrator = SeatFactory(licence=seats, user=UserFactory(tenant=tenant, administrator=True)).user
    SeatFactory.create_batch(2, licence=seats)
    PlanLimitFactory(suite_plan=growth)
    waiting = receive(tenant, {growth.seat_licence: 2}, suite_plan=growth)
    client = client_of(administrator)

    response = client.get(PAGE)

    assert facts(response, "main")["Plan"] == f"{tenant.suite_plan.name} Growth"
    ((name, *numbers),) = table(response, "main")
    assert numbers == ["3", "20", "-18", "2", "-1"]
    assert growth.seat_licence.name in name
    assert tenant.suite_plan.seat_licence.name in name

    free(seats, leave=2)
    client.post(ACTIVATE, {"set": waiting.pk})

    assert (again(seats).type, again(seats).in_use) == (growth.seat_licence, 2)
    assert facts(client.get(reverse("licences:status")))["Plan"] == "Growth"


def test_members_see_neither_the_page_nor_activate(plan: Licence, member: User, client_of: ClientOf) -> None:
    waiting = receive(plan.tenant, {plan.type: 5, LicenceTypeFactory(): 1})
    client = client_of(member)

    assert client.get(PAGE).status_code == 403
    assert client.post(ACTIVATE, {"set": waiting.pk}).status_code == 403


def test_what_another_tenant_has_waiting_is_not_there(plan: Licence, outsider: User, client_of: ClientOf) -> None:
    theirs = LicenceFactory(tenant=plan.tenant, type__owner=LicenceOwnerFactory())
    SeatFactory.create_batch(2, licence=theirs)
    waiting = receive(plan.tenant, {theirs.type: 1})
    client, owner = client_of(outsider), theirs.type.owner.code

    assert client.post(reverse("licences:activate", args=[owner]), {"set": waiting.pk}).status_code == 404
    assert client.post(ACTIVATE, {"set": waiting.pk}, follow=True).status_code == 200
    assert theirs.name not in said(client.get(PAGE))
    with scope_of(plan):
        assert LicenceSet.objects.pending().get() == waiting


def test_a_visit_looks_and_has_no_button(plan: Licence, support_client: Client) -> None:
    receive(plan.tenant, {plan.type: 2})
    free(plan, leave=2)
    visit = reverse("admin:licences_tenant_visit", args=[plan.tenant.pk])
    support_client.post(visit, {"reason": "The customer asked."})

    response = support_client.get(PAGE)

    assert plan.name in said(response)
    assert "Activate" not in buttons(response)


def test_200_changed_rows_cost_as_many_queries_as_2(client: Client, plan: Licence) -> None:
    owner = LicenceOwnerFactory(vendor=True)
    kinds = [LicenceTypeFactory(owner=owner) for _ in range(200)]
    counts = []
    for few in (kinds[:2], kinds):
        receive(plan.tenant, {plan.type: 2} | dict.fromkeys(few, 3))
        client.get(PAGE)
        with CaptureQueriesContext(connection) as queries:
            assert len(table(client.get(PAGE), "main")) == len(few) + 1
        counts.append(len([each for each in queries if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))]))

    assert counts[0] == counts[1] <= 13  # the last is the way back to the scope of the test

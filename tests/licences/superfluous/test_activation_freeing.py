"""*Remove superfluous licences*: who gives one back or gets another, who cannot, and what came between."""

import pytest
from django.test import Client
from django.urls import reverse

from licences.models import HistoryEntry, Licence, User
from tests.conftest import ClientOf
from tests.factories import (
    HoldFactory,
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceTypeFactory,
    SeatFactory,
    SuitePlanFactory,
    TenantFactory,
    UserFactory,
    scope_of,
)
from tests.licences.superfluous.dialog import ACTIVATION, NAMES, address, do, holders, said, targets, ticked, wait
from tests.licences.waiting import receive
from tests.pages import element, named, text

pytestmark = pytest.mark.django_db


def test_removing_some_counts_down_and_stays_here(
    client: Client, service: Licence, sales: Licence, people: dict[str, User]
) -> None:
    waiting = wait(service, sales, 1)

    response = do(client, service, "remove", [people["Astrid"]], waiting, why="Left the team")

    assert said(response) == "Astrid Bjerkli no longer holds Service."
    assert said(response, "to-remove") == "2"
    assert holders(service) == set(NAMES[1:])
    with scope_of(service):
        assert HistoryEntry.objects.latest("number").why == "Left the team"


def test_removing_enough_leads_back_to_activate(
    client: Client, service: Licence, sales: Licence, people: dict[str, User]
) -> None:
    waiting = wait(service, sales, 2)

    response = do(client, service, "remove", [people["Astrid"], people["Birk"]], waiting)

    assert response.redirect_chain[-1][0] == ACTIVATION
    assert "2 users no longer hold Service." in said(response)
    (button,) = [each for each in named(element(response, "main"), "button") if text(each) == "Activate"]
    assert "aria-disabled" not in dict(button.attributes)


def test_reassigning_gives_another_plan_instead(
    client: Client, service: Licence, sales: Licence, people: dict[str, User]
) -> None:
    waiting = wait(service, sales, 2)

    response = do(client, service, "reassign", [people["Astrid"], people["Birk"]], waiting, to=sales.type.code)

    assert "2 users went from Service to Sales Premium." in said(response)
    assert holders(service) == set(NAMES[2:])
    assert set(NAMES[:2]) < holders(sales)


@pytest.mark.parametrize(
    ("what", "names", "to", "told"),
    [
        ("remove", [], "", "Tick those who are to give the licence back."),
        ("reassign", ["Astrid"], "", "Choose the licence that they are to have instead."),
        ("reassign", ["Astrid", "Birk"], "sales", "has 1 free seat, you ticked 2 users."),
        ("reassign", ["Astrid"], "no-such-licence", "Select a valid choice."),
    ],
)
def test_what_cannot_be_is_told_on_the_same_page(
    client: Client,
    service: Licence,
    sales: Licence,
    people: dict[str, User],
    what: str,
    names: list[str],
    to: str,
    told: str,
) -> None:
    waiting = wait(service, sales, 1, sales_total=2)
    code = sales.type.code if to == "sales" else to

    response = do(client, service, what, [people[name] for name in names], waiting, to=code, why="Because")

    assert response.status_code == 422
    assert told in said(response, "main")
    assert ticked(response) == [str(people[name].pk) for name in names]
    assert dict(element(response, "why").attributes)["value"] == "Because"
    assert holders(service) == set(NAMES)


def test_more_than_500_at_once_are_refused(client: Client, service: Licence, sales: Licence) -> None:
    waiting = wait(service, sales, 1)
    posted = {"do": "remove", "user": [str(n) for n in range(1, 502)], "set": str(waiting.pk)}

    response = client.post(address(service), posted)

    assert response.status_code == 422
    assert "At most 500 users can be changed at once." in said(response, "main")


@pytest.mark.parametrize("what", ["", "sell"])
def test_what_is_no_action_changes_nobody(
    client: Client, service: Licence, sales: Licence, people: dict[str, User], what: str
) -> None:
    waiting = wait(service, sales, 1)

    assert do(client, service, what, [people["Astrid"]], waiting).status_code == 422
    assert holders(service) == set(NAMES)


def test_who_has_open_work_keeps_the_plan_and_the_report_says_so(
    client: Client, service: Licence, sales: Licence, people: dict[str, User]
) -> None:
    HoldFactory(user=people["Astrid"], reason="12 open requests")
    waiting = wait(service, sales, 2)

    response = do(client, service, "remove", [people["Astrid"], people["Birk"]], waiting)

    assert "Birk Eikemo no longer holds Service." in said(response)
    assert "Has open work (12 open requests): Astrid Bjerkli." in said(response)
    assert said(response, "to-remove") == "1"


def test_the_last_administrator_keeps_the_plan_and_the_report_says_so(
    client: Client, administrator: User, sales: Licence
) -> None:
    SeatFactory(licence=sales)
    waiting = receive(sales.tenant, {sales.type: 1})

    response = do(client, sales, "remove", [administrator], waiting)

    assert "Nothing was changed." in said(response)
    assert f"Is the last administrator who can log in: {administrator.full_name}." in said(response)


def test_who_gave_it_back_meanwhile_is_told(
    client: Client, service: Licence, sales: Licence, people: dict[str, User]
) -> None:
    waiting = wait(service, sales, 1)
    do(client, service, "remove", [people["Astrid"]], waiting)

    assert "Does not hold it: Astrid Bjerkli." in said(do(client, service, "remove", [people["Astrid"]], waiting))


def test_of_many_refused_the_first_are_named(client: Client, service: Licence, sales: Licence) -> None:
    busy = [SeatFactory(licence=service).user for _ in range(6)]
    with scope_of(service):
        Licence.objects.filter(pk=service.pk).update(total=50)
    busy += [SeatFactory(licence=service).user for _ in range(16)]
    for user in busy:
        HoldFactory(user=user)
    waiting = wait(service, sales, 1)

    assert "And 2 more." in said(do(client, service, "remove", busy, waiting))


def test_somebody_of_another_tenant_is_nobody(client: Client, service: Licence, sales: Licence, outsider: User) -> None:
    waiting = wait(service, sales, 1)

    response = do(client, service, "remove", [outsider], waiting)

    assert said(response) == "Nothing was changed."
    assert holders(service) == set(NAMES)


def test_a_set_that_was_replaced_meanwhile_changes_nobody(
    client: Client, service: Licence, sales: Licence, people: dict[str, User]
) -> None:
    seen = wait(service, sales, 1)
    wait(service, sales, 2)

    response = do(client, service, "remove", [people["Astrid"]], seen)

    assert "A newer licence set has come meanwhile. Nobody was changed" in said(response)
    assert said(response, "to-remove") == "2"
    assert holders(service) == set(NAMES)


def test_a_set_that_was_activated_meanwhile_leads_back(
    client: Client, service: Licence, sales: Licence, people: dict[str, User]
) -> None:
    seen = wait(service, sales, 1)
    wait(service, sales, 9)

    response = do(client, service, "remove", [people["Astrid"]], seen)

    assert response.redirect_chain[-1][0] == ACTIVATION
    assert "Nothing of Service is superfluous now." in said(response)
    assert holders(service) == set(NAMES)


def test_on_suite_removing_switches_the_login_off(client_of: ClientOf) -> None:
    growth, tenant = SuitePlanFactory(), TenantFactory(suite=True)
    seats = LicenceFactory(tenant=tenant, type=tenant.suite_plan.seat_licence, total=20)
    administrator = SeatFactory(licence=seats, user=UserFactory(tenant=tenant, administrator=True)).user
    gone = SeatFactory(licence=seats).user
    waiting = receive(tenant, {growth.seat_licence: 1}, suite_plan=growth)
    client = client_of(administrator)
    assert targets(client.get(address(seats))) == []

    response = do(client, seats, "remove", [gone], waiting)

    assert response.redirect_chain[-1][0] == ACTIVATION
    with scope_of(tenant):
        gone.refresh_from_db()
    assert not gone.can_log_in


def test_a_third_partys_licence_is_freed_the_same_way(client: Client, sales: Licence) -> None:
    owner = LicenceOwnerFactory()
    theirs = LicenceFactory(tenant=sales.tenant, type=LicenceTypeFactory(owner=owner, code="map"))
    people = [SeatFactory(licence=theirs).user for _ in range(2)]
    waiting = receive(sales.tenant, {theirs.type: 1})
    place = reverse("licences:superfluous", args=[owner.code, "map"])

    client.post(place, {"do": "remove", "user": [people[0].pk], "set": waiting.pk})

    assert holders(theirs) == {people[1].full_name}


def test_members_do_not_come_here(service: Licence, sales: Licence, member: User, client_of: ClientOf) -> None:
    waiting = wait(service, sales, 1)
    client = client_of(member)

    assert client.get(address(service)).status_code == 403
    assert client.post(address(service), {"do": "remove", "set": waiting.pk}).status_code == 403


def test_other_tenants_find_nothing_here(
    service: Licence, sales: Licence, people: dict[str, User], outsider: User, client_of: ClientOf
) -> None:
    waiting = wait(service, sales, 1)

    response = do(client_of(outsider), service, "remove", [people["Astrid"]], waiting)

    assert response.status_code == 404
    assert holders(service) == set(NAMES)

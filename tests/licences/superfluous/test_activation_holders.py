"""*Remove superfluous licences*: how many are too many, who holds them, and where they could go instead."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from licences.models import Licence, Seat, User
from tests.factories import (
    HoldFactory,
    LicenceFactory,
    LicenceTypeFactory,
    SeatFactory,
    UserFactory,
    scope_of,
)
from tests.licences.superfluous.dialog import (
    ACTIVATION,
    address,
    count_queries,
    said,
    targets,
    ticked,
    wait,
)
from tests.licences.waiting import receive
from tests.pages import element, fetch_part, links, named, table, text

pytestmark = pytest.mark.django_db


def test_the_page_says_in_use_available_and_to_remove(client: Client, service: Licence, sales: Licence) -> None:
    wait(service, sales, 1)

    response = client.get(address(service))

    assert [said(response, name) for name in ("in-use", "available", "to-remove")] == ["4", "1", "3"]


def test_of_a_licence_that_goes_everybody_is_to_remove(client: Client, service: Licence, sales: Licence) -> None:
    receive(service.tenant, {sales.type: 6})

    response = client.get(address(service))

    assert [said(response, name) for name in ("in-use", "available", "to-remove")] == ["4", "0", "4"]


def test_the_holders_stand_with_last_use_and_open_work(
    client: Client, service: Licence, sales: Licence, people: dict[str, User]
) -> None:
    with scope_of(service):
        User.objects.filter(pk=people["Birk"].pk).update(last_used_at=datetime(2026, 3, 1, 9, tzinfo=UTC))
    HoldFactory(user=people["Astrid"], reason="12 open requests")
    wait(service, sales, 1)

    rows = table(client.get(address(service)), "seats")

    assert [row[1] for row in rows] == ["Never", "Never", "Never", "1 Mar 2026"]
    assert "Open work: 12 open requests" in rows[0][0]
    assert [row[0].split()[0] for row in rows] == ["Astrid", "Dagny", "Eira", "Birk"]


def test_holders_can_be_searched_and_sorted(client: Client, service: Licence, sales: Licence) -> None:
    wait(service, sales, 1)

    found = table(fetch_part(client, address(service, q="haug"), "seats"), "seats")
    descending = table(client.get(address(service, sort="-name")), "seats")

    assert [row[0].split()[0] for row in found] == ["Eira"]
    assert [row[0].split()[0] for row in descending] == ["Eira", "Dagny", "Birk", "Astrid"]


def test_nobody_of_a_name_says_so(client: Client, service: Licence, sales: Licence) -> None:
    wait(service, sales, 1)

    assert "Nobody of that name holds it" in said(client.get(address(service, q="xyz")), "seats")


def test_the_longest_unused_are_ticked_but_nobody_with_open_work(
    client: Client, service: Licence, sales: Licence, people: dict[str, User]
) -> None:
    now = datetime.now(UTC)
    with scope_of(service):
        for days, name in ((90, "Astrid"), (10, "Birk"), (60, "Dagny"), (30, "Eira")):
            User.objects.filter(pk=people[name].pk).update(last_used_at=now - timedelta(days=days))
    HoldFactory(user=people["Astrid"])
    wait(service, sales, 2)

    response = client.get(address(service, choose="unused"))

    assert ticked(response) == [str(people[name].pk) for name in ("Dagny", "Eira")]
    assert links(response)["Show all holders"] == address(service)


def test_who_never_used_it_counts_from_the_day_of_the_seat(
    client: Client, service: Licence, sales: Licence, people: dict[str, User]
) -> None:
    with scope_of(service):
        seats = Seat.objects.filter(licence=service)
        seats.update(assigned_at=datetime(2026, 6, 1, tzinfo=UTC))
        seats.filter(user=people["Dagny"]).update(assigned_at=datetime(2026, 1, 1, tzinfo=UTC))
    wait(service, sales, 3)

    assert ticked(client.get(address(service, choose="unused"))) == [str(people["Dagny"].pk)]


def test_the_last_administrator_is_never_chosen(client: Client, administrator: User, sales: Licence) -> None:
    others = [SeatFactory(licence=sales, user__full_name=f"Zara {n}").user for n in range(2)]
    receive(sales.tenant, {sales.type: 1})

    chosen = ticked(client.get(address(sales, choose="unused")))

    assert chosen == [str(other.pk) for other in others]


def test_where_nobody_can_give_it_back_nobody_is_chosen(
    client: Client, service: Licence, sales: Licence, people: dict[str, User]
) -> None:
    for user in people.values():
        HoldFactory(user=user)
    wait(service, sales, 1)

    assert "Nobody can give it back now" in said(client.get(address(service, choose="unused")), "seats")


def test_without_a_choice_nobody_is_ticked(client: Client, service: Licence, sales: Licence) -> None:
    wait(service, sales, 1)

    assert ticked(client.get(address(service))) == []


def test_only_plans_with_seats_free_now_and_afterwards_are_offered(
    client: Client, service: Licence, sales: Licence
) -> None:
    full = LicenceFactory(tenant=sales.tenant, type=LicenceTypeFactory(plan=True, name="Full"), total=1)
    SeatFactory(licence=full)
    later = LicenceFactory(tenant=sales.tenant, type=LicenceTypeFactory(plan=True, name="Later"), total=1)
    SeatFactory(licence=later)
    LicenceFactory(tenant=sales.tenant, type__name="A loose licence")
    comes = LicenceTypeFactory(plan=True, name="Comes")
    receive(
        sales.tenant, {service.type: 1, sales.type: 3, full.type: 1, later.type: 9, comes: 9, LicenceTypeFactory(): 1}
    )

    assert targets(client.get(address(service))) == [f"{sales.name} (2 free)"]


def test_a_loose_licence_is_exchanged_for_loose_ones(client: Client, sales: Licence) -> None:
    map_licence, other = (
        LicenceFactory(tenant=sales.tenant, type=LicenceTypeFactory(name=name)) for name in ("Map", "Other")
    )
    SeatFactory.create_batch(2, licence=map_licence)
    receive(sales.tenant, {sales.type: 6, map_licence.type: 1, other.type: 4})

    assert targets(client.get(address(map_licence))) == ["Other (4 free)"]


def test_where_no_other_has_free_seats_only_removing_is_left(client: Client, service: Licence, sales: Licence) -> None:
    wait(service, sales, 1, sales_total=1)

    response = client.get(address(service))

    assert "No other licence has free seats" in said(response, "main")
    assert "Reassign" not in {text(button) for button in named(element(response, "main"), "button")}


def test_a_licence_that_is_not_short_leads_back(client: Client, service: Licence, sales: Licence) -> None:
    wait(service, sales, 1)

    response = client.get(address(sales), follow=True)

    assert response.redirect_chain == [(ACTIVATION, 302)]
    assert f"Nothing of {sales.name} is superfluous now." in said(response)


@pytest.mark.parametrize("code", ["missing", "inner", "web"])
def test_what_nobody_can_hold_is_not_there(client: Client, sales: Licence, code: str) -> None:
    LicenceFactory(tenant=sales.tenant, type=LicenceTypeFactory(code="inner", hidden=True))
    LicenceFactory(tenant=sales.tenant, type=LicenceTypeFactory(code="web", system=True))

    assert client.get(reverse("licences:superfluous", args=["superoffice", code])).status_code == 404


def test_200_holders_cost_as_many_queries_as_2(client: Client, service: Licence, sales: Licence) -> None:
    wait(service, sales, 1)
    counts = [count_queries(client, address(service))]
    with scope_of(service):
        Licence.objects.filter(pk=service.pk).update(total=500)
    service.total = 500
    for user in UserFactory.create_batch(200, tenant=service.tenant):
        SeatFactory(licence=service, user=user)

    counts.append(count_queries(client, address(service)))

    assert counts[0] == counts[1] <= 14

"""*Remove superfluous licences*: who holds what is short, who gives it back or gets another, and who cannot."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from licences.models import HistoryEntry, Licence, LicenceSet, Seat, User
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
from tests.licences.waiting import again, receive
from tests.pages import element, fetch_part, links, named, table, text

pytestmark = pytest.mark.django_db

ACTIVATION = reverse("licences:activation")
NAMES = ("Astrid Bjerkli", "Birk Eikemo", "Dagny Solvoll", "Eira Haugnes")


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


@pytest.fixture
def sales(administrator: User) -> Licence:
    """Another plan, with five free seats, on which the administrator's own seat is."""
    with scope_of(administrator):
        licence = Licence.objects.select_related("type__owner", "tenant").get(tenant=administrator.tenant)
        Licence.objects.filter(pk=licence.pk).update(name="Sales Premium", total=6)
    return again(licence)


@pytest.fixture
def people(sales: Licence) -> dict[str, User]:
    """Four who hold a seat of Service, by first name."""
    service = LicenceFactory(tenant=sales.tenant, type=LicenceTypeFactory(plan=True, code="service", name="Service"))
    seats = [SeatFactory(licence=service, user__full_name=name) for name in NAMES]
    return {seat.user.full_name.split()[0]: seat.user for seat in seats}


@pytest.fixture
def service(people: dict[str, User]) -> Licence:
    tenant = people["Astrid"].tenant
    with scope_of(tenant):
        return Licence.objects.select_related("type__owner", "tenant").get(tenant=tenant, type__code="service")


def wait(service: Licence, sales: Licence, total: int, *, sales_total: int = 6) -> LicenceSet:
    return receive(service.tenant, {service.type: total, sales.type: sales_total})


def address(licence: Licence, **query: str) -> str:
    return reverse("licences:superfluous", args=["superoffice", licence.type.code], query=query)


def do(
    client: Client, licence: Licence, what: str, users: list[User], waiting: LicenceSet, **more: str
) -> HttpResponse:
    posted = {"do": what, "user": [str(user.pk) for user in users], "set": str(waiting.pk), **more}
    return client.post(address(licence), posted, follow=True)


def said(response: HttpResponse, identity: str = "messages") -> str:
    return text(element(response, identity))


def holders(licence: Licence) -> set[str]:
    with scope_of(licence):
        seats = Seat.objects.active().filter(licence=licence).select_related("user")
        return {seat.user.full_name for seat in seats}


def ticked(response: HttpResponse) -> list[str]:
    boxes = [dict(box.attributes) for box in named(element(response, "seats"), "input")]
    return [box["value"] for box in boxes if "checked" in box]


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


def targets(response: HttpResponse) -> list[str]:
    return [text(option) for option in named(element(response, "main"), "option")]


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


def test_a_licence_that_is_not_short_leads_back(client: Client, service: Licence, sales: Licence) -> None:
    wait(service, sales, 1)

    response = client.get(address(sales), follow=True)

    assert response.redirect_chain == [(ACTIVATION, 302)]
    assert f"Nothing of {sales.name} is superfluous now." in said(response)


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


def count_queries(client: Client, place: str) -> int:
    client.get(place)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(place).status_code == 200
    return len([each for each in queries if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))])

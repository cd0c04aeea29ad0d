"""The ways in and out for administrators: fetching, loading a file, removing what a third party licensed."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from licences.models import Licence, LicenceSet, Seat, User
from tests.conftest import ClientOf
from tests.factories import HoldFactory, LicenceFactory, LicenceOwnerFactory, LicenceTypeFactory, SeatFactory, scope_of
from tests.licences.waiting import last_entry, receive
from tests.pages import element, links, named, table, text

pytestmark = pytest.mark.django_db

TAB, FETCH, LOAD = (reverse(f"licences:{name}") for name in ("superoffice", "fetch", "load"))
FETCH_TEXT = "Click here to fetch your new licence information from the web"


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


@pytest.fixture
def map_licence(administrator: User) -> Licence:
    """A third party's, of which two people of the administrator's company hold one."""
    kind = LicenceTypeFactory(owner=LicenceOwnerFactory(name="Tindekart"), name="Map")
    licence = LicenceFactory(tenant=administrator.tenant, type=kind, total=8)
    SeatFactory.create_batch(2, licence=licence)
    return licence


def tab_of(licence: Licence) -> str:
    return reverse("licences:owner", args=[licence.type.owner.code])


def removal_of(licence: Licence) -> str:
    return reverse("licences:remove", args=[licence.type.owner.code])


def said(response: HttpResponse, identity: str = "messages") -> str:
    return text(element(response, identity))


def actions(response: HttpResponse) -> set[str]:
    """What can be pressed on the owner's card and the lists."""
    return {text(thing) for thing in named(element(response, "panel"), "a", "button")}


def test_on_the_vendors_tab_one_fetches_and_loads_but_removes_nothing(client: Client) -> None:
    found = actions(client.get(TAB))

    assert {FETCH_TEXT, "Load licence from file"} <= found
    assert "Remove licences" not in found


def test_on_a_third_partys_tab_one_loads_and_removes(client: Client, map_licence: Licence) -> None:
    response = client.get(tab_of(map_licence))

    assert {"Load licence from file", "Remove licences"} <= actions(response)
    assert FETCH_TEXT not in actions(response)
    assert links(response)["Remove licences"] == removal_of(map_licence)


def test_members_and_visits_are_offered_none_of_it(
    map_licence: Licence, member: User, client_of: ClientOf, support_client: Client
) -> None:
    visit = reverse("admin:licences_tenant_visit", args=[map_licence.tenant.pk])
    support_client.post(visit, {"reason": "The customer asked."})
    wanted = {FETCH_TEXT, "Load licence from file", "Remove licences"}

    for someone in (client_of(member), support_client):
        assert not wanted & (actions(someone.get(TAB)) | actions(someone.get(tab_of(map_licence))))


def test_members_can_do_none_of_it(map_licence: Licence, member: User, client_of: ClientOf) -> None:
    client = client_of(member)

    assert {client.post(address).status_code for address in (FETCH, LOAD, removal_of(map_licence))} == {403}
    assert {client.get(address).status_code for address in (LOAD, removal_of(map_licence))} == {403}


def test_a_server_that_cannot_be_asked_says_so_here_and_on_the_tab(client: Client) -> None:
    response = client.post(FETCH, follow=True)

    assert response.redirect_chain == [(TAB, 302)]
    assert said(response)
    assert said(response) in said(response, "panel")


def test_what_is_no_licence_file_is_refused_with_the_reason(client: Client, administrator: User) -> None:
    response = client.post(LOAD, {"file": SimpleUploadedFile("licence.txt", b"Hello")})

    assert response.status_code == 422
    assert "This is not a licence file" in said(response, "main")
    with scope_of(administrator):
        assert LicenceSet.objects.filter(tenant=administrator.tenant).count() == 1


def test_of_a_file_that_is_too_large_nothing_is_taken(client: Client) -> None:
    largest = 256 * 1024

    too_large, just = (
        client.post(LOAD, {"file": SimpleUploadedFile("licence.txt", b"x" * size)}) for size in (largest + 1, largest)
    )

    assert too_large.status_code == just.status_code == 422
    assert "This file is too large for a licence file: it may have 256 KiB at most." in said(too_large, "main")
    assert "too large" not in said(just, "main")


def test_a_file_that_was_dropped_on_the_way_is_told_of_the_limit(client: Client) -> None:
    response = client.post(LOAD, {"file": SimpleUploadedFile("licence.txt", b"x" * 3 * 1024 * 1024)})

    assert response.status_code == 422
    assert "It may have 256 KiB at most." in said(response, "main")


def test_without_a_file_one_is_asked_for_it(client: Client) -> None:
    response = client.post(LOAD)

    assert response.status_code == 422
    assert "Choose a licence file." in said(response, "main")


def test_the_columns_of_a_third_party_are_in_use_free_total(client: Client, map_licence: Licence) -> None:
    response = client.get(tab_of(map_licence))

    heads = [text(head) for head in named(element(response, "list"), "th") if ("scope", "col") in head.attributes]
    assert heads == ["Licence", "Share in use", "In use", "Free", "Total"]
    assert table(response, "list") == [["Map", "", "2", "6", "8"]]


def test_while_a_set_waits_they_show_what_it_brings(client: Client, map_licence: Licence) -> None:
    owner = map_licence.type.owner
    route = LicenceTypeFactory(owner=owner, name="Route")
    LicenceFactory(tenant=map_licence.tenant, type=LicenceTypeFactory(owner=owner, name="Atlas"), total=3)
    system = LicenceTypeFactory(owner=owner, name="Tiles", system=True)
    receive(map_licence.tenant, {map_licence.type: 1, route: 5, system: 1})

    response = client.get(tab_of(map_licence))

    heads = [text(head) for head in named(element(response, "list"), "th") if ("scope", "col") in head.attributes]
    assert heads == ["Licence", "In use", "Free", "Total", "+/−", "New total", "New free"]
    assert {row[0]: row[1:] for row in table(response, "list")} == {
        "Tiles New": ["", "", "", "New", "", ""],
        "Map": ["2", "6", "8", "-7", "1", "-1"],
        "Route New": ["", "", "", "+5", "5", "5"],
        "Atlas": ["0", "3", "3", "-3", "0", "0"],
    }


def test_what_is_new_is_not_among_the_filtered(client: Client, map_licence: Licence) -> None:
    route = LicenceTypeFactory(owner=map_licence.type.owner, name="Route")
    receive(map_licence.tenant, {map_licence.type: 1, route: 5})

    response = client.get(tab_of(map_licence) + "?show=free")

    assert [row[0] for row in table(response, "list")] == ["Map"]


def test_the_vendors_tab_keeps_its_columns_while_a_set_waits(client: Client, administrator: User) -> None:
    with scope_of(administrator):
        plan = Licence.objects.select_related("type__owner", "tenant").get(tenant=administrator.tenant)
    SeatFactory(licence=plan)
    receive(plan.tenant, {plan.type: 1})

    response = client.get(TAB)

    heads = [text(head) for head in named(element(response, "list"), "th") if ("scope", "col") in head.attributes]
    assert heads == ["Licence", "Share in use", "In use", "Total", "Available"]


def test_members_meet_no_number_of_what_waits(map_licence: Licence, member: User, client_of: ClientOf) -> None:
    receive(map_licence.tenant, {map_licence.type: 1, LicenceTypeFactory(owner=map_licence.type.owner): 4711})

    response = client_of(member).get(tab_of(map_licence))

    assert not [word for word in ("New total", "4,711", "4711") if word in response.content.decode()]


def test_before_removing_one_is_asked_and_told_who_holds_what(client: Client, map_licence: Licence) -> None:
    response = client.get(removal_of(map_licence))

    assert "Remove the licences of Tindekart?" in said(response, "main")
    assert "Map 2 users" in said(response, "main")
    with scope_of(map_licence):
        assert Seat.objects.active().filter(licence=map_licence).count() == 2


def test_a_third_partys_licences_go_with_seats_and_tab(client: Client, map_licence: Licence) -> None:
    response = client.post(removal_of(map_licence), {"why": "Too dear"}, follow=True)

    assert response.redirect_chain == [(TAB, 302)]
    assert said(response) == "The licences of Tindekart were removed."
    assert "Tindekart" not in links(response)
    assert client.get(tab_of(map_licence)).status_code == 404
    with scope_of(map_licence):
        assert Seat.objects.active().filter(licence=map_licence).count() == 0
    assert (last_entry(map_licence.tenant).action, last_entry(map_licence.tenant).why) == ("set_removed", "Too dear")


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_vendors_licences_cannot_be_removed(client: Client, administrator: User, method: str) -> None:
    response = getattr(client, method)(reverse("licences:remove", args=["superoffice"]))

    assert response.status_code == 404
    with scope_of(administrator):
        assert LicenceSet.objects.active().filter(tenant=administrator.tenant).exists()


def test_another_tenants_licences_cannot_be_removed(map_licence: Licence, outsider: User, client_of: ClientOf) -> None:
    assert client_of(outsider).post(removal_of(map_licence)).status_code == 404

    with scope_of(map_licence):
        assert Seat.objects.active().filter(licence=map_licence).count() == 2


def test_with_open_work_nothing_is_removed_and_the_reason_told(client: Client, administrator: User) -> None:
    kind = LicenceTypeFactory(owner=LicenceOwnerFactory(), plan=True)
    busy = SeatFactory(licence__type=kind, user=administrator).user
    HoldFactory(user=busy, reason="12 open requests")
    address = reverse("licences:remove", args=[kind.owner.code])

    response = client.post(address, follow=True)

    assert response.redirect_chain == [(address, 302)]
    assert f"Nothing was removed. Has open work (12 open requests): {busy.full_name}." in said(response)


def test_a_reason_that_is_too_long_is_told_on_the_same_page(client: Client, map_licence: Licence) -> None:
    response = client.post(removal_of(map_licence), {"why": "x" * 301})

    assert response.status_code == 422
    with scope_of(map_licence):
        assert Seat.objects.active().filter(licence=map_licence).count() == 2

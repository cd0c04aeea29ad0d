"""One action on many users: looked at first, done at once, and told precisely."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from config.tenancy.scopes import tenant_scope
from licences.models import HistoryEntry, Licence, Seat, Tenant, User
from tests.conftest import ClientOf
from tests.factories import LicenceFactory, SeatFactory, UserFactory, scope_of
from tests.pages import element, named, table, text

pytestmark = pytest.mark.django_db

CHANGE, REPORT, LIST = (reverse(f"licences:{name}") for name in ("users_change", "users_report", "users"))


@pytest.fixture
def tenant(administrator: User) -> Tenant:
    return administrator.tenant


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


@pytest.fixture
def sales(tenant: Tenant) -> Licence:
    return LicenceFactory(tenant=tenant, name="Sales Premium", type__plan=True, type__code="sales", total=2)


@pytest.fixture
def service(tenant: Tenant) -> Licence:
    return LicenceFactory(tenant=tenant, name="Service Premium", type__plan=True, type__code="service", total=2)


@pytest.fixture
def people(tenant: Tenant) -> list[User]:
    """Four, in the order of their names."""
    return [UserFactory(tenant=tenant, full_name=name) for name in ("Ada Lie", "Bo Moe", "Cy Nes", "Di Ros")]


def change(client: Client, do: str, *users: User, **more: Any) -> HttpResponse:
    """Does it, as the form says it; what follows is where the browser is led."""
    sent = {"do": do, "user": [user.pk for user in users], "count": len(users)} | more
    return client.post(CHANGE, sent, follow=True)


def said(response: HttpResponse) -> str:
    return text(element(response, "messages"))


def holders(licence: Licence) -> set[str]:
    with scope_of(licence):
        seats = Seat.objects.active().filter(licence=licence).select_related("user")
        return {seat.user.full_name.split()[0] for seat in seats}


def can_log_in(tenant: Tenant) -> set[str]:
    with tenant_scope(tenant.pk):
        return {user.full_name.split()[0] for user in User.objects.filter(tenant=tenant, can_log_in=True)}


def form_of(client: Client, do: str, *users: User, **more: Any) -> HttpResponse:
    return client.get(CHANGE, {"do": do, "user": [user.pk for user in users]} | more)


def test_before_it_is_done_the_page_says_whom_it_is_about_and_what_is_free(
    client: Client, people: list[User], sales: Licence, service: Licence
) -> None:
    SeatFactory(licence=sales, user=people[0])
    SeatFactory(licence=service, user=people[0])
    SeatFactory(licence=service, user=people[1])

    shown = text(element(form_of(client, "assign", *people), "main"))

    assert "4 users Ada Lie Bo Moe Cy Nes Di Ros" in shown
    assert "Sales Premium only 1 of 2 free" in shown
    assert "Service Premium none of 2 free" in shown


def test_what_is_taken_is_listed_with_how_many_hold_it(client: Client, people: list[User], sales: Licence) -> None:
    SeatFactory(licence=sales, user=people[0])

    shown = text(element(form_of(client, "take", *people), "main"))

    assert "Sales Premium 1 of 4 holds it" in shown


def test_looking_at_what_would_be_done_does_nothing(client: Client, people: list[User], sales: Licence) -> None:
    form_of(client, "assign", *people, give="sales", count=4)
    form_of(client, "leave", *people, count=4)

    assert holders(sales) == set()
    assert {"Ada", "Bo", "Cy", "Di"} <= can_log_in(sales.tenant)


def test_the_licence_that_one_came_for_is_chosen_already(client: Client, people: list[User], sales: Licence) -> None:
    response = form_of(client, "assign", *people, without="sales")

    chosen = [dict(box.attributes) for box in named(element(response, "main"), "input")]
    assert [box["value"] for box in chosen if "checked" in box] == ["sales"]


def test_nobody_ticked_changes_nobody(client: Client, tenant: Tenant) -> None:
    assert "Nobody is ticked" in text(element(form_of(client, "leave"), "main"))
    assert "Nobody is ticked" in text(element(change(client, "leave"), "main"))


def test_a_licence_is_assigned_and_the_message_says_to_how_many(
    client: Client, people: list[User], sales: Licence, administrator: User
) -> None:
    response = change(client, "assign", *people[:2], give="sales", why="Two new colleagues")

    assert said(response) == "2 users got Sales Premium."
    assert response.redirect_chain == [(LIST, 302)]
    assert holders(sales) == {"Ada", "Bo"}
    with scope_of(sales):
        entries = HistoryEntry.objects.filter(tenant=sales.tenant)
        assert {(entry.by_name, entry.why) for entry in entries} == {(administrator.login_id, "Two new colleagues")}


def test_seats_go_by_name_while_there_are_any_and_the_message_names_the_others(
    client: Client, people: list[User], sales: Licence
) -> None:
    response = change(client, "assign", *reversed(people), give="sales")

    assert said(response) == "2 of 4 users got Sales Premium. No seat left: Cy Nes, Di Ros."
    assert holders(sales) == {"Ada", "Bo"}


def test_one_user_is_called_by_name(client: Client, people: list[User], sales: Licence) -> None:
    assert said(change(client, "assign", people[0], give="sales")) == "Ada Lie got Sales Premium."


def test_when_nothing_could_be_done_the_message_says_so(client: Client, people: list[User], sales: Licence) -> None:
    response = change(client, "take", *people[:2], take="sales")

    assert said(response) == "Nothing was changed. Does not hold it: Ada Lie, Bo Moe."


def test_a_licence_is_taken(client: Client, people: list[User], sales: Licence) -> None:
    for person in people[:2]:
        SeatFactory(licence=sales, user=person)

    response = change(client, "take", *people[:2], take="sales")

    assert said(response) == "2 users no longer hold Sales Premium."
    assert holders(sales) == set()


def test_users_go_from_one_plan_to_another(
    client: Client, people: list[User], sales: Licence, service: Licence
) -> None:
    for person in people[:2]:
        SeatFactory(licence=sales, user=person)

    response = change(client, "reassign", *people[:3], take="sales", give="service")

    assert said(response) == (
        "2 of 3 users went from Sales Premium to Service Premium. Does not hold it: Cy Nes."
    )  # fmt: skip
    assert (holders(sales), holders(service)) == (set(), {"Ada", "Bo"})


def test_no_selection_takes_every_plan_and_nothing_else(
    client: Client, people: list[User], sales: Licence, service: Licence
) -> None:
    loose = LicenceFactory(tenant=sales.tenant, name="Loose")
    for licence in (sales, service, loose):
        SeatFactory(licence=licence, user=people[0])

    response = change(client, "no-plan", *people[:2])

    assert said(response) == "Ada Lie has no plan now. Does not hold it: Bo Moe."
    assert (holders(sales), holders(service), holders(loose)) == (set(), set(), {"Ada"})


def test_logging_in_is_switched_off_and_on(client: Client, people: list[User], tenant: Tenant) -> None:
    off = change(client, "login-off", *people)
    assert said(off) == "4 users can no longer log in."
    assert can_log_in(tenant).isdisjoint({"Ada", "Bo", "Cy", "Di"})

    on = change(client, "login-on", *people)
    assert said(on) == "4 users can log in now."
    assert {"Ada", "Bo", "Cy", "Di"} <= can_log_in(tenant)


def test_former_employees_hold_nothing_and_come_back_with_nothing(
    client: Client, people: list[User], sales: Licence
) -> None:
    SeatFactory(licence=sales, user=people[0])

    left = change(client, "leave", *people[:2])
    assert said(left) == "2 users are former employees now."
    assert holders(sales) == set()

    back = change(client, "return", *people)
    assert said(back) == "2 of 4 users are users again. Is so already: Cy Nes, Di Ros."
    assert can_log_in(sales.tenant).isdisjoint({"Ada", "Bo"})


def test_everybody_on_the_list_is_changed_not_only_who_is_on_the_page(client: Client, tenant: Tenant) -> None:
    plan = LicenceFactory(tenant=tenant, name="Big", type__plan=True, type__code="big", total=100)
    for number in range(60):
        UserFactory(tenant=tenant, full_name=f"Many {number:02}")
    UserFactory(tenant=tenant, full_name="Other One")

    response = change(client, "assign", give="big", all="1", q="many", count=60)

    assert said(response) == "60 users got Big."
    assert response.redirect_chain == [(f"{LIST}?q=many", 302)]
    assert holders(plan) == {"Many"}


def test_when_the_list_has_changed_meanwhile_nothing_is_done(
    client: Client, people: list[User], sales: Licence
) -> None:
    response = change(client, "assign", give="sales", all="1", q="moe", count=4)

    assert response.status_code == 422
    assert "The list has changed meanwhile: it is 1 user now." in text(element(response, "main"))
    assert holders(sales) == set()


@pytest.mark.parametrize(
    ("do", "more", "says"),
    [
        ("assign", {}, "Choose the licence to give."),
        ("assign", {"give": "never-was"}, "Choose the licence to give."),
        ("take", {"give": "sales"}, "Choose the licence to take back."),
        ("reassign", {"take": "sales", "give": "sales"}, "Choose another licence than the one that is taken."),
    ],
)
def test_without_a_licence_that_is_there_nothing_is_done(
    client: Client, people: list[User], sales: Licence, do: str, more: dict[str, str], says: str
) -> None:
    response = change(client, do, people[0], **more)

    assert response.status_code == 422
    assert says in text(element(response, "main"))
    assert holders(sales) == set()


def test_a_reason_that_is_too_long_is_told(client: Client, people: list[User]) -> None:
    response = change(client, "leave", people[0], why="x" * 301)

    assert response.status_code == 422
    assert "at most 300 characters" in text(element(response, "main"))


def test_users_of_another_tenant_are_as_if_they_were_not_ticked(
    client: Client, people: list[User], outsider: User
) -> None:
    response = change(client, "leave", people[0], outsider, count=1)

    assert said(response) == "Ada Lie is a former employee now."
    with scope_of(outsider):
        assert User.objects.get(pk=outsider.pk).left_at is None


def test_a_licence_of_another_tenant_is_as_one_that_never_was(
    client: Client, people: list[User], outsider: User
) -> None:
    with scope_of(outsider):
        code = outsider.seats.select_related("licence__type").get().licence.type.code

    assert change(client, "assign", people[0], give=code).status_code == 422


@pytest.mark.parametrize("ticked", ["x", "-1", "9" * 400, "\x00", "1.5"])
def test_a_tick_that_is_no_user_is_left_out(client: Client, people: list[User], ticked: str) -> None:
    response = client.get(CHANGE, {"do": "leave", "user": [ticked, people[0].pk]})

    assert "1 user Ada Lie" in text(element(response, "main"))


def test_many_refusals_have_a_page_that_outlives_the_redirect(client: Client, tenant: Tenant) -> None:
    LicenceFactory(tenant=tenant, name="Scarce", type__plan=True, type__code="scarce", total=2)
    for number in range(20):
        UserFactory(tenant=tenant, full_name=f"Many {number:02}")

    response = change(client, "assign", give="scarce", all="1", q="many", count=20)
    again = client.get(REPORT)

    assert response.redirect_chain == [(REPORT, 302)]
    for page in (response, again):
        shown = text(element(page, "main"))
        assert "2 of 20 users got Scarce." in shown
        assert "No seat left (18) Many 02 Many 03" in shown
        assert [row[:3] for row in table(page, "list")] == [
            ["Many 00", "Seat assigned", "Scarce"],
            ["Many 01", "Seat assigned", "Scarce"],
        ]


def test_the_session_remembers_few_of_many_refusals_and_counts_them_all(client: Client, tenant: Tenant) -> None:
    LicenceFactory(tenant=tenant, type__plan=True, type__code="scarce", total=1)
    with tenant_scope(tenant.pk):
        User.objects.bulk_create(
            User(tenant=tenant, login_id=f"many{n}", full_name=f"Many {n:04}", email="m@x.example") for n in range(700)
        )

    response = change(client, "assign", give="scarce", all="1", q="many", count=700)

    assert "No seat left (699)" in text(element(response, "main"))
    assert "and 199 more" in text(element(response, "main"))
    assert len(str(client.session["users_report"])) < 5_000


def test_without_an_action_there_is_nothing_to_report(client: Client) -> None:
    assert "Nothing was done yet" in text(element(client.get(REPORT), "main"))


@pytest.mark.parametrize("method", ["get", "post"])
def test_members_change_nobody(
    method: str, people: list[User], member: User, client_of: ClientOf, sales: Licence
) -> None:
    sent = {"do": "assign", "user": people[0].pk, "give": "sales", "count": 1}

    assert getattr(client_of(member), method)(CHANGE, sent).status_code == 403
    assert holders(sales) == set()


def test_the_statements_of_a_change_do_not_grow_with_the_users(
    client: Client, tenant: Tenant, django_assert_max_num_queries: Any
) -> None:
    LicenceFactory(tenant=tenant, type__plan=True, type__code="big", total=1_000)
    with tenant_scope(tenant.pk):
        User.objects.bulk_create(
            User(tenant=tenant, login_id=f"many{n}", full_name=f"Many {n:04}", email="m@x.example") for n in range(500)
        )

    with django_assert_max_num_queries(45):
        client.post(CHANGE, {"do": "assign", "give": "big", "all": "1", "q": "many", "count": 500})

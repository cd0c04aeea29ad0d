"""One user's page: who it is, what they hold and could hold, what they may use and why, and what was changed."""

from datetime import UTC, datetime

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from licences.middleware import VISIT
from licences.models import HistoryEntry, Licence, Seat, Tenant, User
from licences.services.seats import assign_seats
from tests.conftest import ClientOf
from tests.factories import (
    HistoryEntryFactory,
    HoldFactory,
    LicenceFactory,
    PlanInclusionFactory,
    SeatFactory,
    TenantFactory,
    UserFactory,
    UserGroupFactory,
    scope_of,
)
from tests.pages import element, facts, fetch_part, links, named, text, walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant(administrator: User) -> Tenant:
    return administrator.tenant


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


@pytest.fixture
def kari(tenant: Tenant) -> User:
    return UserFactory(tenant=tenant, full_name="Kari Moe", login_id="kari")


@pytest.fixture
def sales(tenant: Tenant) -> Licence:
    return LicenceFactory(tenant=tenant, name="Sales Premium", type__plan=True, type__code="sales", tier=1)


def page_of(user: User) -> str:
    return reverse("licences:user", args=[user.pk])


def main(response: HttpResponse) -> str:
    return text(element(response, "main"))


def boxes(response: HttpResponse) -> dict[str, dict[str, str | None]]:
    """The licences that can be ticked, by what is written beside the tick."""
    labels = [label for label in named(element(response, "main"), "label") if named(label, "input")]
    return {text(label): dict(named(label, "input")[0].attributes) for label in labels}


def held_by(user: User) -> set[str]:
    with scope_of(user):
        return {seat.licence.name for seat in Seat.objects.active().filter(user=user).select_related("licence")}


def test_the_head_says_who_it_is(client: Client, tenant: Tenant) -> None:
    group = UserGroupFactory(tenant=tenant, name="Fish market")
    user = UserFactory(
        tenant=tenant,
        full_name="Ola Nordli",
        login_id="ola",
        primary_group=group,
        can_log_in=False,
        left_at=datetime(2026, 3, 1, 9, tzinfo=UTC),
        last_used_at=datetime(2026, 2, 3, 9, 30, tzinfo=UTC),
    )

    response = client.get(page_of(user))

    assert "ON Ola Nordli ola · User Former employee" in main(response)
    said = facts(response, "main")
    assert said["Primary group"] == "Fish market"
    assert said["Last use"] == "3 Feb 2026 10:30"
    assert said["Former employee since"].startswith("1 Mar 2026")


def test_open_work_stands_with_its_reason_and_who_reported_it(client: Client, kari: User) -> None:
    HoldFactory(user=kari, reason="12 open requests", source="https://service.example")

    said = facts(client.get(page_of(kari)), "main")

    assert said["12 open requests"].startswith("reported by https://service.example, since 5 Jan 2026")


@pytest.mark.parametrize(("pieces", "told"), [(20, 20), (21, 20), (60, 20)])
def test_of_very_much_open_work_the_oldest_is_told(client: Client, kari: User, pieces: int, told: int) -> None:
    HoldFactory.create_batch(pieces, user=kari, reason="A request", source="https://service.example")

    said = main(client.get(page_of(kari)))

    assert said.count("A request") == told
    assert ("And more." in said) == (pieces > told)


def test_licences_stand_with_their_seats_plans_first_and_what_needs_another_below_it(
    client: Client, kari: User, tenant: Tenant, sales: Licence
) -> None:
    editor = LicenceFactory(tenant=tenant, name="Map editor", type__name="Map editor", total=4)
    LicenceFactory(tenant=tenant, name="Route planner", type__prerequisite=editor.type)
    LicenceFactory(tenant=tenant, name="Confidential", unrestricted=True)
    full = LicenceFactory(tenant=tenant, name="Full", type__plan=True, total=1)
    SeatFactory(licence=full)
    SeatFactory(licence=sales, user=kari)

    found = boxes(client.get(page_of(kari)))

    # The first is the administrator's own plan.
    assert list(found)[1:] == [
        "Sales Premium Plan 1 / 10",
        "Full Plan 1 / 1, full",
        "Map editor 0 / 4",
        "Route planner 0 / 10",
        "Confidential",
    ]
    assert "checked" in found["Sales Premium Plan 1 / 10"]
    assert [name for name, box in found.items() if "disabled" in box] == ["Full Plan 1 / 1, full"]


def test_the_full_plan_of_its_holder_can_be_unticked(client: Client, kari: User, tenant: Tenant) -> None:
    full = LicenceFactory(tenant=tenant, name="Full", type__plan=True, total=1)
    SeatFactory(licence=full, user=kari)

    assert "disabled" not in boxes(client.get(page_of(kari)))["Full Plan 1 / 1"]


def test_no_plan_is_called_no_selection(client: Client, kari: User, sales: Licence) -> None:
    assert "(No selection)" in main(client.get(page_of(kari)))

    SeatFactory(licence=sales, user=kari)

    assert "(No selection)" not in main(client.get(page_of(kari)))


def test_saving_gives_what_was_ticked_and_takes_what_was_unticked(
    client: Client, kari: User, tenant: Tenant, sales: Licence
) -> None:
    service = LicenceFactory(tenant=tenant, name="Service Premium", type__plan=True, type__code="service")
    SeatFactory(licence=sales, user=kari)

    response = client.post(
        page_of(kari), {"was": ["sales"], "licence": ["service"], "why": "New job"}, follow=True
    )  # fmt: skip

    assert response.redirect_chain == [(page_of(kari), 302)]
    assert "The licences of Kari Moe were saved." in main(response)
    assert held_by(kari) == {"Service Premium"}
    with scope_of(kari):
        assert set(HistoryEntry.objects.filter(user=kari).values_list("why", "licence__name")) == {
            ("New job", sales.name),
            ("New job", service.name),
        }


def test_saving_leaves_alone_what_others_did_meanwhile(client: Client, kari: User, tenant: Tenant) -> None:
    """The page was read before somebody gave Kari the first; she is only given the second."""
    for code in ("first", "second"):
        LicenceFactory(tenant=tenant, name=code, type__code=code)
    with scope_of(tenant):
        first = Licence.objects.get(type__code="first")
        assign_seats(first, users=[kari], by=None)

    client.post(page_of(kari), {"licence": ["second"]})

    assert held_by(kari) == {"first", "second"}


def test_saving_nothing_changes_nothing(client: Client, kari: User, sales: Licence) -> None:
    SeatFactory(licence=sales, user=kari)

    response = client.post(page_of(kari), {"was": ["sales"], "licence": ["sales"]}, follow=True)

    assert "Nothing was changed." in text(element(response, "messages"))


def test_a_refusal_keeps_what_was_ticked(client: Client, kari: User, tenant: Tenant, sales: Licence) -> None:
    taken = LicenceFactory(tenant=tenant, name="Last one", type__code="last", total=1)
    SeatFactory(licence=taken)

    response = client.post(page_of(kari), {"licence": ["sales", "last"]})

    assert response.status_code == 422
    assert "checked" in boxes(response)["Sales Premium Plan 0 / 10"]
    assert held_by(kari) == set()


def test_a_reason_that_is_too_long_is_told(client: Client, kari: User, sales: Licence) -> None:
    response = client.post(page_of(kari), {"licence": ["sales"], "why": "x" * 301})

    assert response.status_code == 422
    assert "at most 300 characters" in text(element(response, "refused"))
    assert held_by(kari) == set()


def test_hidden_licences_stay_with_their_holder(client: Client, kari: User, tenant: Tenant, sales: Licence) -> None:
    hidden = LicenceFactory(tenant=tenant, name="Hidden", type__hidden=True)
    SeatFactory(licence=hidden, user=kari)

    response = client.post(page_of(kari), {"licence": ["sales"]})

    assert response.status_code == 302
    assert held_by(kari) == {"Hidden", "Sales Premium"}


def test_a_user_leaves_and_comes_back_and_the_history_stays(client: Client, kari: User, sales: Licence) -> None:
    with scope_of(kari):
        assign_seats(sales, users=[kari], by=None)

    left = client.post(page_of(kari), {"do": "leave", "why": "Retired"}, follow=True)
    assert "Kari Moe is a former employee now." in text(element(left, "messages"))
    assert held_by(kari) == set()

    back = client.post(page_of(kari), {"do": "return"}, follow=True)
    assert "Kari Moe is a user again." in text(element(back, "messages"))
    for said in ("Seat assigned", "Seat released", "Marked as former employee", "Back from former employee", "Retired"):
        assert said in main(back)


def test_logging_in_is_switched(client: Client, kari: User) -> None:
    off = client.post(page_of(kari), {"do": "login-off"}, follow=True)
    assert "Kari Moe can no longer log in." in text(element(off, "messages"))

    on = client.post(page_of(kari), {"do": "login-on"}, follow=True)
    assert "Kari Moe can log in now." in text(element(on, "messages"))


def test_the_last_entries_of_the_history_lead_to_all_of_them(client: Client, kari: User) -> None:
    for number in range(1, 13):
        HistoryEntryFactory(user=kari, tenant=kari.tenant, number=number, why=f"reason {number:02}")

    response = client.get(page_of(kari))

    shown = text(element(response, "main"))
    assert [number for number in range(1, 13) if f"reason {number:02}" in shown] == list(range(3, 13))
    assert links(response, "main")["Whole history"].endswith("?user=kari")


def features(client: Client, user: User, **query: str) -> str:
    return text(
        element(fetch_part(client, f"{page_of(user)}?{'&'.join(map('='.join, query.items()))}", "features"), "features")
    )


def test_each_feature_is_granted_or_not_and_says_why(client: Client, kari: User, sales: Licence) -> None:
    brought = PlanInclusionFactory(plan=sales.type, tier=1, feature__name="Boards").feature
    PlanInclusionFactory(plan=sales.type, tier=2, feature__name="Charts")
    SeatFactory(licence=sales, user=kari)

    assert "Granted 1 Boards It comes with the user's plan. Sales Premium" in features(client, kari)
    assert "Not granted 1 Charts" in features(client, kari)
    assert "1 granted, 1 not" in features(client, kari)
    assert "Charts" not in features(client, kari, granted="yes")
    assert "Boards" not in features(client, kari, granted="no")
    assert "Charts" not in features(client, kari, f=brought.code)
    assert "No feature fits" in features(client, kari, f="nothing-like-it")


@pytest.fixture
def suite() -> Licence:
    """The seats of a tenant on CRM Suite: two, one of them the administrator's."""
    tenant = TenantFactory(suite=True)
    licence = LicenceFactory(tenant=tenant, type=tenant.suite_plan.seat_licence, name="Core", total=2)
    SeatFactory(licence=licence, user=UserFactory(tenant=tenant, administrator=True))
    return licence


@pytest.fixture
def suite_client(suite: Licence, client_of: ClientOf) -> Client:
    with scope_of(suite):
        return client_of(User.objects.get(tenant=suite.tenant))


def test_on_suite_to_log_in_is_to_have_a_seat(suite: Licence, suite_client: Client) -> None:
    user = UserFactory(tenant=suite.tenant, full_name="Kari Moe", can_log_in=False)
    page = suite_client.get(page_of(user))
    assert text(element(page, "seats")) == "1 / 2 seats"
    assert "Core Plan 1 / 2" not in boxes(page)

    on = suite_client.post(page_of(user), {"do": "login-on"}, follow=True)
    assert text(element(on, "seats")) == "2 / 2 seats"
    assert held_by(user) == {"Core"}

    off = suite_client.post(page_of(user), {"do": "login-off"}, follow=True)
    assert text(element(off, "seats")) == "1 / 2 seats"
    assert held_by(user) == set()


def test_on_suite_without_a_free_seat_nobody_is_switched_on(suite: Licence, suite_client: Client) -> None:
    SeatFactory(licence=suite)
    user = UserFactory(tenant=suite.tenant, can_log_in=False)

    page = suite_client.get(page_of(user))
    refused = suite_client.post(page_of(user), {"do": "login-on"})

    switch = next(each for each in walk(element(page, "main")) if dict(each.attributes).get("value") == "login-on")
    assert "disabled" in dict(switch.attributes)
    assert refused.status_code == 422
    assert "No seat of Core is left." in text(element(refused, "refused"))


def test_members_see_no_users_page_not_even_their_own(member: User, client_of: ClientOf) -> None:
    assert client_of(member).get(page_of(member)).status_code == 403
    assert client_of(member).post(page_of(member), {"do": "leave"}).status_code == 403


def test_a_user_of_another_tenant_is_not_there(client: Client, outsider: User) -> None:
    assert client.get(page_of(outsider)).status_code == 404
    assert client.post(page_of(outsider), {"do": "leave"}).status_code == 404


def test_support_looks_and_has_nothing_to_press(support: User, kari: User, sales: Licence, client_of: ClientOf) -> None:
    client = client_of(support)
    session = client.session
    session[VISIT] = kari.tenant_id
    session.save()

    response = client.get(page_of(kari))

    forms = [form for form in named(element(response, "main"), "form") if dict(form.attributes).get("method") == "post"]
    assert [button for form in forms for button in named(form, "button")] == []
    assert all("disabled" in box for box in boxes(response).values())

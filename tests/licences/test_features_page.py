"""Which licence do I need for this? The search, its answers for what has been bought or not, and one feature's page."""

from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from licences.models import Licence, LicenceSet, LicenceType, Tenant, User
from licences.reports.features import PER_PAGE
from tests.conftest import ClientOf
from tests.factories import (
    AddOnFactory,
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceTypeFactory,
    PlanInclusionFactory,
    SeatFactory,
    SuitePlanFactory,
    TenantFactory,
    UserFactory,
    behind_the_policies,
    scope_of,
)
from tests.pages import element, links, names, table, text

pytestmark = pytest.mark.django_db

ADDRESS = "/licences/features/"


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


@pytest.fixture
def plan(administrator: User) -> Licence:
    """The plan that the administrator holds, at tier 1."""
    with scope_of(administrator):
        licence = Licence.objects.select_related("type", "tenant").get()
        licence.tier = 1
        licence.save(update_fields=["tier"])
    return licence


def feature(name: str, **more: object) -> LicenceType:
    return LicenceTypeFactory(name=name, **{"tooltip": "In short", "enables": "At length.", "hidden": True} | more)


def row(client: Client, name: str) -> list[str]:
    """State, what it comes with and what to do, as the list says it of the feature."""
    (found,) = [cells for cells in table(client.get(ADDRESS, {"show": "all"}), "list") if cells[0].startswith(name)]
    return found[1:]


def said(response: HttpResponse, identity: str = "main") -> str:
    return text(element(response, identity))


def test_before_anything_is_asked_there_are_words_to_try(client: Client) -> None:
    feature("Quotes")

    response = client.get(ADDRESS)

    assert "Type a word for it." in said(response, "list")
    assert links(response, "list")["quote"] == "?q=quote"
    assert table(response, "list") == []


@pytest.mark.parametrize("typed", ["Quote manag", "sale-quote", "offers", "customer", "prices writing", "quotes"])
def test_a_feature_is_found_by_name_code_short_and_long_text_and_stem(typed: str, client: Client) -> None:
    feature(
        "Quote management", code="sale-quote", tooltip="Write offers", enables="Writes prices for the customer's order."
    )
    feature("Projects")

    found = client.get(ADDRESS, {"q": typed})

    assert [name.startswith("Quote management") for name in names(found)] == [True]


def test_what_is_named_so_comes_before_what_only_speaks_of_it(client: Client) -> None:
    feature("Reports", enables="Reports about quotes.")
    feature("Access to quotes")
    feature("Quotes")

    found = names(client.get(ADDRESS, {"q": "quotes"}))

    assert [name.removesuffix(" In short") for name in found] == ["Quotes", "Access to quotes", "Reports"]


def test_what_nobody_has_heard_of_leads_on(client: Client) -> None:
    response = client.get(ADDRESS, {"q": "teleportation"})

    assert "No feature fits" in said(response, "list")
    assert links(response, "list")["Show all features"] == "?show=all"


def test_the_list_can_be_narrowed_to_what_the_company_has(client: Client, plan: Licence) -> None:
    PlanInclusionFactory(plan=plan.type, feature=feature("Quotes"))
    feature("Requests")

    yours, others = (names(client.get(ADDRESS, {"show": show})) for show in ("yours", "others"))

    assert [name.split()[0] for name in yours] == ["Quotes"]
    assert [name.split()[0] for name in others] == ["Requests"]


def test_a_system_licence_is_there_for_everybody(client: Client, plan: Licence) -> None:
    LicenceFactory(tenant=plan.tenant, type=feature("Board", system=True))

    assert row(client, "Board") == ["Everybody", "", "Nothing"]


def test_what_is_owned_with_free_seats_can_be_assigned(client: Client, plan: Licence) -> None:
    PlanInclusionFactory(plan=plan.type, feature=feature("Quotes"))

    state, comes_with, steps = row(client, "Quotes")

    assert (state, comes_with) == ("By seat", plan.name)
    assert steps == f"You own it: assign {plan.name}, 9 seats free. Choose users"
    where = links(client.get(ADDRESS, {"show": "all"}), "list")["Choose users"]
    assert where == f"/licences/users/?without={plan.type.code}"


def test_what_is_owned_and_full_must_be_freed_or_bought(client: Client, plan: Licence) -> None:
    PlanInclusionFactory(plan=plan.type, feature=feature("Quotes"))
    with scope_of(plan):
        Licence.objects.filter(pk=plan.pk).update(total=1)

    assert row(client, "Quotes")[2] == f"You own it, but every seat of “{plan.name}” is in use. Free one, or buy more."


def test_what_a_plan_brings_that_nobody_bought_leads_to_the_shop(client: Client, plan: Licence) -> None:
    with behind_the_policies():
        plan.type.owner.shop_url = "https://shop.nordlys.example/"
        plan.type.owner.save(update_fields=["shop_url"])
    PlanInclusionFactory(plan=LicenceTypeFactory(plan=True, name="Service"), tier=2, feature=feature("Requests"))

    state, comes_with, steps = row(client, "Requests")

    assert (state, comes_with) == ("Not bought", "Service Premium")
    assert steps == "Comes with a plan that you have not bought: Service Premium. Purchase new licences"
    shop = links(client.get(ADDRESS, {"show": "all"}), "list")["Purchase new licences"]
    assert shop == "https://shop.nordlys.example/"


def test_an_add_on_is_named(client: Client) -> None:
    chat = feature("Chat", system=True)
    with behind_the_policies():
        AddOnFactory(name="Engagement").brings.set([chat])

    _state, comes_with, steps = row(client, "Chat")

    assert comes_with == "Engagement"
    assert steps == "Comes with the add-on Engagement, which you have not bought."


def test_a_loose_licence_is_sold_by_itself(client: Client) -> None:
    feature("Travel", hidden=False)

    assert row(client, "Travel")[2] == "Sold as a licence of its own, which you have not bought: Travel."


def test_what_is_on_no_price_list_says_whom_to_ask(client: Client) -> None:
    feature("Dialler")

    assert row(client, "Dialler")[2] == "Nothing on today's price list brings it. Ask the support of SuperOffice."


def test_a_prerequisite_that_is_missing_is_named(client: Client, plan: Licence) -> None:
    windows = feature("Windows", hidden=False)
    LicenceFactory(tenant=plan.tenant, type=feature("Travel", hidden=False, prerequisite=windows))

    assert "It needs Windows too, which your company does not have. Windows" in row(client, "Travel")[2]


def test_what_has_expired_must_be_renewed(client: Client, plan: Licence) -> None:
    PlanInclusionFactory(plan=plan.type, feature=feature("Quotes"))
    with scope_of(plan):
        past = plan.tenant.today - timedelta(days=1)
        LicenceSet.objects.update(warn_from_on=past, expires_on=past, grace_until_on=past)

    state, _comes_with, steps = row(client, "Quotes")

    assert (state, steps) == ("Expired", "You own it, but the licence has expired. Renew it.")


def test_all_premium_plans_are_said_in_one_word(client: Client, plan: Licence) -> None:
    guides = feature("Guides")
    for name in ("Sales", "Service"):
        kind = LicenceTypeFactory(plan=True, name=name)
        PlanInclusionFactory(plan=kind, tier=1)
        PlanInclusionFactory(plan=kind, tier=2, feature=guides)

    assert row(client, "Guides")[1] == "Every Premium plan"


def test_on_suite_the_next_plan_that_has_it_is_named(client_of: ClientOf) -> None:
    flows = feature("Flows")
    own, higher = SuitePlanFactory(name="Core"), SuitePlanFactory(name="Plus")
    with behind_the_policies():
        higher.brings.set([flows])
    tenant = TenantFactory(suite=True, suite_plan=own)
    licence = LicenceFactory(tenant=tenant, type=own.seat_licence)
    boss = SeatFactory(licence=licence, user=UserFactory(tenant=tenant, administrator=True)).user
    client = client_of(boss)

    _state, comes_with, steps = row(client, "Flows")

    assert comes_with == "CRM Suite Plus"
    assert steps == "Comes with the plan CRM Suite Plus, which is above yours. Compare the plans"


def test_one_feature_says_what_brings_it_and_who_may_use_it(client: Client, plan: Licence) -> None:
    quotes = feature("Quotes", code="quotes", enables="Lets people write quotes.")
    PlanInclusionFactory(plan=plan.type, feature=quotes)
    UserFactory(tenant=plan.tenant)

    response = client.get(f"{ADDRESS}quotes/")

    assert "Lets people write quotes." in said(response)
    assert "1 of 2 users who can log in" in said(response)
    assert links(response)["Show them"] == "/licences/users/?feature=quotes"
    assert table(response, "main") == [[plan.name, "Plan", "Bought", "1", "9"]]


def test_a_third_partys_feature_has_its_owner_in_the_address(client: Client, plan: Licence) -> None:
    owner = LicenceOwnerFactory(code="tindekart", name="Tindekart AS")
    LicenceFactory(tenant=plan.tenant, type=LicenceTypeFactory(owner=owner, code="maps", name="Maps"))

    response = client.get(f"{ADDRESS}tindekart.maps/")

    assert response.status_code == 200
    assert "Tindekart AS" in said(response)


@pytest.mark.parametrize("code", ["nothing", "tindekart.maps", "superoffice.quotes"])
def test_a_feature_that_the_tenant_knows_nothing_of_is_not_there(code: str, client: Client) -> None:
    feature("Quotes", code="quotes")
    LicenceTypeFactory(owner=LicenceOwnerFactory(code="tindekart"), code="maps")

    assert client.get(f"{ADDRESS}{code}/").status_code == 404


def test_a_page_holds_so_many_and_the_next_has_the_rest(client: Client) -> None:
    for place in range(PER_PAGE + 2):
        feature(f"Quote {place}")

    pages = [client.get(ADDRESS, {"q": "quote", "page": str(page)}) for page in (1, 2)]

    assert [len(names(response)) for response in pages] == [PER_PAGE, 2]


def test_what_is_asked_of_the_database_does_not_grow(client: Client, plan: Licence) -> None:
    def count(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    PlanInclusionFactory(plan=plan.type, feature=feature("Quotes 0", code="quotes"))
    few = count(f"{ADDRESS}?show=all"), count(f"{ADDRESS}quotes/")
    fill(plan.tenant, plan)
    many = count(f"{ADDRESS}?show=all"), count(f"{ADDRESS}quotes/")

    assert few == many
    assert max(many) <= 22  # with the savepoints and scopes of the request


def fill(tenant: Tenant, plan: Licence) -> None:
    for place in range(20):
        PlanInclusionFactory(plan=plan.type, feature=feature(f"Quotes {place + 1}"))
        LicenceFactory(tenant=tenant)
        SeatFactory(licence=LicenceFactory(tenant=tenant))

"""What each CRM Suite plan allows, beside what the tenant uses: the page that the indicators open."""

import pytest
from django.urls import reverse

from licences.models import Restriction, RestrictionType, SuitePlan, User
from licences.services.limits import override_limit
from tests.conftest import ClientOf
from tests.factories import (
    CustomerRequestFactory,
    PlanLimitFactory,
    RestrictionFactory,
    RestrictionTypeFactory,
    SeatFactory,
    SuitePlanFactory,
    TenantFactory,
    UserFactory,
    scope_of,
)
from tests.pages import element, links, named, table, text

pytestmark = pytest.mark.django_db

PAGE = reverse("licences:plans")


@pytest.fixture
def projects() -> RestrictionType:
    return RestrictionTypeFactory(
        name="Active projects", counts="Projects that run.", free_capacity="Close what has ended."
    )


@pytest.fixture
def plans(projects: RestrictionType) -> list[SuitePlan]:
    """Three plans, of which each allows more projects than the one before."""
    found = [SuitePlanFactory(name=name) for name in ("Starter", "Core", "Growth")]
    for plan, limit in zip(found, (0, 1500, None), strict=True):
        PlanLimitFactory(suite_plan=plan, restriction=projects, limit=limit)
    return found


def user_of(plan: SuitePlan, projects: RestrictionType, *, used: int, administrator: bool = False) -> User:
    tenant = TenantFactory(suite=True, suite_plan=plan)
    RestrictionFactory(tenant=tenant, type=projects, used=used)
    user = UserFactory(tenant=tenant, administrator=administrator)
    return SeatFactory(user=user, licence__type=plan.seat_licence).user


def test_module_based_tenants_have_no_such_page(administrator: User, client_of: ClientOf) -> None:
    assert client_of(administrator).get(PAGE).status_code == 404


def test_each_plan_says_what_it_allows(projects: RestrictionType, plans: list[SuitePlan], client_of: ClientOf) -> None:
    user = user_of(plans[1], projects, used=7)

    (row,) = table(client_of(user).get(PAGE), "main")

    assert row[0] == "Active projects"
    assert row[1] == "7 of 1,500 active projects"
    assert row[2:] == ["not in the plan, 7 in use", "1,500 fits", "unlimited fits"]


def test_the_tenants_own_plan_is_marked_and_only_that(
    projects: RestrictionType, plans: list[SuitePlan], client_of: ClientOf
) -> None:
    user = user_of(plans[1], projects, used=7)

    heads = named(element(client_of(user).get(PAGE), "main"), "th")

    assert [text(head) for head in heads if "data-current" in dict(head.attributes)] == ["Core yours"]


def test_it_is_said_what_is_counted_and_how_to_free_capacity(
    projects: RestrictionType, plans: list[SuitePlan], client_of: ClientOf
) -> None:
    user = user_of(plans[1], projects, used=7)

    assert "Projects that run. Close what has ended." in text(element(client_of(user).get(PAGE), "more"))


def test_a_plan_that_says_nothing_of_a_limit_does_not_have_it(projects: RestrictionType, client_of: ClientOf) -> None:
    user = user_of(SuitePlanFactory(name="Core"), projects, used=7)

    (row,) = table(client_of(user).get(PAGE), "main")

    assert row[2] == "not in the plan, 7 in use"


def fits(user: User, client_of: ClientOf) -> list[tuple[str, str]]:
    """How the only limit stands on each plan: by what a colour goes, and in words."""
    (row,) = [row for row in named(element(client_of(user).get(PAGE), "main"), "tr") if named(row, "td")][:1]
    found = [thing for thing in named(row, "span") if "data-fit" in dict(thing.attributes)]
    return [(dict(thing.attributes)["data-fit"], text(thing)) for thing in found]


@pytest.mark.parametrize(
    ("used", "starter", "core"),
    [
        (0, ("absent", "not in the plan"), ("fits", "1,500 fits")),
        (1274, ("over", "not in the plan, 1,274 in use"), ("fits", "1,500 fits")),
        (1275, ("over", "not in the plan, 1,275 in use"), ("close", "1,500 close, 85 % in use")),
        (1499, ("over", "not in the plan, 1,499 in use"), ("close", "1,500 close, 99 % in use")),
        (1500, ("over", "not in the plan, 1,500 in use"), ("full", "1,500 full, no room for another")),
        (1503, ("over", "not in the plan, 1,503 in use"), ("over", "1,500 would be 3 over")),
    ],
)
def test_each_cell_says_whether_todays_use_fits_there(
    used: int,
    starter: tuple[str, str],
    core: tuple[str, str],
    projects: RestrictionType,
    plans: list[SuitePlan],
    client_of: ClientOf,
) -> None:
    user = user_of(plans[1], projects, used=used)

    assert fits(user, client_of) == [starter, core, ("fits", "unlimited fits")]


@pytest.mark.parametrize(
    ("used", "said"),
    [
        (0, "Starter is the smallest plan with room for all of it."),
        (1499, "Your plan, Core, is the smallest with room for all of it."),
        (1500, "Growth is the smallest plan with room for all of it."),
        (1503, "Growth is the smallest plan with room for all of it."),
    ],
)
def test_the_smallest_plan_with_room_for_everything_is_named(
    used: int, said: str, projects: RestrictionType, plans: list[SuitePlan], client_of: ClientOf
) -> None:
    user = user_of(plans[1], projects, used=used)

    assert text(element(client_of(user).get(PAGE), "smallest")) == said


def test_no_plan_is_named_when_none_has_room(projects: RestrictionType, client_of: ClientOf) -> None:
    plan = SuitePlanFactory(name="Core")
    PlanLimitFactory(suite_plan=plan, restriction=projects, limit=10)
    user = user_of(plan, projects, used=10)

    assert text(element(client_of(user).get(PAGE), "smallest")) == "No plan has room for all of it."


def test_an_agreed_limit_is_the_one_that_counts_on_the_tenants_own_plan(
    projects: RestrictionType, plans: list[SuitePlan], support: User, client_of: ClientOf
) -> None:
    user = user_of(plans[1], projects, used=1600)
    with scope_of(user):
        row = Restriction.objects.select_related("tenant", "type").get(tenant=user.tenant)
        override_limit(row, limit=2000, reason="Until the fair is over.", by=support)

    response = client_of(user).get(PAGE)

    assert table(response, "main")[0][1] == "1,600 of 2,000 active projects"
    assert fits(user, client_of)[1] == ("fits", "2,000 fits agreed with you; the plan has 1,500")
    assert "A limit that was agreed with you stays in force" in text(element(response, "main"))


def test_administrators_may_ask_for_a_bigger_plan(
    projects: RestrictionType, plans: list[SuitePlan], client_of: ClientOf
) -> None:
    user = user_of(plans[0], projects, used=7, administrator=True)

    found = links(client_of(user).get(PAGE))

    asked = {name: url for name, url in found.items() if name.startswith("Ask for ")}
    assert asked == {
        "Ask for Core": f"{reverse('licences:upgrade')}?plan={plans[1].code}",
        "Ask for Growth": f"{reverse('licences:upgrade')}?plan={plans[2].code}",
    }


def test_members_may_not_ask(projects: RestrictionType, plans: list[SuitePlan], client_of: ClientOf) -> None:
    user = user_of(plans[0], projects, used=7)

    assert "Ask for" not in text(element(client_of(user).get(PAGE), "main"))


def test_a_plan_that_is_asked_for_already_leads_to_the_request(
    projects: RestrictionType, plans: list[SuitePlan], client_of: ClientOf
) -> None:
    user = user_of(plans[0], projects, used=7, administrator=True)
    made = CustomerRequestFactory(
        tenant=user.tenant, kind="upgrade", wants="plan", suite_plan=plans[2], submitted_by=user
    )

    found = links(client_of(user).get(PAGE))

    assert found["Requested : Growth"] == reverse("licences:request", args=[made.pk])
    assert "Ask for Core" in found
    assert "Ask for Growth" not in found


def test_each_limit_has_a_page_of_its_own(
    projects: RestrictionType, plans: list[SuitePlan], client_of: ClientOf
) -> None:
    user = user_of(plans[1], projects, used=7)

    assert links(client_of(user).get(PAGE))["7 of 1,500 active projects"] == reverse(
        "licences:limit", args=[projects.code]
    )

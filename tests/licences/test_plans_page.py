"""What each CRM Suite plan allows, beside what the tenant uses: the page that the indicators open."""

import pytest
from django.urls import reverse

from licences.models import RestrictionType, SuitePlan, User
from tests.conftest import ClientOf
from tests.factories import (
    PlanLimitFactory,
    RestrictionFactory,
    RestrictionTypeFactory,
    SeatFactory,
    SuitePlanFactory,
    TenantFactory,
    UserFactory,
)
from tests.pages import element, named, table, text

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


def user_of(plan: SuitePlan, projects: RestrictionType, *, used: int) -> User:
    tenant = TenantFactory(suite=True, suite_plan=plan)
    RestrictionFactory(tenant=tenant, type=projects, used=used)
    return SeatFactory(user=UserFactory(tenant=tenant), licence__type=plan.seat_licence).user


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

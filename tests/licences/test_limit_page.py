"""One limit: how it stands, since when, where it is heading, who counts, and what to do about it."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from licences.models import CustomerRequest, Restriction, User
from licences.services.limits import override_limit
from tests.conftest import ClientOf
from tests.factories import (
    CustomerRequestFactory,
    LimitCrossingFactory,
    LimitOverrideFactory,
    PlanLimitFactory,
    RestrictionFactory,
    SeatFactory,
    SuitePlanFactory,
    TenantFactory,
    UserFactory,
    scope_of,
)
from tests.licences.limit_days import give_days
from tests.pages import element, facts, links, table, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator() -> User:
    tenant = TenantFactory(suite=True, suite_plan__name="Core")
    user = UserFactory(tenant=tenant, administrator=True)
    return SeatFactory(user=user, licence__type=tenant.suite_plan.seat_licence).user


@pytest.fixture
def member(administrator: User) -> User:
    with scope_of(administrator):
        licence = administrator.seats.select_related("licence__tenant").get().licence
    return SeatFactory(licence=licence).user


@pytest.fixture
def ask(client_of: ClientOf) -> Any:
    def ask(user: User, row: Restriction) -> HttpResponse:
        return client_of(user).get(reverse("licences:limit", args=[row.type.code]))

    return ask


def row_of(user: User, **values: Any) -> Restriction:
    return RestrictionFactory(tenant=user.tenant, **({"used": 97, "limit": 100} | values))


def test_it_says_how_much_is_in_use_of_what_and_what_is_counted(administrator: User, ask: Any) -> None:
    row = row_of(administrator, type__counts="Projects that run.", type__free_capacity="Close what has ended.")

    response = ask(administrator, row)

    said = facts(response, "stands")
    assert (said["Limit"], said["In use"]) == ("100", "97 97 %")
    assert said["Who counts"] == "This console, with every change."
    assert "97 of 100 active projects : close to the limit" in text(element(response, "main"))
    assert "Projects that run. How to free capacity Close what has ended." in text(element(response, "main"))


def test_it_says_since_when_it_is_close_and_since_when_there_is_no_room(administrator: User, ask: Any) -> None:
    now = timezone.now()
    row = row_of(
        administrator, used=100, near_since=now - timedelta(days=23), reached_since=now - timedelta(days=2, hours=1)
    )

    said = facts(ask(administrator, row), "stands")

    assert said["Close to it since"].endswith("3 weeks, 2 days")
    assert said["At the limit since"].endswith("2 days, 1 hour")


def test_what_is_no_longer_close_has_no_since(administrator: User, ask: Any) -> None:
    """Between 80 and 85 % the episode goes on, but the indicator is black."""
    row = row_of(administrator, used=82, near_since=timezone.now())

    assert "Close to it since" not in facts(ask(administrator, row), "stands")


@pytest.mark.parametrize(("age", "is_old"), [(timedelta(minutes=5), False), (timedelta(days=9), True)])
def test_what_the_product_counts_shows_its_age(administrator: User, ask: Any, age: timedelta, is_old: bool) -> None:
    row = row_of(administrator, authority="product", as_of=timezone.now() - age)

    said = facts(ask(administrator, row), "stands")["Who counts"]

    assert said.startswith("The product, which reports it. Last report: ")
    assert ("may be different by now" in said) == is_old


def test_the_limit_in_force_comes_with_its_reason_and_its_end(administrator: User, support: User, ask: Any) -> None:
    row = row_of(administrator, used=120, authority="product")
    until = timezone.now() + timedelta(days=40)
    with scope_of(row):
        override_limit(row, limit=150, reason="Until the fair is over.", by=support, ends_at=until)

    said = facts(ask(administrator, row), "stands")

    assert said["Limit"].startswith("150 Agreed with you until ")
    assert said["Limit"].endswith("Until the fair is over.")
    assert "support" not in said["Limit"]


def test_an_override_that_is_over_is_not_told_and_one_to_come_is(administrator: User, ask: Any) -> None:
    row, now = row_of(administrator), timezone.now()
    LimitOverrideFactory(restriction=row, limit=300, ends_at=now - timedelta(days=1), reason="It was for a while.")
    LimitOverrideFactory(restriction=row, limit=200, starts_at=now + timedelta(days=9), reason="A larger contract.")

    said = facts(ask(administrator, row), "stands")

    assert said["Limit"] == "100"
    (coming,) = [value for term, value in said.items() if term.startswith("From ")]
    assert coming == "200 A larger contract."


def test_each_day_stands_in_a_table_the_newest_first(administrator: User, ask: Any) -> None:
    row = row_of(administrator)
    give_days(row, [95, 95, 98, 97])

    rows = table(ask(administrator, row), "days")

    assert [cells[1:] for cells in rows] == [["97", "-1"], ["98", "+3"], ["95", ""], ["95", ""]]


def test_the_chart_says_in_words_what_it_shows(administrator: User, ask: Any) -> None:
    row = row_of(administrator)
    give_days(row, [61, 80, 97])

    said = text(element(ask(administrator, row), "main"))

    assert "61 in use on " in said
    assert "97 now." in said
    assert "Limit: 100" in said


def test_without_a_past_there_is_no_chart(administrator: User, ask: Any) -> None:
    assert "No days to show yet" in text(element(ask(administrator, row_of(administrator)), "main"))


def test_the_forecast_says_how_far_to_trust_it(administrator: User, ask: Any) -> None:
    row = row_of(administrator, used=79)
    give_days(row, [1 + 2 * n for n in range(40)])

    said = text(element(ask(administrator, row), "forecast"))

    assert said.startswith("Limit reached around ")
    assert "27 such forecasts" in said
    assert "off by 0.0 active projects on average, and 100 % would" in said


def test_what_does_not_rise_has_no_forecast(administrator: User, ask: Any) -> None:
    row = row_of(administrator)
    give_days(row, [97] * 40)

    assert "Limit reached around" not in text(element(ask(administrator, row), "main"))


def test_what_happened_is_listed_the_newest_first(administrator: User, ask: Any) -> None:
    row, now = row_of(administrator), timezone.now()
    LimitCrossingFactory(restriction=row, threshold=85, used=86, at=now - timedelta(days=9))
    LimitCrossingFactory(restriction=row, threshold=100, used=100, at=now - timedelta(days=2))

    rows = table(ask(administrator, row), "happened")

    assert [cells[:2] for cells in rows] == [
        ["The limit was reached", "100 of 100"],
        ["85 % of the limit was reached", "86 of 100"],
    ]


@pytest.mark.parametrize(
    ("used", "of", "may"), [(84, 100, False), (85, 100, True), (100, 100, True), (9, None, False), (0, 0, False)]
)
def test_administrators_may_upgrade_from_85_percent_on(
    administrator: User, ask: Any, used: int, of: int | None, may: bool
) -> None:
    row = row_of(administrator, used=used, limit=of)

    found = links(ask(administrator, row))

    assert found.get("Upgrade") == (f"{reverse('licences:upgrade')}?limit={row.type.code}" if may else None)


def test_members_may_not_upgrade_nor_see_what_was_asked(administrator: User, member: User, ask: Any) -> None:
    row = row_of(administrator, used=100)
    assert not {"Upgrade", "Requested"} & links(ask(member, row)).keys()

    request_for(row, by=administrator)

    assert not {"Upgrade", "Requested"} & links(ask(member, row)).keys()


def request_for(row: Restriction, *, by: User) -> CustomerRequest:
    return CustomerRequestFactory(
        tenant=row.tenant, kind="upgrade", wants="limit", restriction=row, quantity=150, submitted_by=by
    )


def test_an_open_request_stands_in_place_of_upgrade(administrator: User, ask: Any) -> None:
    row = row_of(administrator, used=100)
    made = request_for(row, by=administrator)

    found = links(ask(administrator, row))

    assert found["Requested"] == reverse("licences:request", args=[made.pk])
    assert "Upgrade" not in found


def test_it_says_which_plans_have_it_and_how_much(administrator: User, ask: Any) -> None:
    row = row_of(administrator)
    for name, of in (("Growth", 1_500), ("Super", None), ("Mini", 0)):
        PlanLimitFactory(suite_plan=SuitePlanFactory(name=name), restriction=row.type, limit=of)

    said = text(element(ask(administrator, row), "main"))

    assert "Core yours 100 Growth 1,500 Super unlimited" in said
    assert "Mini" not in said


def test_what_is_not_in_the_plan_says_so(administrator: User, ask: Any) -> None:
    row = row_of(administrator, used=0, limit=0)

    response = ask(administrator, row)

    assert facts(response, "stands")["Limit"] == "not in your plan"
    assert "What happened" not in text(element(response, "main"))


def test_a_limit_that_the_tenant_does_not_have_is_not_there(administrator: User, ask: Any) -> None:
    assert ask(administrator, RestrictionFactory(limit=100)).status_code == 404

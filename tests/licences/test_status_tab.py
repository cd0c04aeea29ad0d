"""The Status tab: what the system is, how close it is to its limits, and where to go from there."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from licences.models import CustomerRequest, LicenceSet, Restriction, Tenant, User
from tests.conftest import ClientOf
from tests.factories import (
    CustomerRequestFactory,
    PlanLimitFactory,
    RestrictionFactory,
    SeatFactory,
    TenantFactory,
    UserFactory,
    scope_of,
)
from tests.licences.limit_days import give_days
from tests.pages import element, facts, links, named, text

pytestmark = pytest.mark.django_db

TAB = reverse("licences:status")


@pytest.fixture
def suite() -> User:
    """The administrator of a tenant on CRM Suite."""
    tenant = TenantFactory(suite=True, suite_plan__name="Core")
    user = UserFactory(tenant=tenant, administrator=True)
    return SeatFactory(user=user, licence__type=tenant.suite_plan.seat_licence).user


def limited(tenant: Tenant, *, used: int, of: int | None) -> Restriction:
    """Put a limit on the tenant's plan and a number beside it."""
    restriction = RestrictionFactory(tenant=tenant, used=used)
    PlanLimitFactory(suite_plan=tenant.suite_plan, restriction=restriction.type, limit=of)
    return restriction


def limit(tenant: Tenant, *, used: int, of: int | None) -> str:
    """The same; returns what it is called."""
    return limited(tenant, used=used, of=of).type.name


def pill(client: Client) -> tuple[str, str, bool]:
    """The one restriction: its state, what is written there, and whether Upgrade stands beside it."""
    panel = element(client.get(TAB), "panel")
    (found,) = [thing for thing in named(panel, "a", "span") if "data-state" in dict(thing.attributes)]
    upgrades = [link for link in named(panel, "a") if text(link).startswith("Upgrade")]
    return dict(found.attributes)["data-state"], text(found), bool(upgrades)


def test_the_database_section_has_all_its_rows(administrator: User, client_of: ClientOf) -> None:
    said = facts(client_of(administrator).get(TAB))

    assert said["Database owner"] == administrator.tenant.company_name
    assert said["Serial number"] == administrator.tenant.serial_number
    assert said["Subscription"] == "Module-based"
    assert said["Type"] == administrator.tenant.database_type
    assert said["Next expiry date"] == "Never"
    assert said["User logged in"] == administrator.full_name
    assert said["Powered by"] == administrator.tenant.product_version


def test_the_expiry_date_comes_with_the_days_that_are_left(administrator: User, client_of: ClientOf) -> None:
    expires_on = administrator.tenant.today + timedelta(days=146)
    with scope_of(administrator):
        LicenceSet.objects.filter(tenant=administrator.tenant).update(
            warn_from_on=expires_on, expires_on=expires_on, grace_until_on=expires_on
        )

    said = facts(client_of(administrator).get(TAB))["Next expiry date"]

    assert f"{expires_on.day} " in said
    assert str(expires_on.year) in said
    assert "146 days left" in said


@pytest.mark.parametrize(("labs", "said"), [(["AI Labs", "New diary"], "AI Labs New diary"), ([], "Nothing is being")])
def test_feature_labs_are_listed_or_said_to_be_none(client_of: ClientOf, labs: list[str], said: str) -> None:
    user = SeatFactory(licence__type__plan=True, tenant__feature_labs=labs).user

    assert said in text(element(client_of(user).get(TAB), "panel"))


def test_module_based_tenants_have_metered_services_and_no_plan(administrator: User, client_of: ClientOf) -> None:
    response = client_of(administrator).get(TAB)

    assert links(response, "panel")["Metered services"] == reverse("metering:dashboard")
    assert not {"Plan", "Restrictions"} & facts(response).keys()
    assert "My Apps" not in text(element(response, "panel"))


def test_members_are_not_led_to_the_metered_services(client_of: ClientOf) -> None:
    member = SeatFactory(licence__type__plan=True).user

    assert "Metered services" not in text(element(client_of(member).get(TAB), "main"))


def test_suite_tenants_have_plan_and_restrictions_and_my_apps(suite: User, client_of: ClientOf) -> None:
    limit(suite.tenant, used=1, of=100)

    response = client_of(suite).get(TAB)

    assert facts(response)["Plan"] == "Core"
    assert "1 of 100 active projects" in facts(response)["Restrictions"]
    assert links(response, "panel")["My Apps"].startswith("https://")
    assert "Metered services" not in text(element(response, "main"))


@pytest.mark.parametrize(
    ("used", "of", "state", "said"),
    [
        (84, 100, "black", "84 of 100 active projects"),
        (85, 100, "yellow", "85 of 100 active projects : close to the limit"),
        (97, 100, "yellow", "97 of 100 active projects : close to the limit"),
        (10, 10, "red", "10 of 10 active projects : limit reached"),
        (103, 100, "red", "103 of 100 active projects : limit reached"),
        (1, 1, "red", "1 of 1 active project : limit reached"),
        (12_345, None, "black", "12,345 active projects, unlimited"),
    ],
)
def test_the_indicator_says_in_words_what_its_colour_says(
    suite: User, client_of: ClientOf, used: int, of: int | None, state: str, said: str
) -> None:
    limit(suite.tenant, used=used, of=of)

    assert pill(client_of(suite))[:2] == (state, said)


def test_what_is_not_in_the_plan_shows_no_ratio(suite: User, client_of: ClientOf) -> None:
    name = limit(suite.tenant, used=0, of=0)

    assert pill(client_of(suite)) == ("not_in_plan", f"{name}: not in your plan", False)


@pytest.mark.parametrize(("used", "of"), [(0, 100), (84, 100), (85, 100), (100, 100), (5, None), (0, 0)])
def test_administrators_may_upgrade_from_85_percent_on(
    suite: User, client_of: ClientOf, used: int, of: int | None
) -> None:
    limit(suite.tenant, used=used, of=of)

    assert pill(client_of(suite))[2] == (used in {85, 100})


def test_members_see_the_indicator_and_may_not_upgrade(suite: User, member: User, client_of: ClientOf) -> None:
    limit(suite.tenant, used=100, of=100)

    state, _, may_upgrade = pill(client_of(member))

    assert (state, may_upgrade) == ("red", False)


@pytest.fixture
def member(suite: User) -> User:
    """Another user of the same tenant."""
    with scope_of(suite):
        seat = suite.seats.select_related("licence__tenant").get()
    return SeatFactory(licence=seat.licence).user


def test_upgrade_leads_to_the_form_with_the_limit_filled_in(suite: User, client_of: ClientOf) -> None:
    kind = limited(suite.tenant, used=97, of=100).type

    found = links(client_of(suite).get(TAB), "panel")

    assert found[f"Upgrade : {kind.name}"] == f"{reverse('licences:upgrade')}?limit={kind.code}"


def test_an_open_request_stands_in_place_of_upgrade_until_it_is_closed(
    suite: User, member: User, client_of: ClientOf
) -> None:
    row = limited(suite.tenant, used=97, of=100)
    asked = {"kind": "upgrade", "wants": "limit", "restriction": row, "quantity": 150, "submitted_by": suite}
    made = CustomerRequestFactory(tenant=suite.tenant, **asked)

    found = links(client_of(suite).get(TAB), "panel")

    assert found[f"Requested : {row.type.name}"] == reverse("licences:request", args=[made.pk])
    assert not any(name.startswith("Upgrade") for name in found)
    assert "Requested" not in text(element(client_of(member).get(TAB), "panel"))

    with scope_of(suite):
        CustomerRequest.objects.filter(pk=made.pk).update(state="withdrawn", closed_at=made.submitted_at)

    assert pill(client_of(suite))[2]


def row_text(client: Client) -> str:
    (row,) = [
        thing for thing in named(element(client.get(TAB), "panel"), "li") if "data-limit" in dict(thing.attributes)
    ]
    return text(row)


def test_a_limit_shows_its_last_90_days_and_leads_to_its_own_page(
    suite: User, member: User, client_of: ClientOf
) -> None:
    row = limited(suite.tenant, used=97, of=100)
    give_days(row, [90, 95, 97])

    for user in (suite, member):
        response = client_of(user).get(TAB)

        (line,) = named(element(response, "panel"), "polyline")
        assert len(dict(line.attributes)["points"].split()) == 3
        assert links(response, "panel")[f"{row.type.name}: the last 90 days"] == reverse(
            "licences:limit", args=[row.type.code]
        )


def test_a_steady_rise_says_when_the_limit_is_reached(suite: User, client_of: ClientOf) -> None:
    row = limited(suite.tenant, used=90, of=100)
    give_days(row, [70 + 2 * n for n in range(11)])

    due = suite.tenant.today + timedelta(days=5)

    assert f"Limit reached around {due.day} {due:%B}." in row_text(client_of(suite))


def test_an_uneven_rise_says_between_which_days(suite: User, client_of: ClientOf) -> None:
    row = limited(suite.tenant, used=70, of=100)
    give_days(row, [30 + n + n % 2 for n in range(40)] + [70])

    said = row_text(client_of(suite))

    assert "Limit reached around" in said
    assert "probably between" in said


@pytest.mark.parametrize(
    ("values", "of"),
    [
        ([85, 86, 87, 88, 89, 90], 100),
        ([90] * 30, 100),
        ([100 - n for n in range(30)], 200),
        ([71 + n for n in range(30)], 100),
        ([70 + n for n in range(30)], None),
        ([1 + n // 5 for n in range(30)], 5_000),
    ],
    ids=["too few days", "flat", "falling", "reached already", "unlimited", "years away"],
)
def test_no_date_is_told_when_there_is_nothing_honest_to_say(
    suite: User, client_of: ClientOf, values: list[int], of: int | None
) -> None:
    give_days(limited(suite.tenant, used=values[-1], of=of), values)

    assert "around" not in row_text(client_of(suite))


def test_a_forecast_changes_no_indicator(suite: User, client_of: ClientOf) -> None:
    row = limited(suite.tenant, used=84, of=100)
    give_days(row, [4 + 10 * n for n in range(9)])

    assert "Limit reached around" in row_text(client_of(suite))
    assert "close to the limit" not in row_text(client_of(suite))


def test_the_indicator_leads_to_the_plans(suite: User, client_of: ClientOf) -> None:
    limit(suite.tenant, used=1, of=100)

    found = links(client_of(suite).get(TAB), "panel")

    assert found["1 of 100 active projects"] == reverse("licences:plans")


def test_restrictions_stand_in_the_order_of_the_catalogue(suite: User, client_of: ClientOf) -> None:
    for number, place in ((1, 30), (2, 10), (3, 20)):
        restriction = RestrictionFactory(tenant=suite.tenant, used=number, type__sort_order=9_000 + place)
        PlanLimitFactory(suite_plan=suite.tenant.suite_plan, restriction=restriction.type)

    said = facts(client_of(suite).get(TAB))["Restrictions"]

    assert [word for word in said.split() if word in {"1", "2", "3"}] == ["2", "3", "1"]


def test_a_number_without_a_limit_in_the_plan_is_left_out(suite: User, client_of: ClientOf) -> None:
    RestrictionFactory(tenant=suite.tenant, used=4711)

    assert "4,711" not in text(element(client_of(suite).get(TAB), "panel"))


def test_the_tenants_own_day_counts(client_of: ClientOf) -> None:
    """Where it is tomorrow already, a day less is left. At every hour Kiritimati is a day ahead of Honolulu."""
    left = {}
    for zone in ("Pacific/Kiritimati", "Pacific/Honolulu"):
        user = SeatFactory(licence__type__plan=True, tenant__time_zone=zone).user
        with scope_of(user):
            LicenceSet.objects.filter(tenant=user.tenant).update(
                warn_from_on=date(2199, 1, 1), expires_on=date(2199, 1, 1), grace_until_on=date(2199, 1, 1)
            )
        said = facts(client_of(user).get(TAB))["Next expiry date"]
        left[zone] = int(said.split()[-3])

    assert left["Pacific/Honolulu"] - left["Pacific/Kiritimati"] == 1

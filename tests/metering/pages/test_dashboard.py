"""The page of the metered services: a month of each, what it costs so far, and where it is heading."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.template.loader import render_to_string
from django.test.html import parse_html
from django.urls import reverse

from licences.models import User
from metering.models import MeteredService, UsageDay
from metering.periods import Month
from metering.reports.dashboard import dashboard
from metering.reports.invoices.shown import invoice_of
from metering.reports.months.forecast import MonthForecast
from metering.services.closing import close
from tests.conftest import ClientOf
from tests.factories import (
    MeteredServiceFactory,
    SeatFactory,
    TenantFactory,
    UsageAlertFactory,
    UsageDayFactory,
    UsageMonthFactory,
    UserFactory,
    scope_of,
)
from tests.metering.pages.conftest import NOW
from tests.metering.sending import event, send
from tests.pages import element, facts, links, named, table, text

pytestmark = pytest.mark.django_db

PAGE = reverse("metering:dashboard")
OCTOBER, NOVEMBER = Month(date(2026, 10, 1)), Month(date(2026, 11, 1))


@pytest.fixture
def suite() -> User:
    """The administrator of a tenant on CRM Suite."""
    tenant = TenantFactory(suite=True)
    user = UserFactory(tenant=tenant, administrator=True)
    return SeatFactory(user=user, licence__type=tenant.suite_plan.seat_licence).user


def test_a_card_says_what_was_used_what_is_included_and_what_more_costs(
    boss: User, emails: MeteredService, client_of: ClientOf
) -> None:
    send(boss.tenant, [event("a", time=NOW, quantity="720.5")])

    response = client_of(boss).get(PAGE)

    said = facts(response, "card-emails")
    assert said["Allowance"] == "520 = 500 + 1 user × 20"
    assert said["Beyond allowance"] == "200.5 e-mails, EUR 7.50 so far"
    assert "720.5 of 520 e-mails 138 %" in text(element(response, "card-emails"))
    assert "EUR 7.50" in facts(response, "month-facts")["Next invoice so far"]


@pytest.mark.parametrize(
    ("used", "state"),
    [
        ("441.999999", "within the allowance"),
        ("442", "near the allowance"),
        ("519.999999", "near the allowance"),
        ("520", "used up"),
        (521, "over the allowance"),
    ],
)
def test_the_state_is_told_in_words_exactly(
    used: str | int, state: str, boss: User, emails: MeteredService, client_of: ClientOf
) -> None:
    send(boss.tenant, [event("a", time=NOW, quantity=used)])

    head, *_rest = named(element(client_of(boss).get(PAGE), "card-emails"), "div")

    assert text(head) == f"E-mails {state}"


def test_the_highest_threshold_that_was_come_to_at_once_is_an_alert(
    boss: User, emails: MeteredService, client_of: ClientOf
) -> None:
    send(boss.tenant, [event("a", time=NOW, quantity=450)])

    response = client_of(boss).get(PAGE)

    alerts = text(element(response, "alerts"))

    assert "E-mails : 85 % of the allowance passed 50 % as well 20 Nov 2026, 13:00 450 520" in alerts
    assert "100 %" not in alerts
    assert facts(response, "month-facts")["Alerts"] == "1 at 85 % or more See them"


def test_the_highest_alerts_come_first_and_lead_to_their_service(
    boss: User, emails: MeteredService, storage: MeteredService, client_of: ClientOf
) -> None:
    for service, threshold, back in ((emails, 100, 3), (storage, 50, 2), (storage, 85, 1)):
        at = NOW - timedelta(days=back)
        UsageAlertFactory(tenant=boss.tenant, service=service, month=NOVEMBER.first, threshold=threshold, at=at)

    response = client_of(boss).get(PAGE)

    assert [row[0].partition(":")[2] for row in table(response, "alerts")] == [
        f" {threshold} % of the allowance" for threshold in (100, 85, 50)
    ]
    assert links(response, "alerts")[emails.name] == f"{reverse('metering:service', args=['emails'])}?month=2026-11"


def test_the_invoice_so_far_is_the_draft_with_what_came_late(boss: User, emails: MeteredService) -> None:
    october = datetime(2026, 10, 20, 12, tzinfo=UTC)
    with time_machine.travel(october, tick=False):
        send(boss.tenant, [event("a", time=october, quantity=700)])
    with time_machine.travel(datetime(2026, 11, 4, 12, tzinfo=UTC), tick=False), scope_of(boss):
        close([boss.tenant], OCTOBER)
    send(boss.tenant, [event("late", time=october, quantity=300), event("b", time=NOW, quantity=1000)])

    with scope_of(boss):
        november, before = (dashboard(boss.tenant, str(month)) for month in (NOVEMBER, OCTOBER))
        draft, drawn = (invoice_of(boss.tenant, month) for month in (NOVEMBER, OCTOBER))

    assert draft is not None
    assert drawn is not None
    assert (november.total_minor, november.late_minor) == (draft.total_minor, 750)
    assert before.total_minor == drawn.total_minor == 500
    assert [(part.on, part.amount_minor, part.is_drawn) for part in before.late] == [(NOVEMBER, 750, False)]
    assert before.cards[0].late == before.late


def test_a_forecast_needs_seven_days_and_changes_no_state(boss: User, emails: MeteredService) -> None:
    days = {(NOW - timedelta(days=back)).date(): Decimal(20) for back in range(1, 15)}
    for day, quantity in days.items():
        UsageDayFactory(tenant=boss.tenant, service=emails, day=day, quantity=quantity)
    UsageMonthFactory(tenant=boss.tenant, service=emails, month=NOVEMBER.first, total=280, users=1)

    with scope_of(boss):
        (card,) = dashboard(boss.tenant, "").cards
        UsageDay.objects.filter(day__lt=NOW.date() - timedelta(days=6)).delete()
        (few,) = dashboard(boss.tenant, "").cards

    assert card.forecast is not None
    assert card.forecast.likely == Decimal(280 + 11 * 20)
    assert card.forecast.low <= card.forecast.likely <= card.forecast.high
    assert card.of.state == "within"
    assert few.forecast is None


@pytest.mark.parametrize(
    ("likely", "low", "high", "told"),
    [
        ("101.303667", "101.2", "103.4", "about 101 GB , at most 103"),
        ("40288.4", "38450", "55903", "about 40,290 GB , probably 38,450 to 55,900"),
        ("9957.3", "9951.2", "10240", "about 9,960 GB , probably 9,950 to 10,240"),
        ("0.5", "0.5", "0.5", "about 0.5 GB"),
        ("0", "0", "0", "about 0 GB"),
    ],
)
def test_a_forecast_is_told_as_exactly_as_its_highest_number(likely: str, low: str, high: str, told: str) -> None:
    ahead = MonthForecast(Decimal(likely), Decimal(low), Decimal(high))

    html = render_to_string("metering/_about.html", {"ahead": ahead.rounded, "unit": "GB"})

    assert text(parse_html(f"<p>{html}</p>")) == told


def test_other_months_are_reached_and_a_wrong_one_is_the_nearest(
    boss: User, emails: MeteredService, client_of: ClientOf
) -> None:
    for month in (date(2026, 8, 1), OCTOBER.first):
        UsageMonthFactory(tenant=boss.tenant, service=emails, month=month)
    client = client_of(boss)

    shown = {
        asked: facts(client.get(PAGE, {"month": asked}), "month-facts")["Month"].split(" 2026")[0]
        for asked in ("", "2026-10", "2026-08", "2020-01", "2026-09", "nonsense", "2026-13")
    }

    assert shown == {
        "": "November",
        "2026-10": "October",
        "2026-08": "August",
        "2020-01": "August",
        "2026-09": "October",
        "nonsense": "November",
        "2026-13": "November",
    }
    assert "other-month" not in client.get(PAGE, {"month": "2026-08"}).content.decode()
    for asked, instead in (("2026-13", "November"), ("2020-01", "August")):
        said = text(element(client.get(PAGE, {"month": asked}), "other-month"))
        assert said == f"There is no usage of that month. This is {instead} 2026."
    main = links(client.get(PAGE, {"month": "2026-10"}))
    assert main["E-mails"].endswith("?month=2026-10")
    assert client.get(PAGE, {"month": "2026-10"}).content.count(b"?month=2026-08") > 0


def test_who_has_sent_nothing_is_told_how_to(boss: User, emails: MeteredService, client_of: ClientOf) -> None:
    offered = links(client_of(boss).get(PAGE), "nothing-yet")

    assert offered == {
        "New API token": reverse("licences:token_new"),
        "How to report usage": reverse("api:openapi-view"),
        "Import usage from a file": reverse("notifications:import_new", query={"kind": "usage"}),
    }


def test_a_gauge_that_was_not_measured_for_long_is_not_trusted(
    boss: User, storage: MeteredService, client_of: ClientOf
) -> None:
    send(boss.tenant, [event("a", "storage", time=NOW - timedelta(hours=49), quantity=7)])
    client = client_of(boss)

    old = text(element(client.get(PAGE), "card-storage"))
    send(boss.tenant, [event("b", "storage", time=NOW, quantity=7)])
    fresh = text(element(client.get(PAGE), "card-storage"))

    assert "Last measured 18 Nov, 12:00: it may be different by now" in old
    assert "Last measured 20 Nov, 13:00" in fresh
    assert "different" not in fresh


def test_the_page_is_a_file_too(boss: User, emails: MeteredService, client_of: ClientOf) -> None:
    send(boss.tenant, [event("a", time=NOW, quantity="720.5")])

    response = client_of(boss).get(reverse("metering:dashboard_csv"), {"month": "2026-11"})

    header, row = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert header.startswith('"Service","Used","Unit"')
    assert row.startswith('"E-mails",720.5,"e-mails",520,"over",200.5,7.50,"EUR"')


def test_administrators_see_each_service_and_what_is_counted(administrator: User, client_of: ClientOf) -> None:
    for name, place in (("Chat sessions", 9_002), ("Storage space", 9_001)):
        MeteredServiceFactory(name=name, description=f"{name}, as counted.", sort_order=place)
    client = client_of(administrator)

    response = client.get(PAGE)

    cards = [text(head) for head in named(element(response, "main"), "h2") if named(head, "a")]
    assert cards == ["Storage space", "Chat sessions"]
    assert "Storage space, as counted." in text(element(client.get(links(response)["Storage space"]), "main"))


def test_members_are_told_that_it_is_for_administrators(member: User, client_of: ClientOf) -> None:
    MeteredServiceFactory(name="Chat sessions")

    response = client_of(member).get(PAGE)

    assert response.status_code == 403
    assert "This is for system administrators" in text(element(response, "main"))
    assert "Chat sessions" not in response.content.decode()


def test_on_suite_nothing_is_metered_and_the_app_store_is_offered(suite: User, client_of: ClientOf) -> None:
    MeteredServiceFactory(name="Chat sessions")

    response = client_of(suite).get(PAGE)

    assert links(response)["My Apps"].startswith("https://")
    assert "Chat sessions" not in text(element(response, "main"))


@pytest.mark.parametrize("asker", ["administrator", "member", "suite"])
def test_the_main_menu_leads_there_only_for_whom_there_is_something(
    request: pytest.FixtureRequest, client_of: ClientOf, asker: str
) -> None:
    user = request.getfixturevalue(asker)

    response = client_of(user).get(reverse("licences:status"))

    assert (f'href="{PAGE}"' in response.content.decode()) == (asker == "administrator")

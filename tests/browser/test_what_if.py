"""What if, by hand: other numbers and another plan, what they would do, and that they did nothing."""

from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import Visit


def test_fewer_seats_show_who_would_lose_what_and_change_nothing(visit: Visit) -> None:
    page = visit("admin1")
    page.goto("/licences/what-if/")
    sales = page.get_by_label("Sales Premium", exact=True)
    sales.fill("15")
    page.get_by_role("button", name="Show what would happen").click()

    expect(page.get_by_text("6 seats short")).to_be_visible()
    expect(page.locator("#freed tbody tr")).to_have_count(6)
    expect(sales).to_have_value("15")
    assert violations(page) == []

    page.get_by_role("link", name="Back to the present numbers").click()
    expect(sales).to_have_value("21")


def test_a_lower_plan_shows_its_limits(visit: Visit) -> None:
    page = visit("admin3")
    page.goto("/licences/what-if/")
    page.get_by_label("Plan", exact=True).select_option("Core")
    page.get_by_role("button", name="Show what would happen").click()

    expect(page.locator("#limits")).to_contain_text("212 of 100 active projects")
    expect(page.locator("#limits")).to_contain_text("Active marketing flows: not in your plan")
    expect(page.locator("#lost")).to_contain_text("Flow designer")
    assert violations(page) == []


def test_a_feature_is_found_while_one_types_and_its_users_are_a_click_away(visit: Visit) -> None:
    page = visit("admin1")
    page.goto("/licences/features/")
    page.get_by_label("What do you want to do?").fill("quotes")

    page.get_by_role("link", name="Sale Quote Access").click()
    expect(page.get_by_role("heading", name="Sale Quote Access")).to_be_visible()
    page.get_by_role("link", name="Show them").click()

    expect(page.get_by_text("Only who may use")).to_contain_text("Sale Quote Access")
